/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_HASH_OF_MAPS: a hash table whose elements hold no value; the maps stand beside it, by element, in private
 * memory. Only bpf(2) writes, under one mutex; an element that was taken out is reused, and its map put, when no program can
 * still use them.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "engine/engine.h"
#include "engine/maps/fd_array.h"
#include "engine/maps/hash.h"
#include "engine/maps/inner.h"
#include "engine/run.h"

struct hash_of_maps {
	struct hash_table table; /* first: what map->priv is for hash.h */
	pthread_mutex_t lock;
	fd_slot *maps;
};

static struct hash_of_maps *hash_of_maps(const struct bpf_map *map)
{
	return container_of(hash_table(map), struct hash_of_maps, table);
}

static int hash_of_maps_alloc_check(const union bpf_attr *attr)
{
	return attr->value_size != sizeof(u32) ? -EINVAL : hash_alloc_check(attr);
}

static int hash_of_maps_alloc(struct bpf_map *map, const union bpf_attr *attr)
{
	struct hash_of_maps *h = calloc(1, sizeof(*h));
	int err;

	if (!h)
		return -ENOMEM;
	err = hash_alloc(map, attr);
	if (err) {
		free(h);
		return err;
	}
	h->table = *hash_table(map);
	free(map->priv);
	map->priv = &h->table;
	pthread_mutex_init(&h->lock, NULL);
	h->maps = calloc((size_t)map->max_entries + h->table.nr_cpus + 1, sizeof(*h->maps));
	if (!h->maps) {
		pthread_mutex_destroy(&h->lock);
		hash_free(map);
		return -ENOMEM;
	}
	return 0;
}

static void hash_of_maps_free(struct bpf_map *map)
{
	struct hash_of_maps *h = hash_of_maps(map);
	u32 used = atomic_load(&h->table.free.untouched);

	for (u32 i = 1; i <= used; i++) {
		struct obj *obj = atomic_exchange(&h->maps[i], NULL);

		if (obj)
			obj_put(obj);
	}
	free(h->maps);
	pthread_mutex_destroy(&h->lock);
	hash_free(map);
}

static void *hash_of_maps_lookup(struct bpf_map *map, const void *key)
{
	struct hash_of_maps *h = hash_of_maps(map);
	struct hash_elem *e = hash_find(map, key);
	struct obj *obj = e ? atomic_load_explicit(&h->maps[hash_elem_index(&h->table, e)], memory_order_acquire) : NULL;

	return obj ? obj_to_map(obj) : NULL;
}

/* After a grace period, what an element held and the element itself can be used anew. */
static void drop(struct bpf_map *map, u32 index)
{
	struct hash_of_maps *h = hash_of_maps(map);

	run_synchronize(map->obj.engine);
	obj_put(atomic_exchange(&h->maps[index], NULL));
	freelist_push(&h->table.free, 0, index);
}

/* With the mutex held, so that nobody else changes a chain. The reference goes over on success. */
static int put(struct bpf_map *map, const void *key, struct obj *obj, u64 flags)
{
	struct hash_of_maps *h = hash_of_maps(map);
	u32 hash = hash_of(map, key), index;
	struct hash_bucket *b = hash_bucket(&h->table, hash);
	struct hash_elem *there = hash_find_locked(map, b, hash, key);
	int err = hash_check_flags(there, flags);

	if (err)
		return err;
	if (there) {
		/* In place: a reader sees the old map or the new one. */
		index = hash_elem_index(&h->table, there);
		obj = atomic_exchange(&h->maps[index], obj);
		run_synchronize(map->obj.engine);
		obj_put(obj);
		return 0;
	}
	index = freelist_pop(&h->table.free, 0);
	if (!index)
		return -E2BIG;
	atomic_store_explicit(&h->maps[index], obj, memory_order_release);
	hash_elem_begin(map, hash_elem(&h->table, index), hash, key);
	hash_elem_end(hash_elem(&h->table, index));
	map_lock(&b->lock);
	hash_insert_locked(&h->table, b, hash_elem(&h->table, index));
	map_unlock(&b->lock);
	return 0;
}

static int hash_of_maps_user_update(struct bpf_map *map, const void *key, const void *value, u64 flags, struct caller *caller)
{
	struct hash_of_maps *h = hash_of_maps(map);
	struct obj *obj;
	int err = 0;

	obj = inner_map_get(map, caller, (int)array_index(value), &err);
	if (!obj)
		return err;
	if (flags > BPF_EXIST) {
		obj_put(obj);
		return -EINVAL;
	}
	pthread_mutex_lock(&h->lock);
	err = put(map, key, obj, flags);
	pthread_mutex_unlock(&h->lock);
	if (err)
		obj_put(obj);
	return err;
}

static int hash_of_maps_delete(struct bpf_map *map, const void *key)
{
	struct hash_of_maps *h = hash_of_maps(map);
	u32 hash = hash_of(map, key);
	struct hash_bucket *b = hash_bucket(&h->table, hash);
	struct hash_elem *e;

	pthread_mutex_lock(&h->lock);
	map_lock(&b->lock);
	e = hash_find_locked(map, b, hash, key);
	if (e)
		hash_unlink_locked(&h->table, b, e);
	map_unlock(&b->lock);
	if (e)
		drop(map, hash_elem_index(&h->table, e));
	pthread_mutex_unlock(&h->lock);
	return e ? 0 : -ENOENT;
}

static int hash_of_maps_user_lookup(struct bpf_map *map, const void *key, void *value, u64 flags)
{
	struct run_ctx run = {0};
	struct bpf_map *inner;

	run_enter(map->obj.engine, &run);
	inner = hash_of_maps_lookup(map, key);
	if (inner)
		memcpy(value, &inner->obj.id, sizeof(u32));
	run_leave(&run);
	return inner ? 0 : -ENOENT;
}

const struct map_ops hash_of_maps_map_ops = {
	.alloc_check = hash_of_maps_alloc_check,
	.alloc = hash_of_maps_alloc,
	.free = hash_of_maps_free,
	.lookup = hash_of_maps_lookup,
	.delete = hash_of_maps_delete,
	.next_key = hash_next_key,
	.user_lookup = hash_of_maps_user_lookup,
	.user_update = hash_of_maps_user_update,
};

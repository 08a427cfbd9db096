/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_PERCPU_HASH: an element holds one value a CPU. A program's update writes its own CPU's (the others are zero in a
 * new element), bpf(2)'s writes all. Existing elements are written in place.
 */
#include <errno.h>

#include "engine/engine.h"
#include "engine/maps/hash.h"

static int percpu_hash_alloc(struct bpf_map *map, const union bpf_attr *attr)
{
	return hash_alloc_table(map, attr, 0);
}

static void *cpu_value(const struct bpf_map *map, struct hash_elem *e, u32 cpu)
{
	return (char *)hash_value(hash_table(map), e) + (size_t)cpu * map_percpu_stride(map);
}

static void *percpu_hash_lookup(struct bpf_map *map, const void *key)
{
	struct hash_elem *e = hash_find(map, key);

	return e ? cpu_value(map, e, map_this_cpu(map)) : NULL;
}

static void *percpu_hash_lookup_percpu(struct bpf_map *map, const void *key, u32 cpu)
{
	struct hash_elem *e = cpu < map->obj.engine->nr_cpus ? hash_find(map, key) : NULL;

	return e ? cpu_value(map, e, cpu) : NULL;
}

static void store_values(const struct bpf_map *map, struct hash_elem *e, const void *value, bool all, bool fresh)
{
	if (all) {
		map_store(cpu_value(map, e, 0), value, map_user_value_size(map));
		return;
	}
	if (fresh)
		map_zero(cpu_value(map, e, 0), map_user_value_size(map));
	map_store(cpu_value(map, e, map_this_cpu(map)), value, map->value_size);
}

static int update(struct bpf_map *map, const void *key, const void *value, u64 flags, bool all)
{
	struct hash_table *t = hash_table(map);
	u32 hash = hash_of(map, key);
	struct hash_bucket *b = hash_bucket(t, hash);
	struct hash_elem *e;
	u32 index;
	int err;

	if (flags > BPF_EXIST)
		return -EINVAL;
	map_lock(&b->lock);
	e = hash_find_locked(map, b, hash, key);
	err = hash_check_flags(e, flags);
	if (err)
		goto out;
	if (e) {
		store_values(map, e, value, all, false);
		goto out;
	}
	index = freelist_pop(&t->free, map_this_cpu(map));
	if (!index) {
		err = -E2BIG;
		goto out;
	}
	e = hash_elem(t, index);
	hash_elem_begin(map, e, hash, key);
	store_values(map, e, value, all, true);
	hash_elem_end(e);
	hash_insert_locked(t, b, e);
out:
	map_unlock(&b->lock);
	return err;
}

static int percpu_hash_update(struct bpf_map *map, const void *key, const void *value, u64 flags)
{
	return update(map, key, value, flags, false);
}

static int percpu_hash_user_update(struct bpf_map *map, const void *key, const void *value, u64 flags, struct caller *caller)
{
	return update(map, key, value, flags, true);
}

const struct map_ops percpu_hash_map_ops = {
	.alloc_check = hash_alloc_check,
	.alloc = percpu_hash_alloc,
	.free = hash_free,
	.lookup = percpu_hash_lookup,
	.update = percpu_hash_update,
	.delete = hash_delete,
	.next_key = hash_next_key,
	.user_lookup = hash_user_lookup,
	.user_update = percpu_hash_user_update,
	.user_lookup_and_delete = hash_user_lookup_and_delete,
	.user_lookup_batch = hash_user_lookup_batch,
	.lookup_percpu = percpu_hash_lookup_percpu,
	.for_each = hash_for_each,
	.per_cpu = true,
};

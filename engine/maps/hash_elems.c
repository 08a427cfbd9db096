/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations on hash.h's table that every hash type has: delete, iterate, bpf(2)'s lookups and batches. */
#include <errno.h>

#include "engine/engine.h"
#include "engine/maps/hash.h"

/* Value as bpf(2) sees it: of all CPUs in per-CPU maps. */
static void load_value(const struct bpf_map *map, struct hash_elem *e, void *value, u64 flags)
{
	const struct hash_table *t = hash_table(map);

	if (map->ops->per_cpu)
		map_load(value, hash_value(t, e), map_user_value_size(map));
	else if (flags & BPF_F_LOCK)
		map_value_load_locked(map, value, hash_value(t, e));
	else
		map_value_load(map, value, hash_value(t, e));
}

static void free_elem(const struct bpf_map *map, struct hash_elem *e)
{
	struct hash_table *t = hash_table(map);

	freelist_push(&t->free, map_this_cpu(map), hash_elem_index(t, e));
}

static int take_out(struct bpf_map *map, const void *key, void *value, u64 flags)
{
	struct hash_table *t = hash_table(map);
	u32 hash = hash_of(map, key);
	struct hash_bucket *b = hash_bucket(t, hash);
	struct hash_elem *e;

	map_lock(&b->lock);
	e = hash_find_locked(map, b, hash, key);
	if (e) {
		if (value)
			load_value(map, e, value, flags);
		hash_unlink_locked(t, b, e);
	}
	map_unlock(&b->lock);
	if (!e)
		return -ENOENT;
	free_elem(map, e);
	return 0;
}

int hash_delete(struct bpf_map *map, const void *key)
{
	return take_out(map, key, NULL, 0);
}

int hash_user_lookup_and_delete(struct bpf_map *map, const void *key, void *value, u64 flags)
{
	return take_out(map, key, value, flags);
}

/* The value is copied under the bucket's lock, so that it belongs to the key even when the element is being deleted. */
int hash_user_lookup(struct bpf_map *map, const void *key, void *value, u64 flags)
{
	struct hash_table *t = hash_table(map);
	u32 hash = hash_of(map, key);
	struct hash_bucket *b = hash_bucket(t, hash);
	struct hash_elem *e;

	map_lock(&b->lock);
	e = hash_find_locked(map, b, hash, key);
	if (e)
		load_value(map, e, value, flags);
	map_unlock(&b->lock);
	return e ? 0 : -ENOENT;
}

static void load_key(const struct bpf_map *map, const struct hash_elem *e, void *key)
{
	map_load(key, e->key, map->key_size);
}

/* First key of the first bucket from `bucket` on that has one. */
static int first_key_from(struct bpf_map *map, u64 bucket, void *key)
{
	struct hash_table *t = hash_table(map);

	for (; bucket <= t->bucket_mask; bucket++) {
		struct hash_bucket *b = &t->buckets[bucket];
		u32 i;

		if (!atomic_load_explicit(&b->head, memory_order_relaxed))
			continue;
		map_lock(&b->lock);
		i = atomic_load_explicit(&b->head, memory_order_relaxed);
		if (i)
			load_key(map, hash_elem(t, i), key);
		map_unlock(&b->lock);
		if (i)
			return 0;
	}
	return -ENOENT;
}

int hash_next_key(struct bpf_map *map, const void *key, void *next_key)
{
	struct hash_table *t = hash_table(map);
	struct hash_bucket *b;
	struct hash_elem *e;
	u32 next = 0;
	u32 hash;

	if (!key)
		return first_key_from(map, 0, next_key);
	hash = hash_of(map, key);
	b = hash_bucket(t, hash);
	map_lock(&b->lock);
	e = hash_find_locked(map, b, hash, key);
	if (e)
		next = atomic_load_explicit(&e->next, memory_order_relaxed);
	if (next)
		load_key(map, hash_elem(t, next), next_key);
	map_unlock(&b->lock);
	if (next)
		return 0;
	return first_key_from(map, e ? (u64)(hash & t->bucket_mask) + 1 : 0, next_key);
}

static u32 chain_length(const struct hash_table *t, const struct hash_bucket *b)
{
	u32 n = 0;

	for (u32 i = atomic_load_explicit(&b->head, memory_order_relaxed); i; n++)
		i = atomic_load_explicit(&hash_elem(t, i)->next, memory_order_relaxed);
	return n;
}

/* Copy out (and empty) a locked bucket's chain, which fits. */
static void batch_bucket(struct bpf_map *map, struct hash_bucket *b, char *keys, char *values, u64 flags, bool del)
{
	struct hash_table *t = hash_table(map);
	u32 next;

	for (u32 i = atomic_load_explicit(&b->head, memory_order_relaxed); i; i = next) {
		struct hash_elem *e = hash_elem(t, i);

		next = atomic_load_explicit(&e->next, memory_order_relaxed);
		load_key(map, e, keys);
		load_value(map, e, values, flags);
		keys += map->key_size;
		values += map_user_value_size(map);
		if (del) {
			hash_unlink_locked(t, b, e);
			free_elem(map, e);
		}
	}
}

int hash_user_lookup_batch(struct bpf_map *map, u32 *batch, void *keys, void *values, u32 *count, u64 flags, bool del)
{
	struct hash_table *t = hash_table(map);
	size_t value_size = map_user_value_size(map);
	u32 room = *count;
	u32 done = 0;
	u64 i;

	*count = 0;
	if (*batch > t->bucket_mask)
		return -ENOENT;
	for (i = *batch; i <= t->bucket_mask; i++) {
		struct hash_bucket *b = &t->buckets[i];
		u32 n;

		if (!atomic_load_explicit(&b->head, memory_order_relaxed))
			continue;
		map_lock(&b->lock);
		n = chain_length(t, b);
		if (n <= room - done)
			batch_bucket(map, b, (char *)keys + (size_t)done * map->key_size, (char *)values + done * value_size, flags, del);
		map_unlock(&b->lock);
		if (n > room - done) {
			*batch = (u32)i;
			*count = done;
			return done ? 0 : -ENOSPC;
		}
		done += n;
	}
	*batch = (u32)i;
	*count = done;
	return -ENOENT;
}

long hash_for_each(struct bpf_map *map, u64 (*fn)(void *, void *, void *), void *closure, u64 flags)
{
	struct hash_table *t = hash_table(map);
	size_t value_off = map->ops->per_cpu ? (size_t)map_this_cpu(map) * map_percpu_stride(map) : 0;
	long n = 0;

	if (flags)
		return -EINVAL;
	for (u64 bucket = 0; bucket <= t->bucket_mask; bucket++) {
		u32 i = atomic_load_explicit(&t->buckets[bucket].head, memory_order_acquire);

		/* An element that moves meanwhile may lead into another chain; no chain is longer than the map. */
		for (u32 steps = 0; i && steps <= map->max_entries; steps++) {
			struct hash_elem *e = hash_elem(t, i);

			i = atomic_load_explicit(&e->next, memory_order_acquire);
			n++;
			if (fn(closure, e->key, (char *)hash_value(t, e) + value_off))
				return n;
		}
	}
	return n;
}

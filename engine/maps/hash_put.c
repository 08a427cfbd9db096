/* SPDX-License-Identifier: BSD-2-Clause */
/* Lookups by programs, and updates, of every hash type. A replaced value's new element stands before the old one is taken out:
 * readers see either, never a mixture. */
#include <errno.h>
#include <sched.h>

#include "engine/engine.h"
#include "engine/maps/hash.h"

static void *cpu_value(const struct bpf_map *map, struct hash_elem *e, u32 cpu)
{
	return (char *)hash_value(hash_table(map), e) + (size_t)cpu * map_percpu_stride(map);
}

void *hash_lookup(struct bpf_map *map, const void *key)
{
	const struct hash_table *t = hash_table(map);
	struct hash_elem *e = hash_find(map, key);

	if (!e)
		return NULL;
	if (hash_is_lru(map) && !atomic_load_explicit(hash_used(t, e), memory_order_relaxed))
		atomic_store_explicit(hash_used(t, e), 1, memory_order_relaxed);
	return map->ops->per_cpu ? cpu_value(map, e, map_this_cpu(map)) : hash_value(t, e);
}

void *hash_lookup_percpu(struct bpf_map *map, const void *key, u32 cpu)
{
	struct hash_elem *e = cpu < map->obj.engine->nr_cpus ? hash_find(map, key) : NULL;

	return e ? cpu_value(map, e, cpu) : NULL;
}

/* A spare element: of this CPU, or of another one; who holds one gives it back within a few accesses. */
static u32 take_spare(struct hash_table *t, u32 cpu, u32 *slot)
{
	for (u32 i = 0;; i++) {
		u32 s = (cpu + i) % t->nr_cpus;
		u32 index = atomic_load_explicit(&t->spares[s], memory_order_relaxed);

		if (index && (index = atomic_exchange_explicit(&t->spares[s], 0, memory_order_acquire))) {
			*slot = s;
			return index;
		}
		if (i >= t->nr_cpus)
			sched_yield();
	}
}

static void give_spare(struct hash_table *t, u32 slot, u32 index)
{
	atomic_store_explicit(&t->spares[slot], index, memory_order_release);
}

static void store_percpu(const struct bpf_map *map, struct hash_elem *e, const void *value, bool all)
{
	if (all)
		map_store(cpu_value(map, e, 0), value, map_user_value_size(map));
	else
		map_store(cpu_value(map, e, map_this_cpu(map)), value, map->value_size);
}

static void fill(const struct bpf_map *map, struct hash_elem *e, u32 hash, const void *key, const void *value, bool all)
{
	const struct hash_table *t = hash_table(map);

	hash_elem_begin(map, e, hash, key);
	if (hash_is_lru(map))
		atomic_store_explicit(hash_used(t, e), 0, memory_order_relaxed);
	if (map->ops->per_cpu) {
		if (!all)
			map_zero(cpu_value(map, e, 0), map_user_value_size(map));
		store_percpu(map, e, value, all);
	} else {
		map_value_store(map, hash_value(t, e), value);
		map_value_init_special(map, hash_value(t, e));
	}
	hash_elem_end(e);
}

static void replace(struct bpf_map *map, struct hash_bucket *b, struct hash_elem *old, u32 hash, const void *key, const void *value)
{
	struct hash_table *t = hash_table(map);
	u32 slot;
	u32 index = take_spare(t, map_this_cpu(map), &slot);

	fill(map, hash_elem(t, index), hash, key, value, false);
	hash_insert_locked(t, b, hash_elem(t, index));
	hash_unlink_locked(t, b, old);
	give_spare(t, slot, hash_elem_index(t, old));
}

static void put_existing(struct bpf_map *map, struct hash_bucket *b, struct hash_elem *old, u32 hash, const void *key,
			 const void *value, u64 flags, bool all)
{
	if (map->ops->per_cpu)
		store_percpu(map, old, value, all);
	else if (flags & BPF_F_LOCK)
		map_value_store_locked(map, hash_value(hash_table(map), old), value);
	else
		replace(map, b, old, hash, key, value);
}

int hash_put(struct bpf_map *map, const void *key, const void *value, u64 flags, bool all)
{
	struct hash_table *t = hash_table(map);
	bool evicted = false;
	struct hash_bucket *b;
	struct hash_elem *old;
	u32 fresh = 0;
	u32 hash;
	int err;

	if ((flags & ~(u64)BPF_F_LOCK) > BPF_EXIST || ((flags & BPF_F_LOCK) && map->spin_lock_off < 0))
		return -EINVAL;
	hash = hash_of(map, key);
	b = hash_bucket(t, hash);
again:
	map_lock(&b->lock);
	old = hash_find_locked(map, b, hash, key);
	err = hash_check_flags(old, flags);
	if (!err && old) {
		put_existing(map, b, old, hash, key, value, flags, all);
	} else if (!err) {
		if (!fresh)
			fresh = freelist_pop(&t->free, map_this_cpu(map));
		if (!fresh && hash_is_lru(map) && !evicted) {
			/* Not under this bucket's lock: the victim's is needed. */
			map_unlock(&b->lock);
			fresh = lru_evict(map);
			evicted = true;
			goto again;
		}
		if (fresh) {
			fill(map, hash_elem(t, fresh), hash, key, value, all);
			hash_insert_locked(t, b, hash_elem(t, fresh));
			fresh = 0;
		} else {
			err = hash_is_lru(map) ? -ENOMEM : -E2BIG;
		}
	}
	map_unlock(&b->lock);
	if (fresh)
		freelist_push(&t->free, map_this_cpu(map), fresh);
	return err;
}

int hash_update(struct bpf_map *map, const void *key, const void *value, u64 flags)
{
	return hash_put(map, key, value, flags, false);
}

int hash_user_update(struct bpf_map *map, const void *key, const void *value, u64 flags, struct caller *caller)
{
	return hash_put(map, key, value, flags, map->ops->per_cpu);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_MAP_TYPE_HASH. Replacing a value puts a new element before the old one is taken out: readers see either, never a mixture. */
#include <errno.h>
#include <sched.h>

#include "engine/engine.h"
#include "engine/maps/hash.h"

static int hash_alloc(struct bpf_map *map, const union bpf_attr *attr)
{
	return hash_alloc_table(map, attr, 0);
}

static void *hash_lookup(struct bpf_map *map, const void *key)
{
	struct hash_elem *e = hash_find(map, key);

	return e ? hash_value(hash_table(map), e) : NULL;
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

static void fill(const struct bpf_map *map, struct hash_elem *e, u32 hash, const void *key, const void *value)
{
	void *dst = hash_value(hash_table(map), e);

	hash_elem_begin(map, e, hash, key);
	map_value_store(map, dst, value);
	map_value_init_special(map, dst);
	hash_elem_end(e);
}

static int insert_new(struct bpf_map *map, struct hash_bucket *b, u32 hash, const void *key, const void *value)
{
	struct hash_table *t = hash_table(map);
	u32 index = freelist_pop(&t->free, map_this_cpu(map));

	if (!index)
		return -E2BIG;
	fill(map, hash_elem(t, index), hash, key, value);
	hash_insert_locked(t, b, hash_elem(t, index));
	return 0;
}

static void replace(struct bpf_map *map, struct hash_bucket *b, struct hash_elem *old, u32 hash, const void *key, const void *value)
{
	struct hash_table *t = hash_table(map);
	u32 slot;
	u32 index = take_spare(t, map_this_cpu(map), &slot);

	fill(map, hash_elem(t, index), hash, key, value);
	hash_insert_locked(t, b, hash_elem(t, index));
	hash_unlink_locked(t, b, old);
	give_spare(t, slot, hash_elem_index(t, old));
}

static int hash_update(struct bpf_map *map, const void *key, const void *value, u64 flags)
{
	struct hash_table *t = hash_table(map);
	struct hash_bucket *b;
	struct hash_elem *old;
	u32 hash;
	int err;

	if ((flags & ~(u64)BPF_F_LOCK) > BPF_EXIST || ((flags & BPF_F_LOCK) && map->spin_lock_off < 0))
		return -EINVAL;
	hash = hash_of(map, key);
	b = hash_bucket(t, hash);
	map_lock(&b->lock);
	old = hash_find_locked(map, b, hash, key);
	err = hash_check_flags(old, flags);
	if (err)
		goto out;
	if (!old)
		err = insert_new(map, b, hash, key, value);
	else if (flags & BPF_F_LOCK)
		map_value_store_locked(map, hash_value(t, old), value);
	else
		replace(map, b, old, hash, key, value);
out:
	map_unlock(&b->lock);
	return err;
}

const struct map_ops hash_map_ops = {
	.alloc_check = hash_alloc_check,
	.alloc = hash_alloc,
	.free = hash_free,
	.lookup = hash_lookup,
	.update = hash_update,
	.delete = hash_delete,
	.next_key = hash_next_key,
	.user_lookup = hash_user_lookup,
	.user_lookup_and_delete = hash_user_lookup_and_delete,
	.user_lookup_batch = hash_user_lookup_batch,
	.for_each = hash_for_each,
};

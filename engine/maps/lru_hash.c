/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_MAP_TYPE_LRU_HASH: when it is full, a new key takes the place of one that no program looked up lately.
 * A clock's hand goes round over all elements: one that was looked up since the last round is spared once more. */
#include "engine/maps/hash.h"

#include "engine/engine.h"

/* Sweeps over all elements before giving up: the first clears the marks, the second finds an unmarked one unless all are being
 * changed by others, for which a third leaves time. */
#define SWEEPS 3

/* Take the element out if it is in the chain that its hash says; another thread may have been faster. */
static bool take_out(struct bpf_map *map, u32 index)
{
	struct hash_table *t = hash_table(map);
	struct hash_elem *e = hash_elem(t, index);
	struct hash_bucket *b = hash_bucket(t, atomic_load_explicit(&e->hash, memory_order_relaxed));
	u32 i;

	map_lock(&b->lock);
	for (i = atomic_load_explicit(&b->head, memory_order_relaxed); i && i != index;)
		i = atomic_load_explicit(&hash_elem(t, i)->next, memory_order_relaxed);
	if (i)
		hash_unlink_locked(t, b, e);
	map_unlock(&b->lock);
	return i != 0;
}

u32 lru_evict(struct bpf_map *map)
{
	struct hash_table *t = hash_table(map);
	u32 total = map->max_entries + t->nr_cpus; /* spares change places with elements */

	for (u64 step = 0; step < (u64)total * SWEEPS; step++) {
		u32 index = atomic_fetch_add_explicit(&t->hand, 1, memory_order_relaxed) % total + 1;
		atomic_uint *used = hash_used(t, hash_elem(t, index));

		if (atomic_load_explicit(used, memory_order_relaxed)) {
			atomic_store_explicit(used, 0, memory_order_relaxed);
			continue;
		}
		if (take_out(map, index))
			return index;
		if ((index = freelist_pop(&t->free, map_this_cpu(map))))
			return index;
	}
	return 0;
}

const struct map_ops lru_hash_map_ops = {
	.alloc_check = hash_alloc_check,
	.alloc = hash_alloc,
	.free = hash_free,
	.lookup = hash_lookup,
	.update = hash_update,
	.delete = hash_delete,
	.next_key = hash_next_key,
	.user_lookup = hash_user_lookup,
	.user_update = hash_user_update,
	.user_lookup_and_delete = hash_user_lookup_and_delete,
	.user_lookup_batch = hash_user_lookup_batch,
	.for_each = hash_for_each,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_MAP_TYPE_PERCPU_HASH: an element holds one value a CPU. A program's update writes its own CPU's (the others
 * are zero in a new element), bpf(2)'s writes all. Existing elements are written in place. */
#include "engine/maps/hash.h"

const struct map_ops percpu_hash_map_ops = {
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
	.lookup_percpu = hash_lookup_percpu,
	.per_cpu = true,
};

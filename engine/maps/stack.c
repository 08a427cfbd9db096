/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_MAP_TYPE_STACK: last in, first out. */
#include "engine/maps/queue.h"

static int stack_pop(struct bpf_map *map, void *value)
{
	return queue_read(map, value, false, true);
}

static int stack_peek(struct bpf_map *map, void *value)
{
	return queue_read(map, value, false, false);
}

const struct map_ops stack_map_ops = {
	.alloc_check = queue_alloc_check,
	.alloc = queue_alloc,
	.free = queue_free,
	.delete = queue_no_keys,
	.next_key = queue_no_next_key,
	.user_lookup = queue_user_lookup,
	.user_update = queue_user_update,
	.user_lookup_and_delete = queue_user_lookup_and_delete,
	.push = queue_push,
	.pop = stack_pop,
	.peek = stack_peek,
};

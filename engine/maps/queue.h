/* SPDX-License-Identifier: BSD-2-Clause */
/* What queues and stacks share: values without keys in a ring, under one lock. Positions only grow; a value's place is its
 * position modulo the number of places, which is a power of two. */
#ifndef SKEP_MAP_QUEUE_H
#define SKEP_MAP_QUEUE_H

#include "engine/maps/copy.h"

struct queue {
	map_lock_t lock;
	u32 mask; /* places - 1 */
	u64 head; /* where the next value goes */
	u64 tail; /* the oldest value */
};

int queue_alloc_check(const union bpf_attr *attr);
int queue_alloc(struct bpf_map *map, const union bpf_attr *attr);
void queue_free(struct bpf_map *map);
int queue_push(struct bpf_map *map, const void *value, u64 flags);
int queue_no_keys(struct bpf_map *map, const void *key);                       /* delete: -EINVAL */
int queue_no_next_key(struct bpf_map *map, const void *key, void *next_key);   /* -EINVAL */
int queue_user_lookup(struct bpf_map *map, const void *key, void *value, u64 flags);
int queue_user_update(struct bpf_map *map, const void *key, const void *value, u64 flags, struct caller *caller);
int queue_user_lookup_and_delete(struct bpf_map *map, const void *key, void *value, u64 flags);

static inline void *queue_place(const struct bpf_map *map, u64 pos)
{
	const struct queue *q = map->priv;

	return (char *)map->mem + (pos & q->mask) * round_up_u64(map->value_size, 8);
}

/* Read one end into value, which becomes zero when there is nothing (-ENOENT). oldest: the queue's end; remove: and take it out. */
int queue_read(struct bpf_map *map, void *value, bool oldest, bool remove);

#endif

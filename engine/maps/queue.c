/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_MAP_TYPE_QUEUE: first in, first out. */
#include "engine/maps/queue.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/maps/attr.h"

#define VALUE_MAX (4U << 20)

int queue_alloc_check(const union bpf_attr *attr)
{
	if (!attr->max_entries || attr->key_size || !attr->value_size ||
	    (attr->map_flags & ~(u32)(BPF_F_NUMA_NODE | MAP_ACCESS_FLAGS)) || !map_access_flags_ok(attr->map_flags))
		return -EINVAL;
	return attr->value_size > VALUE_MAX ? -E2BIG : 0;
}

int queue_alloc(struct bpf_map *map, const union bpf_attr *attr)
{
	u64 places = 1;
	struct queue *q = calloc(1, sizeof(*q));
	int err;

	if (!q)
		return -ENOMEM;
	while (places < map->max_entries)
		places <<= 1;
	q->mask = (u32)(places - 1);
	err = map_alloc_segment(map, places * round_up_u64(map->value_size, 8), false);
	if (err)
		free(q);
	else
		map->priv = q;
	return err;
}

void queue_free(struct bpf_map *map)
{
	free(map->priv);
	map->priv = NULL;
	map_free_segment(map);
}

int queue_push(struct bpf_map *map, const void *value, u64 flags)
{
	struct queue *q = map->priv;
	int err = 0;

	if ((flags & BPF_NOEXIST) || flags > BPF_EXIST)
		return -EINVAL;
	map_lock(&q->lock);
	if (q->head - q->tail == map->max_entries) {
		if (flags & BPF_EXIST)
			q->tail++; /* the oldest makes room */
		else
			err = -E2BIG;
	}
	if (!err)
		map_store(queue_place(map, q->head++), value, map->value_size);
	map_unlock(&q->lock);
	return err;
}

int queue_read(struct bpf_map *map, void *value, bool oldest, bool remove)
{
	struct queue *q = map->priv;
	bool empty;

	map_lock(&q->lock);
	empty = q->head == q->tail;
	if (!empty) {
		map_load(value, queue_place(map, oldest ? q->tail : q->head - 1), map->value_size);
		if (remove && oldest)
			q->tail++;
		else if (remove)
			q->head--;
	}
	map_unlock(&q->lock);
	if (!empty)
		return 0;
	memset(value, 0, map->value_size);
	return -ENOENT;
}

int queue_no_keys(struct bpf_map *map, const void *key)
{
	return -EINVAL;
}

int queue_no_next_key(struct bpf_map *map, const void *key, void *next_key)
{
	return -EINVAL;
}

int queue_user_lookup(struct bpf_map *map, const void *key, void *value, u64 flags)
{
	return map->ops->peek(map, value);
}

int queue_user_update(struct bpf_map *map, const void *key, const void *value, u64 flags, struct caller *caller)
{
	return map->ops->push(map, value, flags);
}

int queue_user_lookup_and_delete(struct bpf_map *map, const void *key, void *value, u64 flags)
{
	return map->ops->pop(map, value);
}

static int queue_pop(struct bpf_map *map, void *value)
{
	return queue_read(map, value, true, true);
}

static int queue_peek(struct bpf_map *map, void *value)
{
	return queue_read(map, value, true, false);
}

const struct map_ops queue_map_ops = {
	.alloc_check = queue_alloc_check,
	.alloc = queue_alloc,
	.free = queue_free,
	.delete = queue_no_keys,
	.next_key = queue_no_next_key,
	.user_lookup = queue_user_lookup,
	.user_update = queue_user_update,
	.user_lookup_and_delete = queue_user_lookup_and_delete,
	.push = queue_push,
	.pop = queue_pop,
	.peek = queue_peek,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Batches of elements. Arrays and tries go by next_key and hand the last key out as the cursor; hash tables go by whole buckets
 * and hand out a bucket number.
 */
#include <stdlib.h>

#include "engine/maps/map.h"
#include "engine/sys/commands.h"
#include "engine/sys/map_access.h"

enum batch_op {
	BATCH_LOOKUP = 1,
	BATCH_LOOKUP_AND_DELETE = 2,
	BATCH_UPDATE = 4,
	BATCH_DELETE = 8,
};

/* Which batches a map type has. */
static unsigned int batch_ops(const struct bpf_map *map)
{
	switch (map->type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
		return BATCH_LOOKUP | BATCH_LOOKUP_AND_DELETE | BATCH_UPDATE | BATCH_DELETE;
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
		return BATCH_LOOKUP | BATCH_UPDATE;
	case BPF_MAP_TYPE_LPM_TRIE:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
		return BATCH_LOOKUP | BATCH_UPDATE | BATCH_DELETE;
	default:
		return 0;
	}
}

struct batch {
	struct map_access access;
	const union bpf_attr *attr;
	u64 uattr;
	u32 max;
};

/* Access, the type's ability and the flags that all batches share; *count in the caller's attr becomes 0. 1: nothing to do. */
static int batch_begin(struct batch *b, struct caller *caller, const union bpf_attr *attr, u64 uattr, enum batch_op op)
{
	static const unsigned int modes[] = {
		[BATCH_LOOKUP] = MAP_MAY_READ,
		[BATCH_LOOKUP_AND_DELETE] = MAP_MAY_READ | MAP_MAY_WRITE,
		[BATCH_UPDATE] = MAP_MAY_WRITE,
		[BATCH_DELETE] = MAP_MAY_WRITE,
	};
	int err = map_access_get(&b->access, caller, (int)attr->batch.map_fd, modes[op]);

	if (err)
		return err;
	b->attr = attr;
	b->uattr = uattr;
	b->max = attr->batch.count;
	if (!(batch_ops(b->access.map) & op))
		err = -ENOTSUPP;
	else if (attr->batch.elem_flags & ~(u64)BPF_F_LOCK)
		err = -EINVAL;
	else if ((attr->batch.elem_flags & BPF_F_LOCK) && b->access.map->spin_lock_off < 0)
		err = -EINVAL;
	else if (op <= BATCH_LOOKUP_AND_DELETE && b->access.map->ops->user_lookup_batch && attr->batch.flags)
		err = -EINVAL;
	else if (!b->max)
		err = 1;
	if (!err && put_attr(caller, uattr, batch.count, 0))
		err = -EFAULT;
	if (!err) {
		b->access.key = malloc(max_of(b->access.map->key_size, 8U));
		err = b->access.key ? map_access_value(&b->access) : -ENOMEM;
	}
	if (err)
		map_access_put(&b->access);
	return err;
}

static int batch_end(struct batch *b, u32 done, int err)
{
	if (err != -EFAULT && put_attr(b->access.caller, b->uattr, batch.count, done))
		err = -EFAULT;
	map_access_put(&b->access);
	return err;
}

/* The cursor is the last key that was handed out. */
static int lookup_by_key(struct batch *b, u32 *done)
{
	struct map_access *a = &b->access;
	const union bpf_attr *attr = b->attr;
	u32 key_size = a->map->key_size;
	_cleanup_free_ void *prev = malloc(max_of(key_size, 8U));
	bool have_prev = attr->batch.in_batch != 0;
	int err;

	*done = 0;
	if (!prev)
		return -ENOMEM;
	if (have_prev && copy_from_caller(a->caller, prev, attr->batch.in_batch, key_size))
		return -EFAULT;
	while (*done < b->max) {
		err = map_user_next_key(a->map, have_prev ? prev : NULL, a->key);
		if (err)
			break;
		err = map_user_lookup(a->map, a->key, a->value, attr->batch.elem_flags);
		if (err && err != -ENOENT)
			break;
		if (!err) {
			if (copy_to_caller(a->caller, attr->batch.keys + (u64)*done * key_size, a->key, key_size) ||
			    copy_to_caller(a->caller, attr->batch.values + (u64)*done * a->value_size, a->value,
					   a->value_size))
				return -EFAULT;
			++*done;
		}
		memcpy(prev, a->key, key_size);
		have_prev = true;
		err = 0;
	}
	if (*done && (put_attr(a->caller, b->uattr, batch.count, *done) ||
		      copy_to_caller(a->caller, attr->batch.out_batch, prev, key_size)))
		return -EFAULT;
	return *done < b->max ? err : 0;
}

#define BATCH_BYTES (1U << 20) /* of keys and values between two copies to the caller */

/* The cursor is a bucket number; a bucket is handed out whole or not at all. */
static int lookup_by_bucket(struct batch *b, u32 *done, bool del)
{
	struct map_access *a = &b->access;
	const union bpf_attr *attr = b->attr;
	u32 key_size = a->map->key_size, bucket = 0;
	_cleanup_free_ void *keys = NULL, *values = NULL;
	int err;

	*done = 0;
	if (attr->batch.in_batch && copy_from_caller(a->caller, &bucket, attr->batch.in_batch, sizeof(bucket)))
		return -EFAULT;
	do {
		u32 room = min_of(b->max - *done, max_of(BATCH_BYTES / (key_size + a->value_size), 1U)), n;

		for (;; room = min_of(room * 2, b->max - *done)) {
			free(keys);
			free(values);
			keys = reallocarray(NULL, room, key_size);
			values = reallocarray(NULL, room, a->value_size);
			if (!keys || !values)
				return -ENOMEM;
			n = room;
			err = a->map->ops->user_lookup_batch(a->map, &bucket, keys, values, &n, attr->batch.elem_flags, del);
			if (err != -ENOSPC || room == b->max - *done)
				break;
		}
		if (err == -ENOSPC && *done) /* the next call's business */
			err = 0, n = 0, room = 0;
		if (err && err != -ENOENT)
			return err;
		if (copy_to_caller(a->caller, attr->batch.keys + (u64)*done * key_size, keys, (size_t)n * key_size) ||
		    copy_to_caller(a->caller, attr->batch.values + (u64)*done * a->value_size, values,
				   (size_t)n * a->value_size))
			return -EFAULT;
		*done += n;
		if (!room)
			break;
	} while (!err && *done < b->max);
	if (copy_to_caller(a->caller, attr->batch.out_batch, &bucket, sizeof(bucket)))
		return -EFAULT;
	return err;
}

static int lookup_batch(struct caller *caller, const union bpf_attr *attr, u64 uattr, enum batch_op op)
{
	struct batch b;
	u32 done = 0;
	int err = batch_begin(&b, caller, attr, uattr, op);

	if (err)
		return err > 0 ? 0 : err;
	if (b.access.map->ops->user_lookup_batch)
		err = lookup_by_bucket(&b, &done, op == BATCH_LOOKUP_AND_DELETE);
	else
		err = lookup_by_key(&b, &done);
	return batch_end(&b, done, err);
}

int cmd_MAP_LOOKUP_BATCH(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	return lookup_batch(caller, attr, uattr, BATCH_LOOKUP);
}

int cmd_MAP_LOOKUP_AND_DELETE_BATCH(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	return lookup_batch(caller, attr, uattr, BATCH_LOOKUP_AND_DELETE);
}

static int change_batch(struct caller *caller, const union bpf_attr *attr, u64 uattr, enum batch_op op)
{
	struct batch b;
	u32 done, key_size;
	int err = batch_begin(&b, caller, attr, uattr, op);

	if (err)
		return err > 0 ? 0 : err;
	key_size = b.access.map->key_size;
	for (done = 0; done < b.max; done++) {
		err = copy_from_caller(caller, b.access.key, attr->batch.keys + (u64)done * key_size, key_size);
		if (!err && op == BATCH_UPDATE) {
			err = copy_from_caller(caller, b.access.value,
					       attr->batch.values + (u64)done * b.access.value_size, b.access.value_size);
			if (!err)
				err = map_user_update(b.access.map, b.access.key, b.access.value, attr->batch.elem_flags,
						      caller);
		} else if (!err) {
			err = map_user_delete(b.access.map, b.access.key);
		}
		if (err)
			break;
	}
	if (put_attr(caller, uattr, batch.count, done))
		err = -EFAULT;
	map_access_put(&b.access);
	return err;
}

int cmd_MAP_UPDATE_BATCH(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	return change_batch(caller, attr, uattr, BATCH_UPDATE);
}

int cmd_MAP_DELETE_BATCH(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	return change_batch(caller, attr, uattr, BATCH_DELETE);
}

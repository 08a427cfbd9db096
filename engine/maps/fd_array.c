/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/maps/fd_array.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/run.h"

int fd_array_alloc_check(const union bpf_attr *attr)
{
	if (attr->value_size != sizeof(u32) || (attr->map_flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)))
		return -EINVAL;
	return array_attr_check(attr);
}

int fd_array_alloc(struct bpf_map *map, struct obj *(*get)(struct bpf_map *, struct caller *, int, int *), void (*put)(struct obj *))
{
	struct fd_array *array = calloc(1, sizeof(*array));

	if (!array)
		return -ENOMEM;
	array->slots = calloc(map->max_entries, sizeof(*array->slots));
	if (!array->slots) {
		free(array);
		return -ENOMEM;
	}
	array->get = get;
	array->put = put;
	map->priv = array;
	map->memfd = -1;
	return 0;
}

void fd_array_free(struct bpf_map *map)
{
	struct fd_array *array = map->priv;

	fd_array_clear(map);
	free(array->slots);
	free(array);
	map->priv = NULL;
}

/* What was taken out may still be in use by programs that run now. */
static void put_later(struct bpf_map *map, struct obj *old)
{
	const struct fd_array *array = map->priv;

	run_synchronize(map->obj.engine);
	array->put(old);
}

int fd_array_user_update(struct bpf_map *map, const void *key, const void *value, u64 flags, struct caller *caller)
{
	struct fd_array *array = map->priv;
	u32 i = array_index(key);
	struct obj *obj, *old;
	int err = 0;

	if (flags != BPF_ANY)
		return -EINVAL;
	if (i >= map->max_entries)
		return -E2BIG;
	obj = array->get(map, caller, (int)array_index(value), &err);
	if (!obj)
		return err;
	old = atomic_exchange(&array->slots[i], obj);
	if (old)
		put_later(map, old);
	return 0;
}

int fd_array_user_lookup_id(struct bpf_map *map, const void *key, void *value, u64 flags)
{
	struct run_ctx run = {0};
	struct obj *obj;

	/* Between these nothing that was in the array is freed. */
	run_enter(map->obj.engine, &run);
	obj = fd_array_at(map, array_index(key));
	if (obj)
		memcpy(value, &obj->id, sizeof(u32));
	run_leave(&run);
	return obj ? 0 : -ENOENT;
}

int fd_array_delete(struct bpf_map *map, const void *key)
{
	struct fd_array *array = map->priv;
	u32 i = array_index(key);
	struct obj *old;

	if (i >= map->max_entries)
		return -E2BIG;
	old = atomic_exchange(&array->slots[i], NULL);
	if (!old)
		return -ENOENT;
	put_later(map, old);
	return 0;
}

void fd_array_clear(struct bpf_map *map)
{
	struct fd_array *array = map->priv;
	enum { AT_ONCE = 64 };
	struct obj *old[AT_ONCE];
	u32 n = 0;

	for (u32 i = 0; i < map->max_entries || n; i++) {
		if (i < map->max_entries && (old[n] = atomic_exchange(&array->slots[i], NULL)))
			n++;
		if (n < AT_ONCE && i + 1 < map->max_entries)
			continue;
		if (n)
			run_synchronize(map->obj.engine);
		while (n)
			array->put(old[--n]);
	}
}

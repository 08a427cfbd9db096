/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/maps/inner.h"

#include <errno.h>

#include "engine/object/handle.h"

/* Types that the kernel takes as inner maps: those whose shape can be compared. */
static bool can_be_inner(enum bpf_map_type type)
{
	switch (type) {
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_CGROUP_STORAGE:
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
	case BPF_MAP_TYPE_STRUCT_OPS:
		return false;
	default:
		return true;
	}
}

int map_set_inner(struct bpf_map *map, struct caller *caller, u32 fd)
{
	struct obj *obj = handle_obj(caller, (int)fd, OBJ_MAP, NULL);
	struct bpf_map *inner;
	int err = 0;

	if (!obj)
		return -errno;
	inner = obj_to_map(obj);
	if (inner->inner_map_meta)
		err = -EINVAL; /* one level is all */
	else if (!can_be_inner(inner->type))
		err = -ENOTSUPP;
	if (err)
		obj_put(obj);
	else
		map->inner_map_meta = inner;
	return err;
}

static bool same_shape(const struct bpf_map *meta, const struct bpf_map *map)
{
	bool sized = meta->type == BPF_MAP_TYPE_ARRAY && !(meta->map_flags & BPF_F_INNER_MAP);

	return meta->type == map->type && meta->key_size == map->key_size && meta->value_size == map->value_size &&
	       meta->map_flags == map->map_flags && meta->spin_lock_off == map->spin_lock_off && meta->timer_off == map->timer_off &&
	       (!sized || meta->max_entries == map->max_entries);
}

struct obj *inner_map_get(struct bpf_map *map, struct caller *caller, int fd, int *err)
{
	struct obj *obj = handle_obj(caller, fd, OBJ_MAP, NULL);

	if (!obj) {
		*err = -errno;
		return NULL;
	}
	if (same_shape(map->inner_map_meta, obj_to_map(obj)))
		return obj;
	obj_put(obj);
	*err = -EINVAL;
	return NULL;
}

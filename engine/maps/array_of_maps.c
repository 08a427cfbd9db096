/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_MAP_TYPE_ARRAY_OF_MAPS: programs find the map itself, bpf(2) its id. */
#include <errno.h>

#include "engine/maps/attr.h"
#include "engine/maps/fd_array.h"
#include "engine/maps/inner.h"
#include "engine/run.h"

static int array_of_maps_alloc_check(const union bpf_attr *attr)
{
	return fd_array_alloc_check(attr);
}

static int array_of_maps_alloc(struct bpf_map *map, const union bpf_attr *attr)
{
	return fd_array_alloc(map, inner_map_get, obj_put);
}

static void *array_of_maps_lookup(struct bpf_map *map, const void *key)
{
	struct obj *obj = fd_array_at(map, array_index(key));

	return obj ? obj_to_map(obj) : NULL;
}

const struct map_ops array_of_maps_map_ops = {
	.alloc_check = array_of_maps_alloc_check,
	.alloc = array_of_maps_alloc,
	.free = fd_array_free,
	.lookup = array_of_maps_lookup,
	.delete = fd_array_delete,
	.next_key = array_next_key,
	.user_lookup = fd_array_user_lookup_id,
	.user_update = fd_array_user_update,
};

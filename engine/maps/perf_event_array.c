/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_MAP_TYPE_PERF_EVENT_ARRAY: perf events, one a CPU as a rule, into which programs write records. */
#include <errno.h>

#include "engine/maps/fd_array.h"
#include "engine/object/handle.h"

static struct obj *perf_event_get(struct bpf_map *map, struct caller *caller, int fd, int *err)
{
	struct obj *obj = handle_obj(caller, fd, OBJ_PERF_EVENT, NULL);

	if (!obj)
		*err = -EBADF;
	return obj;
}

static int perf_event_array_alloc(struct bpf_map *map, const union bpf_attr *attr)
{
	return fd_array_alloc(map, perf_event_get, obj_put);
}

static void perf_event_array_release(struct bpf_map *map)
{
	if (!(map->map_flags & BPF_F_PRESERVE_ELEMS))
		fd_array_clear(map);
}

struct obj *perf_event_array_get(const struct bpf_map *map, u32 index)
{
	return fd_array_at(map, index);
}

const struct map_ops perf_event_array_map_ops = {
	.alloc_check = fd_array_alloc_check,
	.alloc = perf_event_array_alloc,
	.free = fd_array_free,
	.delete = fd_array_delete,
	.next_key = array_next_key,
	.user_update = fd_array_user_update,
	.release = perf_event_array_release,
	.no_btf = true,
};

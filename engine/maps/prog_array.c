/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_PROG_ARRAY: the programs that bpf_tail_call jumps to. bpf(2) puts them in by descriptor and reads their ids. They are
 * dropped when the last handle and pin of the map go, although programs still hold the map: programs that tail call each other
 * through it would otherwise keep each other alive.
 */
#include <errno.h>

#include "engine/engine.h"
#include "engine/maps/fd_array.h"
#include "engine/object/handle.h"
#include "engine/object/prog.h"

int prog_array_check(struct bpf_map *map, const struct bpf_prog *prog)
{
	int err = 0;

	pthread_mutex_lock(&map->obj.engine->lock);
	if (!map->owner_set) {
		map->owner_set = true;
		map->owner_type = prog->type;
		map->owner_attach_type = prog->expected_attach_type;
		map->owner_xdp_frags = prog->prog_flags & BPF_F_XDP_HAS_FRAGS;
		map->owner_sleepable = prog->sleepable;
		map->owner_attach_btf_id = prog->attach_btf_id;
	} else if (map->owner_type != prog->type || map->owner_attach_btf_id != prog->attach_btf_id ||
		   map->owner_xdp_frags != !!(prog->prog_flags & BPF_F_XDP_HAS_FRAGS) || map->owner_sleepable != prog->sleepable ||
		   map->owner_attach_type != prog->expected_attach_type) {
		err = -EINVAL;
	}
	pthread_mutex_unlock(&map->obj.engine->lock);
	return err;
}

static struct obj *prog_array_get(struct bpf_map *map, struct caller *caller, int fd, int *err)
{
	struct obj *obj = handle_obj(caller, fd, OBJ_PROG, NULL);

	if (!obj) {
		*err = -errno;
		return NULL;
	}
	*err = obj_to_prog(obj)->type == BPF_PROG_TYPE_EXT ? -EINVAL : prog_array_check(map, obj_to_prog(obj));
	if (*err) {
		obj_put(obj);
		return NULL;
	}
	return obj;
}


static int prog_array_alloc(struct bpf_map *map, const union bpf_attr *attr)
{
	return fd_array_alloc(map, prog_array_get, obj_put);
}

struct bpf_prog *map_prog_array_get(struct bpf_map *map, u32 index)
{
	struct obj *obj = fd_array_at(map, index);

	return obj ? obj_to_prog(obj) : NULL;
}

const struct map_ops prog_array_map_ops = {
	.alloc_check = fd_array_alloc_check,
	.alloc = prog_array_alloc,
	.free = fd_array_free,
	.delete = fd_array_delete,
	.next_key = array_next_key,
	.user_lookup = fd_array_user_lookup_id,
	.user_update = fd_array_user_update,
	.release = fd_array_clear,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* MAP_CREATE: the checks that all map types share, then the type's own; BTF key and value types. */
#include <stdlib.h>

#include "engine/maps/map.h"
#include "engine/object/btf_obj.h"
#include "engine/sys/commands.h"

static void map_obj_free(struct obj *obj)
{
	struct bpf_map *map = obj_to_map(obj);

	map->ops->free(map);
	if (map->inner_map_meta)
		obj_put(&map->inner_map_meta->obj);
	if (map->btf)
		obj_put(&map->btf->obj);
	free(map);
}

static void map_obj_release(struct obj *obj)
{
	struct bpf_map *map = obj_to_map(obj);

	if (map->ops->release)
		map->ops->release(map);
}

static const struct obj_ops map_obj_ops = {.free = map_obj_free, .release = map_obj_release};

static int check_common(const union bpf_attr *attr)
{
	if (attr->btf_vmlinux_value_type_id) {
		if (attr->map_type != BPF_MAP_TYPE_STRUCT_OPS || attr->btf_key_type_id || attr->btf_value_type_id)
			return -EINVAL;
	} else if (attr->btf_key_type_id && !attr->btf_value_type_id) {
		return -EINVAL;
	}
	if (attr->map_extra && attr->map_type != BPF_MAP_TYPE_BLOOM_FILTER && attr->map_type != BPF_MAP_TYPE_ARENA)
		return -EINVAL;
	if ((attr->map_flags & BPF_F_RDONLY) && (attr->map_flags & BPF_F_WRONLY))
		return -EINVAL;
	/* One memory node is all that an engine has. */
	if ((attr->map_flags & BPF_F_NUMA_NODE) && attr->numa_node)
		return -EINVAL;
	if (attr->map_type >= __MAX_BPF_MAP_TYPE || !map_type_ops[attr->map_type])
		return -EINVAL;
	return 0;
}

/* Where a struct of that name lies in a value: offset, -ENOENT when nowhere, -EINVAL when more than once or misplaced. */
static s64 find_special(const struct btf *btf, const struct btf_type *value, const char *name, u32 size)
{
	const struct btf_member *m = btf_members(value);
	s64 found = -ENOENT;

	if (!btf_is_composite(value))
		return -ENOENT;
	for (u32 i = 0; i < btf_vlen(value); i++, m++) {
		const struct btf_type *t = btf_skip_mods(btf, m->type, NULL);
		u32 bits;

		if (!t || btf_kind(t) != BTF_KIND_STRUCT || strcmp(btf_str(btf, t->name_off), name))
			continue;
		bits = btf_member_bit_offset(value, i);
		if (found >= 0 || t->size != size || bits % 8 || (bits / 8) % (size < 8 ? size : 8))
			return -EINVAL;
		found = bits / 8;
	}
	return found;
}

static bool type_has_special(enum bpf_map_type type, bool lock)
{
	switch (type) {
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_ARRAY:
		return true;
	case BPF_MAP_TYPE_LRU_HASH:
		return !lock;
	case BPF_MAP_TYPE_CGROUP_STORAGE:
	case BPF_MAP_TYPE_SK_STORAGE:
	case BPF_MAP_TYPE_INODE_STORAGE:
	case BPF_MAP_TYPE_TASK_STORAGE:
	case BPF_MAP_TYPE_CGRP_STORAGE:
		return lock;
	default:
		return false;
	}
}

/* bpf_spin_lock and bpf_timer in the value: where, and whether the map may have them. */
static int find_specials(struct bpf_map *map, const struct btf *btf, const struct btf_type *value)
{
	s64 lock = find_special(btf, value, "bpf_spin_lock", 4);
	s64 timer = find_special(btf, value, "bpf_timer", 16);

	if ((lock < 0 && lock != -ENOENT) || (timer < 0 && timer != -ENOENT))
		return -EINVAL;
	if (lock < 0 && timer < 0)
		return 0;
	if (map->map_flags & (BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG))
		return -EACCES;
	if ((lock >= 0 && !type_has_special(map->type, true)) || (timer >= 0 && !type_has_special(map->type, false)))
		return -EOPNOTSUPP;
	map->spin_lock_off = lock < 0 ? -1 : (s32)lock;
	map->timer_off = timer < 0 ? -1 : (s32)timer;
	return 0;
}

static bool is_plain_u32(const struct btf *btf, u32 id)
{
	const struct btf_type *t = btf_type(btf, id);

	return t && btf_kind(t) == BTF_KIND_INT && BTF_INT_BITS(btf_int_info(t)) == 32 && !BTF_INT_OFFSET(btf_int_info(t));
}

/* An array's key is a u32, but for the one-element arrays of sections, which have none. */
static int check_array_types(const struct bpf_map *map, const struct btf *btf, u32 key_id, const struct btf_type *value)
{
	if (!key_id)
		return map->type == BPF_MAP_TYPE_ARRAY && map->max_entries == 1 && btf_kind(value) == BTF_KIND_DATASEC ?
			       0 :
			       -EINVAL;
	return is_plain_u32(btf, key_id) ? 0 : -EINVAL;
}

/* Resolve to a sized type that is as large as the map says. */
static const struct btf_type *sized_type(const struct btf *btf, u32 id, u32 size, u32 *found)
{
	const struct btf_type *t = btf_resolve(btf, id, found);

	return t && btf_size(btf, *found) == size ? t : NULL;
}

static int check_btf_types(struct bpf_map *map, const struct btf *btf)
{
	bool is_array = map->type == BPF_MAP_TYPE_ARRAY || map->type == BPF_MAP_TYPE_PERCPU_ARRAY;
	const struct btf_type *value;
	u32 key_id = 0, value_id;
	int err;

	if (map->btf_key_type_id && !sized_type(btf, map->btf_key_type_id, map->key_size, &key_id))
		return -EINVAL;
	if (!map->btf_key_type_id && !is_array && !map->ops->no_btf)
		return -EINVAL;
	value = sized_type(btf, map->btf_value_type_id, map->value_size, &value_id);
	if (!value)
		return -EINVAL;
	err = find_specials(map, btf, value);
	if (err)
		return err;
	if (map->ops->no_btf)
		return -ENOTSUPP;
	return is_array ? check_array_types(map, btf, key_id, value) : 0;
}

static int attach_btf(struct bpf_map *map, struct caller *caller, const union bpf_attr *attr)
{
	struct obj *obj;

	if (!attr->btf_key_type_id && !attr->btf_value_type_id)
		return 0;
	obj = handle_obj(caller, (int)attr->btf_fd, OBJ_BTF, NULL);
	if (!obj)
		return -errno;
	map->btf = obj_to_btf(obj);
	if (map->btf->kernel)
		return -EACCES;
	map->btf_key_type_id = attr->btf_key_type_id;
	map->btf_value_type_id = attr->btf_value_type_id;
	/* Without a value type there is nothing to check the key against; the kernel looks at the value first. */
	if (!attr->btf_value_type_id)
		return -EINVAL;
	return check_btf_types(map, map->btf->btf);
}

/* The map with its segment, or NULL with errno. */
static struct bpf_map *map_alloc(struct caller *caller, const union bpf_attr *attr)
{
	struct bpf_map *map = calloc(1, sizeof(*map));
	int err = 0;

	if (!map)
		return NULL;
	obj_init(&map->obj, caller->engine, OBJ_MAP, &map_obj_ops);
	map->ops = map_type_ops[attr->map_type];
	map->type = attr->map_type;
	map->key_size = attr->key_size;
	map->value_size = attr->value_size;
	map->max_entries = attr->max_entries;
	map->map_flags = attr->map_flags & ~(u32)(BPF_F_RDONLY | BPF_F_WRONLY);
	map->map_extra = attr->map_extra;
	map->memfd = -1;
	map->spin_lock_off = map->timer_off = -1;
	if (map->type == BPF_MAP_TYPE_ARRAY_OF_MAPS || map->type == BPF_MAP_TYPE_HASH_OF_MAPS)
		err = map_set_inner(map, caller, attr->inner_map_fd);
	if (!err)
		err = map->ops->alloc(map, attr);
	if (!err)
		return map;
	if (map->inner_map_meta)
		obj_put(&map->inner_map_meta->obj);
	free(map);
	errno = -err;
	return NULL;
}

int cmd_MAP_CREATE(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	struct bpf_map *map;
	unsigned int flags;
	int err;

	if (attr->map_flags & BPF_F_TOKEN_FD)
		return -EOPNOTSUPP;
	err = check_common(attr);
	if (!err && map_type_ops[attr->map_type]->alloc_check)
		err = map_type_ops[attr->map_type]->alloc_check(attr);
	if (!err && attr->map_ifindex)
		err = -EINVAL;
	if (err)
		return err;
	map = map_alloc(caller, attr);
	if (!map)
		return -errno;
	err = obj_name_copy(map->name, attr->map_name);
	if (err >= 0)
		err = attach_btf(map, caller, attr);
	if (!err)
		err = obj_publish(&map->obj);
	if (err) {
		obj_put(&map->obj);
		return err;
	}
	flags = ((attr->map_flags & BPF_F_RDONLY) ? HANDLE_RDONLY : 0) | ((attr->map_flags & BPF_F_WRONLY) ? HANDLE_WRONLY : 0);
	return handle_new_or_put(caller, &map->obj, flags);
}

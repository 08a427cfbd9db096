/* SPDX-License-Identifier: BSD-2-Clause */
/* OBJ_GET_INFO_BY_FD for maps, BTF and links; programs are in prog_info.c. */
#include "engine/sys/info.h"

#include "engine/hooks/link.h"
#include "engine/maps/map.h"
#include "engine/object/btf_obj.h"

int info_begin(struct caller *caller, const union bpf_attr *attr, void *info, u32 info_size, u32 *len)
{
	int err = check_tail_zero(caller, attr->info.info, info_size, attr->info.info_len);

	if (err)
		return err;
	*len = min_of(info_size, attr->info.info_len);
	memset(info, 0, info_size);
	return copy_from_caller(caller, info, attr->info.info, *len);
}

int info_end(struct caller *caller, const union bpf_attr *attr, u64 uattr, const void *info, u32 len)
{
	int err = copy_to_caller(caller, attr->info.info, info, len);

	return err ? err : put_attr(caller, uattr, info.info_len, len);
}

static int map_get_info(struct caller *caller, const struct bpf_map *map, const union bpf_attr *attr, u64 uattr)
{
	struct bpf_map_info info, given;
	u32 len;
	int err = info_begin(caller, attr, &given, sizeof(given), &len);

	if (err)
		return err;
	memset(&info, 0, sizeof(info));
	info.type = map->type;
	info.id = map->obj.id;
	info.key_size = map->key_size;
	info.value_size = map->value_size;
	info.max_entries = map->max_entries;
	info.map_flags = map->map_flags;
	info.map_extra = map->map_extra;
	memcpy(info.name, map->name, sizeof(map->name));
	if (map->btf) {
		info.btf_id = map->btf->obj.id;
		info.btf_key_type_id = map->btf_key_type_id;
		info.btf_value_type_id = map->btf_value_type_id;
	}
	return info_end(caller, attr, uattr, &info, len);
}

static int btf_get_info(struct caller *caller, const struct btf_obj *btf, const union bpf_attr *attr, u64 uattr)
{
	struct bpf_btf_info info;
	u32 len, name_room, room;
	const void *raw;
	size_t raw_len, name_len = strlen(btf->name);
	int err = info_begin(caller, attr, &info, sizeof(info), &len), ret = 0;

	if (err)
		return err;
	raw = btf_raw(btf->btf, &raw_len);
	room = min_of(info.btf_size, (u32)raw_len);
	if (copy_to_caller(caller, info.btf, raw, room))
		return -EFAULT;
	info.btf_size = (u32)raw_len;
	info.id = btf->obj.id;
	info.kernel_btf = btf->kernel;
	name_room = info.name_len;
	if (!info.name != !name_room)
		return -EINVAL;
	info.name_len = (u32)name_len;
	if (info.name) {
		char nul = 0;

		if (name_room >= name_len + 1) {
			if (copy_to_caller(caller, info.name, btf->name, name_len + 1))
				return -EFAULT;
		} else {
			if (copy_to_caller(caller, info.name, btf->name, name_room - 1) ||
			    copy_to_caller(caller, info.name + name_room - 1, &nul, 1))
				return -EFAULT;
			ret = -ENOSPC;
		}
	}
	err = info_end(caller, attr, uattr, &info, len);
	return err ? err : ret;
}

static int link_get_info(struct caller *caller, struct obj *obj, const union bpf_attr *attr, u64 uattr)
{
	struct bpf_link_info info;
	u32 len;
	int err = info_begin(caller, attr, &info, sizeof(info), &len);

	if (!err)
		err = link_fill_info(obj, &info, caller);
	return err ? err : info_end(caller, attr, uattr, &info, len);
}

int cmd_OBJ_GET_INFO_BY_FD(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	struct obj *obj = handle_obj_any(caller, (int)attr->info.bpf_fd, NULL);
	int err = -EINVAL;

	if (!obj)
		return errno == EBADF ? -EBADFD : -errno;
	switch (obj->kind) {
	case OBJ_MAP:
		err = map_get_info(caller, obj_to_map(obj), attr, uattr);
		break;
	case OBJ_PROG:
		err = prog_get_info(caller, obj, attr, uattr);
		break;
	case OBJ_BTF:
		err = btf_get_info(caller, obj_to_btf(obj), attr, uattr);
		break;
	case OBJ_LINK:
		err = link_get_info(caller, obj, attr, uattr);
		break;
	default:
		break;
	}
	obj_put(obj);
	return err;
}

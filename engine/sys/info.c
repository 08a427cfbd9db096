/* SPDX-License-Identifier: BSD-2-Clause */
/* OBJ_GET_INFO_BY_FD for maps, BTF and links; programs are in prog_info.c. */
#include "engine/sys/info.h"

#include "engine/hooks/link.h"
#include "engine/maps/map.h"
#include "engine/object/btf_obj.h"
#include "engine/sys/sha256.h"

/* The last field's end: the padding behind it must be zero too. */
#define MAP_INFO_END (offsetof(struct bpf_map_info, hash_size) + sizeof(u32))

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

/* The hash of an array's elements, for whoever signs programs with their data: only what cannot change any more has one. */
static int give_hash(struct caller *caller, const struct bpf_map *map, const struct bpf_map_info *given)
{
	u8 digest[SHA256_SIZE];

	if (!given->hash && !given->hash_size)
		return 0;
	if (!given->hash || given->hash_size != sizeof(digest) || map->type != BPF_MAP_TYPE_ARRAY)
		return -EINVAL;
	if (!__atomic_load_n(&map->frozen, __ATOMIC_SEQ_CST))
		return -EPERM;
	sha256(map->mem, (size_t)round_up_u64(map->value_size, 8) * map->max_entries, digest);
	return copy_to_caller(caller, given->hash, digest, sizeof(digest));
}

static int map_get_info(struct caller *caller, const struct bpf_map *map, const union bpf_attr *attr, u64 uattr)
{
	struct bpf_map_info info;
	u32 len;
	int err = check_tail_zero(caller, attr->info.info, MAP_INFO_END, min_of(attr->info.info_len, (u32)sizeof(info)));

	if (!err)
		err = info_begin(caller, attr, &info, sizeof(info), &len);
	if (!err)
		err = give_hash(caller, map, &info);
	if (err)
		return err;
	info.type = map->type;
	info.id = map->obj.id;
	info.key_size = map->key_size;
	info.value_size = map->value_size;
	info.max_entries = map->max_entries;
	info.map_flags = map->map_flags;
	info.map_extra = map->map_extra;
	info.btf_vmlinux_value_type_id = 0;
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

/* SPDX-License-Identifier: BSD-2-Clause */
/* MAP_LOOKUP_ELEM and its kin: permissions, keys and values between the caller and the map. */
#include <fcntl.h>
#include <stdlib.h>

#include "engine/maps/map.h"
#include "engine/sys/commands.h"
#include "engine/sys/map_access.h"

int map_access_get(struct map_access *access, struct caller *caller, int fd, unsigned int mode)
{
	unsigned int flags;
	struct obj *obj = handle_obj(caller, fd, OBJ_MAP, &flags);

	if (!obj)
		return -errno;
	*access = (struct map_access){.caller = caller, .map = obj_to_map(obj), .writing = mode & MAP_MAY_WRITE};
	/* Announced before the look at `frozen`, so that a freeze sees either us or we see it. */
	if (access->writing)
		atomic_fetch_add(&access->map->writers, 1);
	if (((mode & MAP_MAY_READ) && (flags & HANDLE_WRONLY)) ||
	    ((mode & MAP_MAY_WRITE) && ((flags & HANDLE_RDONLY) || __atomic_load_n(&access->map->frozen, __ATOMIC_SEQ_CST)))) {
		map_access_put(access);
		return -EPERM;
	}
	return 0;
}

void map_access_put(struct map_access *access)
{
	if (access->writing)
		atomic_fetch_sub(&access->map->writers, 1);
	obj_put(&access->map->obj);
	if (access->key != access->small_key)
		free(access->key);
	if (access->value != access->small_value)
		free(access->value);
}

static void *room_for(void *small, size_t small_size, size_t size)
{
	return size <= small_size ? small : malloc(size);
}

/* A key of the map's size from the caller. A map without keys takes none. */
int map_access_key(struct map_access *access, u64 ukey)
{
	u32 size = access->map->key_size;

	if (!size)
		return ukey ? -EINVAL : 0;
	access->key = room_for(access->small_key, sizeof(access->small_key), size);
	if (!access->key)
		return -ENOMEM;
	return copy_from_caller(access->caller, access->key, ukey, size);
}

int map_access_value(struct map_access *access)
{
	access->value_size = map_user_value_size(access->map);
	access->value = room_for(access->small_value, sizeof(access->small_value), access->value_size);
	return access->value ? 0 : -ENOMEM;
}

/* BPF_F_LOCK needs a lock in the value. */
static int check_lock_flag(const struct bpf_map *map, u64 flags)
{
	return (flags & BPF_F_LOCK) && map->spin_lock_off < 0 ? -EINVAL : 0;
}

int cmd_MAP_LOOKUP_ELEM(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	struct map_access a;
	int err;

	if (attr->flags & ~(u64)BPF_F_LOCK)
		return -EINVAL;
	err = map_access_get(&a, caller, (int)attr->map_fd, MAP_MAY_READ);
	if (err)
		return err;
	err = check_lock_flag(a.map, attr->flags);
	if (!err)
		err = map_access_key(&a, attr->key);
	if (!err)
		err = map_access_value(&a);
	/* A bloom filter is asked for a value. */
	if (!err && a.map->type == BPF_MAP_TYPE_BLOOM_FILTER)
		err = copy_from_caller(caller, a.value, attr->value, a.value_size);
	if (!err)
		err = map_user_lookup(a.map, a.key, a.value, attr->flags);
	if (!err && a.map->type != BPF_MAP_TYPE_BLOOM_FILTER)
		err = copy_to_caller(caller, attr->value, a.value, a.value_size);
	map_access_put(&a);
	return err;
}

int cmd_MAP_UPDATE_ELEM(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	struct map_access a;
	int err = map_access_get(&a, caller, (int)attr->map_fd, MAP_MAY_WRITE);

	if (err)
		return err;
	err = check_lock_flag(a.map, attr->flags);
	if (!err)
		err = map_access_key(&a, attr->key);
	if (!err)
		err = map_access_value(&a);
	if (!err)
		err = copy_from_caller(caller, a.value, attr->value, a.value_size);
	if (!err)
		err = map_user_update(a.map, a.key, a.value, attr->flags, caller);
	map_access_put(&a);
	return err;
}

int cmd_MAP_DELETE_ELEM(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	struct map_access a;
	int err = map_access_get(&a, caller, (int)attr->map_fd, MAP_MAY_WRITE);

	if (err)
		return err;
	err = map_access_key(&a, attr->key);
	if (!err)
		err = map_user_delete(a.map, a.key);
	map_access_put(&a);
	return err;
}

int cmd_MAP_GET_NEXT_KEY(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	_cleanup_free_ void *next = NULL;
	struct map_access a;
	int err = map_access_get(&a, caller, (int)attr->map_fd, MAP_MAY_READ);

	if (err)
		return err;
	if (attr->key)
		err = map_access_key(&a, attr->key);
	if (!err) {
		next = calloc(1, max_of(a.map->key_size, 8U));
		err = next ? map_user_next_key(a.map, a.key, next) : -ENOMEM;
	}
	if (!err)
		err = copy_to_caller(caller, attr->next_key, next, a.map->key_size);
	map_access_put(&a);
	return err;
}

int cmd_MAP_LOOKUP_AND_DELETE_ELEM(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	struct map_access a;
	int err;

	if (attr->flags & ~(u64)BPF_F_LOCK)
		return -EINVAL;
	err = map_access_get(&a, caller, (int)attr->map_fd, MAP_MAY_READ | MAP_MAY_WRITE);
	if (err)
		return err;
	err = check_lock_flag(a.map, attr->flags);
	if (!err && attr->flags && (a.map->type == BPF_MAP_TYPE_QUEUE || a.map->type == BPF_MAP_TYPE_STACK))
		err = -EINVAL;
	if (!err)
		err = map_access_key(&a, attr->key);
	if (!err)
		err = map_access_value(&a);
	if (!err)
		err = map_user_lookup_and_delete(a.map, a.key, a.value, attr->flags);
	if (!err)
		err = copy_to_caller(caller, attr->value, a.value, a.value_size);
	map_access_put(&a);
	return err;
}

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

/* Whoever holds a descriptor of the segment can no longer map or write it; the engine's own mapping stays as it is. */
static void seal_segment(const struct bpf_map *map)
{
	if (map->memfd >= 0)
		(void)fcntl(map->memfd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SEAL);
}

int cmd_MAP_FREEZE(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	unsigned int flags;
	struct obj *obj = handle_obj(caller, (int)attr->map_fd, OBJ_MAP, &flags);
	struct bpf_map *map;
	int err = 0;

	if (!obj)
		return -errno;
	map = obj_to_map(obj);
	pthread_mutex_lock(&caller->engine->lock);
	if (map->type == BPF_MAP_TYPE_STRUCT_OPS || map->timer_off >= 0) {
		err = -ENOTSUPP;
	} else if ((flags & HANDLE_RDONLY) || map->frozen) {
		err = -EPERM;
	} else {
		__atomic_store_n(&map->frozen, true, __ATOMIC_SEQ_CST);
		if (atomic_load(&map->writers)) {
			__atomic_store_n(&map->frozen, false, __ATOMIC_SEQ_CST);
			err = -EBUSY;
		} else {
			seal_segment(map);
		}
	}
	pthread_mutex_unlock(&caller->engine->lock);
	obj_put(obj);
	return err;
}

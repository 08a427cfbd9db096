/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_MAP_TYPE_ARRAY: values one after the other, each rounded up to 8 bytes; an index is checked and multiplied. Mappable. */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "engine/maps/array.h"
#include "engine/maps/attr.h"
#include "engine/maps/copy.h"

int array_attr_check(const union bpf_attr *attr)
{
	u32 known = BPF_F_NUMA_NODE | MAP_ACCESS_FLAGS | BPF_F_MMAPABLE | BPF_F_PRESERVE_ELEMS | BPF_F_INNER_MAP;

	if (!attr->max_entries || attr->key_size != sizeof(u32) || !attr->value_size || (attr->map_flags & ~known) ||
	    !map_access_flags_ok(attr->map_flags))
		return -EINVAL;
	if (attr->map_type != BPF_MAP_TYPE_ARRAY && (attr->map_flags & (BPF_F_MMAPABLE | BPF_F_INNER_MAP)))
		return -EINVAL;
	if (attr->map_type != BPF_MAP_TYPE_PERF_EVENT_ARRAY && (attr->map_flags & BPF_F_PRESERVE_ELEMS))
		return -EINVAL;
	if (attr->value_size > INT_MAX)
		return -E2BIG;
	return 0;
}

int array_next_key(struct bpf_map *map, const void *key, void *next_key)
{
	u32 i = key ? array_index(key) : UINT_MAX;
	u32 next = i < map->max_entries ? i + 1 : 0;

	if (next == map->max_entries)
		return -ENOENT;
	memcpy(next_key, &next, sizeof(next));
	return 0;
}

int array_delete(struct bpf_map *map, const void *key)
{
	return -EINVAL;
}

int array_update_check(const struct bpf_map *map, u32 index, u64 flags)
{
	if ((flags & ~(u64)BPF_F_LOCK) > BPF_EXIST)
		return -EINVAL;
	if (index >= map->max_entries)
		return -E2BIG;
	if (flags & BPF_NOEXIST)
		return -EEXIST;
	if ((flags & BPF_F_LOCK) && map->spin_lock_off < 0)
		return -EINVAL;
	return 0;
}

static size_t array_stride(const struct bpf_map *map)
{
	return round_up_u64(map->value_size, 8);
}

static int array_alloc(struct bpf_map *map, const union bpf_attr *attr)
{
	return map_alloc_segment(map, map->max_entries * array_stride(map), map->map_flags & BPF_F_MMAPABLE);
}

static void *array_lookup(struct bpf_map *map, const void *key)
{
	u32 i = array_index(key);

	return likely(i < map->max_entries) ? (char *)map->mem + i * array_stride(map) : NULL;
}

static int array_update(struct bpf_map *map, const void *key, const void *value, u64 flags)
{
	u32 i = array_index(key);
	int err = array_update_check(map, i, flags);
	void *elem;

	if (unlikely(err))
		return err;
	elem = (char *)map->mem + i * array_stride(map);
	if (flags & BPF_F_LOCK)
		map_value_store_locked(map, elem, value);
	else
		map_value_store(map, elem, value);
	return 0;
}

static long array_for_each(struct bpf_map *map, u64 (*fn)(void *, void *, void *), void *closure, u64 flags)
{
	long n = 0;

	if (flags)
		return -EINVAL;
	for (u32 i = 0; i < map->max_entries; i++) {
		u32 key = i;

		n++;
		if (fn(closure, &key, (char *)map->mem + i * array_stride(map)))
			break;
	}
	return n;
}

static int array_direct_value(struct bpf_map *map, u64 *addr, u32 off)
{
	if (map->max_entries != 1)
		return -ENOTSUPP;
	if (off >= map->value_size)
		return -EINVAL;
	*addr = ptr_to_u64(map->mem) + off;
	return 0;
}

static int array_mmap(struct bpf_map *map, off_t offset, size_t length, int prot, struct map_piece pieces[MAP_MAX_PIECES])
{
	if (!(map->map_flags & BPF_F_MMAPABLE))
		return -EINVAL;
	if (offset < 0 || (size_t)offset > map->mem_len || round_up_u64(length, (u64)sysconf(_SC_PAGESIZE)) > map->mem_len - (size_t)offset)
		return -EINVAL;
	pieces[0] = (struct map_piece){.fd = map->memfd, .len = length, .segment_offset = offset};
	return 1;
}

const struct map_ops array_map_ops = {
	.alloc_check = array_attr_check,
	.alloc = array_alloc,
	.free = map_free_segment,
	.lookup = array_lookup,
	.update = array_update,
	.delete = array_delete,
	.next_key = array_next_key,
	.for_each = array_for_each,
	.direct_value = array_direct_value,
	.mmap = array_mmap,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_MAP_TYPE_PERCPU_ARRAY: an array for each CPU, one after the other, each beginning at a cache line of its own. */
#include <errno.h>

#include "engine/engine.h"
#include "engine/maps/array.h"
#include "engine/maps/attr.h"
#include "engine/maps/copy.h"
#include "engine/run.h"

#define CACHE_LINE 128

static size_t cpu_area(const struct bpf_map *map)
{
	return round_up_u64((u64)map->max_entries * map_percpu_stride(map), CACHE_LINE);
}

static void *percpu_array_elem(const struct bpf_map *map, u32 index, u32 cpu)
{
	return (char *)map->mem + cpu * cpu_area(map) + (size_t)index * map_percpu_stride(map);
}

static int percpu_array_alloc_check(const union bpf_attr *attr)
{
	int err = array_attr_check(attr);

	if (err)
		return err;
	if (attr->map_flags & BPF_F_NUMA_NODE)
		return -EINVAL;
	return round_up_u64(attr->value_size, 8) > MAP_PERCPU_VALUE_MAX ? -E2BIG : 0;
}

static int percpu_array_alloc(struct bpf_map *map, const union bpf_attr *attr)
{
	return map_alloc_segment(map, map->obj.engine->nr_cpus * cpu_area(map), false);
}

static void *percpu_array_lookup(struct bpf_map *map, const void *key)
{
	u32 i = array_index(key);

	return likely(i < map->max_entries) ? percpu_array_elem(map, i, map_this_cpu(map)) : NULL;
}

static void *percpu_array_lookup_percpu(struct bpf_map *map, const void *key, u32 cpu)
{
	u32 i = array_index(key);

	return i < map->max_entries && cpu < map->obj.engine->nr_cpus ? percpu_array_elem(map, i, cpu) : NULL;
}

static int update_check(const struct bpf_map *map, u32 index, u64 flags)
{
	if (flags > BPF_EXIST)
		return -EINVAL;
	if (index >= map->max_entries)
		return -E2BIG;
	return flags == BPF_NOEXIST ? -EEXIST : 0;
}

static int percpu_array_update(struct bpf_map *map, const void *key, const void *value, u64 flags)
{
	u32 i = array_index(key);
	int err = update_check(map, i, flags);

	if (err)
		return err;
	map_store(percpu_array_elem(map, i, map_this_cpu(map)), value, map->value_size);
	return 0;
}

static int percpu_array_user_lookup(struct bpf_map *map, const void *key, void *value, u64 flags)
{
	u32 stride = map_percpu_stride(map);
	u32 i = array_index(key);

	if (i >= map->max_entries)
		return -ENOENT;
	for (u32 cpu = 0; cpu < map->obj.engine->nr_cpus; cpu++)
		map_load((char *)value + (size_t)cpu * stride, percpu_array_elem(map, i, cpu), stride);
	return 0;
}

static int percpu_array_user_update(struct bpf_map *map, const void *key, const void *value, u64 flags, struct caller *caller)
{
	u32 stride = map_percpu_stride(map);
	u32 i = array_index(key);
	int err = update_check(map, i, flags);

	if (err)
		return err;
	for (u32 cpu = 0; cpu < map->obj.engine->nr_cpus; cpu++)
		map_store(percpu_array_elem(map, i, cpu), (const char *)value + (size_t)cpu * stride, stride);
	return 0;
}

static long percpu_array_for_each(struct bpf_map *map, u64 (*fn)(void *, void *, void *), void *closure, u64 flags)
{
	u32 cpu = map_this_cpu(map);
	long n = 0;

	if (flags)
		return -EINVAL;
	for (u32 i = 0; i < map->max_entries; i++) {
		u32 key = i;

		n++;
		if (fn(closure, &key, percpu_array_elem(map, i, cpu)))
			break;
	}
	return n;
}

const struct map_ops percpu_array_map_ops = {
	.alloc_check = percpu_array_alloc_check,
	.alloc = percpu_array_alloc,
	.free = map_free_segment,
	.lookup = percpu_array_lookup,
	.update = percpu_array_update,
	.delete = array_delete,
	.next_key = array_next_key,
	.user_lookup = percpu_array_user_lookup,
	.user_update = percpu_array_user_update,
	.lookup_percpu = percpu_array_lookup_percpu,
	.for_each = percpu_array_for_each,
	.per_cpu = true,
};

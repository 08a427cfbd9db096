/* SPDX-License-Identifier: BSD-2-Clause */
/* Elements of maps: one at a time, or all of them. */
#include <errno.h>
#include <skep/skep.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "user/door/sys.h"
#include "user/object/object.h"

/* "0-3,5\n": the highest number plus one, which is what per-CPU values are laid out for. */
int skep_nr_possible_cpus(void)
{
	FILE *f = fopen("/sys/devices/system/cpu/possible", "re");
	int first, last = -1, n, max = -1;
	char sep = ',';

	if (!f)
		return -errno;
	while (sep == ',' && fscanf(f, "%d", &first) == 1) {
		last = first;
		n = fgetc(f);
		if (n == '-' && fscanf(f, "%d", &last) == 1)
			n = fgetc(f);
		sep = (char)n;
		max = max_of(max, last);
	}
	fclose(f);
	return max < 0 ? -EINVAL : max + 1;
}

static bool is_per_cpu(u32 type)
{
	return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

static size_t value_bytes(u32 type, u32 value_size)
{
	return is_per_cpu(type) ? round_up_u64(value_size, 8) * (size_t)max_of(skep_nr_possible_cpus(), 1) : value_size;
}

size_t skep_map_value_bytes(const struct skep_map *map)
{
	return value_bytes(map->spec.type, map->spec.value_size);
}

static int check_sizes(const struct skep_map *map, size_t key_size, size_t value_size, bool value)
{
	if (map->fd < 0)
		return -ENOENT;
	return key_size != map->spec.key_size || (value && value_size != skep_map_value_bytes(map)) ? -EINVAL : 0;
}

int skep_map_lookup(const struct skep_map *map, const void *key, size_t key_size, void *value, size_t value_size, uint64_t flags)
{
	int ret = check_sizes(map, key_size, value_size, true);

	return ret ? ret : sys_map_lookup(map->door, map->fd, key, value, flags);
}

int skep_map_update(const struct skep_map *map, const void *key, size_t key_size, const void *value, size_t value_size, uint64_t flags)
{
	int ret = check_sizes(map, key_size, value_size, true);

	return ret ? ret : sys_map_update(map->door, map->fd, key, value, flags);
}

int skep_map_delete(const struct skep_map *map, const void *key, size_t key_size)
{
	int ret = check_sizes(map, key_size, 0, false);

	return ret ? ret : sys_map_delete(map->door, map->fd, key);
}

int skep_map_next_key(const struct skep_map *map, const void *key, void *next, size_t key_size)
{
	int ret = check_sizes(map, key_size, 0, false);

	return ret ? ret : sys_map_next_key(map->door, map->fd, key, next);
}

#define BATCH 256

struct walk {
	struct skep_door *door;
	int fd;
	size_t key_size, value_size;
	u32 max_entries;
	skep_map_element_fn fn;
	void *ctx;
	int count;
};

/* -EOPNOTSUPP (and its like) before the first element: this map is walked key by key. */
static int walk_batches(struct walk *w)
{
	u32 room = min_of(w->max_entries, (u32)BATCH), count;
	size_t batch_size = max_of(w->key_size, sizeof(u64));
	_cleanup_free_ char *in = calloc(1, batch_size);
	_cleanup_free_ char *out = calloc(1, batch_size);
	bool started = false;
	int ret, stop;

	for (;;) {
		_cleanup_free_ char *keys = calloc(room, max_of(w->key_size, (size_t)1));
		_cleanup_free_ char *values = calloc(room, max_of(w->value_size, (size_t)1));

		if (!in || !out || !keys || !values)
			return -ENOMEM;
		count = room;
		ret = sys_map_lookup_batch(w->door, w->fd, started ? in : NULL, out, keys, values, &count);
		if (ret == -ENOSPC && room < 1U << 24) { /* one bucket holds more than fits */
			room *= 2;
			continue;
		}
		if (ret && ret != -ENOENT)
			return started ? ret : -EOPNOTSUPP;
		for (u32 i = 0; i < count; i++) {
			stop = w->fn(w->ctx, keys + i * w->key_size, values + i * w->value_size);
			w->count++;
			if (stop)
				return stop;
		}
		if (ret == -ENOENT)
			return w->count;
		started = true;
		memcpy(in, out, batch_size);
	}
}

static int walk_keys(struct walk *w)
{
	_cleanup_free_ char *key = calloc(1, max_of(w->key_size, (size_t)1));
	_cleanup_free_ char *next = calloc(1, max_of(w->key_size, (size_t)1));
	_cleanup_free_ char *value = calloc(1, max_of(w->value_size, (size_t)1));
	int ret, stop;

	if (!key || !next || !value)
		return -ENOMEM;
	for (bool first = true; !(ret = sys_map_next_key(w->door, w->fd, first ? NULL : key, next)); first = false) {
		memcpy(key, next, w->key_size);
		ret = sys_map_lookup(w->door, w->fd, key, value, 0);
		if (ret == -ENOENT)
			continue; /* deleted since */
		if (ret)
			return ret;
		stop = w->fn(w->ctx, key, value);
		w->count++;
		if (stop)
			return stop;
	}
	return ret == -ENOENT ? w->count : ret;
}

static int walk(struct walk *w)
{
	int ret = w->key_size ? walk_batches(w) : -EINVAL;

	return ret == -EOPNOTSUPP && !w->count ? walk_keys(w) : ret;
}

int skep_map_for_each(const struct skep_map *map, skep_map_element_fn fn, void *ctx)
{
	struct walk w = {.door = map->door, .fd = map->fd, .key_size = map->spec.key_size, .value_size = skep_map_value_bytes(map),
			 .max_entries = max_of(map->spec.max_entries, 1U), .fn = fn, .ctx = ctx};

	return map->fd < 0 ? -ENOENT : walk(&w);
}

int skep_map_fd_for_each(struct skep_door *door, int map_fd, skep_map_element_fn fn, void *ctx)
{
	struct bpf_map_info info = {};
	u32 len = sizeof(info);
	int ret = sys_obj_info(door, map_fd, &info, &len);
	struct walk w = {.door = door, .fd = map_fd, .key_size = info.key_size, .value_size = value_bytes(info.type, info.value_size),
			 .max_entries = max_of(info.max_entries, 1U), .fn = fn, .ctx = ctx};

	return ret ? ret : walk(&w);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* An engine of nothing but CPUs, and maps in it, for tests of map types without a dispatcher. */
#ifndef SKEP_TESTS_MAPS_UTIL_H
#define SKEP_TESTS_MAPS_UTIL_H

#include "unit.h"

#include <errno.h>

#include "engine/engine.h"
#include "engine/maps/map.h"
#include "engine/object/handle.h"
#include "engine/run.h"

/*
 * Stand-ins for the object room: descriptors are indices of test_objs, references are counted, signals too. Weak, so that the
 * library's own take their place where the linker wants those.
 */
static struct obj *test_objs[16];
static atomic_uint test_signals;

__attribute__((weak)) void obj_put(struct obj *obj)
{
	atomic_fetch_sub(&obj->refs, 1);
}
__attribute__((weak)) struct obj *handle_obj(struct caller *caller, int fd, enum obj_kind kind, unsigned int *flags)
{
	if (fd < 0 || fd >= (int)ARRAY_SIZE(test_objs) || !test_objs[fd] || test_objs[fd]->kind != kind) {
		errno = fd >= 0 && fd < (int)ARRAY_SIZE(test_objs) && test_objs[fd] ? EINVAL : EBADF;
		return NULL;
	}
	atomic_fetch_add(&test_objs[fd]->refs, 1);
	return test_objs[fd];
}
__attribute__((weak)) void handle_signal(struct obj *obj)
{
	atomic_fetch_add(&test_signals, 1);
}

static inline struct skep_engine *test_engine(u32 nr_cpus)
{
	struct skep_engine *engine = calloc(1, sizeof(*engine));

	assert_non_null(engine);
	engine->nr_cpus = nr_cpus;
	assert_int_equal(run_init(engine), 0);
	return engine;
}

static inline void test_engine_free(struct skep_engine *engine)
{
	run_exit(engine);
	free(engine);
}

/* As MAP_CREATE does, but without ids and handles; NULL with errno. */
static inline struct bpf_map *test_map(struct skep_engine *engine, const union bpf_attr *attr)
{
	const struct map_ops *ops = map_type_ops[attr->map_type];
	struct bpf_map *map;
	int err;

	assert_non_null(ops);
	err = ops->alloc_check ? ops->alloc_check(attr) : 0;
	if (err) {
		errno = -err;
		return NULL;
	}
	map = calloc(1, sizeof(*map));
	assert_non_null(map);
	map->obj.engine = engine;
	map->ops = ops;
	map->type = attr->map_type;
	map->key_size = attr->key_size;
	map->value_size = attr->value_size;
	map->max_entries = attr->max_entries;
	map->map_flags = attr->map_flags;
	map->map_extra = attr->map_extra;
	map->spin_lock_off = map->timer_off = -1;
	map->memfd = map->memfd2 = -1;
	err = ops->alloc(map, attr);
	if (err) {
		free(map);
		errno = -err;
		return NULL;
	}
	return map;
}

static inline void test_map_free(struct bpf_map *map)
{
	map->ops->free(map);
	free(map);
}

#define TEST_MAP(engine, type, ksz, vsz, entries, flags)                                                               \
	test_map(engine, &(union bpf_attr){.map_type = BPF_MAP_TYPE_##type, .key_size = (ksz), .value_size = (vsz),    \
					   .max_entries = (entries), .map_flags = (flags)})

#endif

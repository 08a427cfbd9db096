/* SPDX-License-Identifier: BSD-2-Clause */
/* What else can be done with programs: TEST_RUN, statistics, holding maps; and the commands that are not there yet. */
#include <stdlib.h>

#include "engine/maps/map.h"
#include "engine/object/prog.h"
#include "engine/object/table.h"
#include "engine/sys/commands.h"

int cmd_PROG_TEST_RUN(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	struct bpf_prog *prog;
	struct obj *obj;
	int err;

	if (!attr->test.ctx_size_in != !attr->test.ctx_in || !attr->test.ctx_size_out != !attr->test.ctx_out)
		return -EINVAL;
	obj = handle_obj(caller, (int)attr->test.prog_fd, OBJ_PROG, NULL);
	if (!obj)
		return -errno;
	prog = obj_to_prog(obj);
	err = prog->ops->test_run ? prog->ops->test_run(prog, attr, u64_to_ptr(uattr), caller) : -ENOTSUPP;
	obj_put(obj);
	return err;
}

/* A handle of its own kind: statistics are on while one is open. */
static void stats_free(struct obj *obj)
{
	atomic_fetch_sub(&obj->engine->stats_enabled, 1);
	free(obj);
}

static const struct obj_ops stats_ops = {.free = stats_free};

int cmd_ENABLE_STATS(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	struct obj *obj;

	if (attr->enable_stats.type != BPF_STATS_RUN_TIME)
		return -EINVAL;
	obj = calloc(1, sizeof(*obj));
	if (!obj)
		return -ENOMEM;
	obj_init(obj, caller->engine, OBJ_STATS, &stats_ops);
	atomic_fetch_add(&caller->engine->stats_enabled, 1);
	return handle_new_or_put(caller, obj, 0);
}

/* The map lives as long as the program. Programs that run do not look at the list. */
static int bind_map(struct bpf_prog *prog, struct bpf_map *map)
{
	struct bpf_map **maps;

	for (u32 i = 0; i < prog->used_map_cnt; i++)
		if (prog->used_maps[i] == map)
			return 0;
	maps = reallocarray(prog->used_maps, prog->used_map_cnt + 1, sizeof(struct bpf_map *));
	if (!maps)
		return -ENOMEM;
	prog->used_maps = maps;
	obj_get(&map->obj);
	prog->used_maps[prog->used_map_cnt++] = map;
	return 0;
}

int cmd_PROG_BIND_MAP(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	struct obj *prog, *map;
	int err;

	if (attr->prog_bind_map.flags)
		return -EINVAL;
	prog = handle_obj(caller, (int)attr->prog_bind_map.prog_fd, OBJ_PROG, NULL);
	if (!prog)
		return -errno;
	map = handle_obj(caller, (int)attr->prog_bind_map.map_fd, OBJ_MAP, NULL);
	err = map ? 0 : -errno;
	if (map) {
		pthread_mutex_lock(&caller->engine->lock);
		err = bind_map(obj_to_prog(prog), obj_to_map(map));
		pthread_mutex_unlock(&caller->engine->lock);
		obj_put(map);
	}
	obj_put(prog);
	return err;
}

/* Listed with reasons in docs/differences.md. */
#define NOT_YET(name)                                                                   \
	int cmd_##name(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size) \
	{                                                                               \
		return -EOPNOTSUPP;                                                     \
	}
NOT_YET(PROG_ATTACH)
NOT_YET(PROG_DETACH)
NOT_YET(PROG_QUERY)
NOT_YET(TASK_FD_QUERY)
NOT_YET(ITER_CREATE)
NOT_YET(TOKEN_CREATE)
NOT_YET(PROG_STREAM_READ_BY_FD)

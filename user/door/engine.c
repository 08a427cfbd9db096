/* SPDX-License-Identifier: BSD-2-Clause */
/* The door to an engine in this process. */
#include <errno.h>
#include <skep/engine.h>
#include <skep/skep.h>
#include <stdlib.h>

#include "common/util/util.h"
#include "user/door/door.h"

struct engine_door {
	struct skep_door door;
	struct skep_engine *engine;
};

static struct skep_engine *engine_of(struct skep_door *door)
{
	return container_of(door, struct engine_door, door)->engine;
}

static int engine_bpf(struct skep_door *door, int cmd, union bpf_attr *attr, unsigned int size)
{
	return skep_engine_bpf(engine_of(door), cmd, attr, size);
}

static int engine_perf_event_open(struct skep_door *door, struct perf_event_attr *attr, pid_t pid, int cpu, int group_fd,
				  unsigned long flags)
{
	return skep_engine_perf_event_open(engine_of(door), attr, pid, cpu, group_fd, flags);
}

static int engine_ioctl(struct skep_door *door, int fd, unsigned long request, unsigned long arg)
{
	return skep_engine_ioctl(engine_of(door), fd, request, arg);
}

static void *engine_mmap(struct skep_door *door, size_t length, int prot, int flags, int fd, off_t offset)
{
	return skep_engine_mmap(engine_of(door), length, prot, flags, fd, offset);
}

static int engine_open(struct skep_door *door, const char *path, int flags)
{
	return skep_engine_open(engine_of(door), path, flags);
}

static int engine_unlink(struct skep_door *door, const char *path)
{
	return skep_engine_unlink(engine_of(door), path);
}

static void engine_free(struct skep_door *door)
{
	free(container_of(door, struct engine_door, door));
}

static const struct door_ops engine_ops = {
	.name = "user",
	.bpf = engine_bpf,
	.perf_event_open = engine_perf_event_open,
	.ioctl = engine_ioctl,
	.mmap = engine_mmap,
	.open = engine_open,
	.unlink = engine_unlink,
	.free = engine_free,
};

struct skep_door *skep_door_engine(struct skep_engine *engine)
{
	struct engine_door *e;

	if (!engine) {
		errno = EINVAL;
		return NULL;
	}
	e = calloc(1, sizeof(*e));
	if (!e)
		return NULL;
	e->door.ops = &engine_ops;
	e->engine = engine;
	return &e->door;
}

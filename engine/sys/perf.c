/* SPDX-License-Identifier: BSD-2-Clause */
/* perf_event_open(2) and ioctl(2) of perf events. */
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/hooks/perf.h"
#include "engine/object/handle.h"
#include "engine/object/perf_event.h"
#include "engine/object/table.h"
#include "engine/sys/commands.h"
#include "engine/sys/syscalls.h"

#define PERF_FLAGS (PERF_FLAG_FD_NO_GROUP | PERF_FLAG_FD_OUTPUT | PERF_FLAG_PID_CGROUP | PERF_FLAG_FD_CLOEXEC)
/* What a sample of BPF output can carry here. */
#define PERF_SAMPLES                                                                                              \
	(PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR | PERF_SAMPLE_ID | \
	 PERF_SAMPLE_STREAM_ID | PERF_SAMPLE_CPU | PERF_SAMPLE_PERIOD | PERF_SAMPLE_RAW)

static int copy_attr(struct caller *caller, u64 uattr, struct perf_event_attr *attr)
{
	u32 size, ours = sizeof(*attr);
	int err;

	err = copy_from_caller(caller, &size, uattr + offsetof(struct perf_event_attr, size), sizeof(size));
	if (err)
		return err;
	if (!size)
		size = PERF_ATTR_SIZE_VER0;
	err = size < PERF_ATTR_SIZE_VER0 ? -E2BIG : check_tail_zero(caller, uattr, ours, size);
	if (err == -E2BIG &&
	    copy_to_caller(caller, uattr + offsetof(struct perf_event_attr, size), &ours, sizeof(ours)))
		return -EFAULT;
	if (err)
		return err;
	memset(attr, 0, sizeof(*attr));
	err = copy_from_caller(caller, attr, uattr, min_of(size, ours));
	attr->size = size;
	return err;
}

static int check_placement(const struct skep_engine *engine, pid_t pid, int cpu, u64 flags)
{
	if (flags & ~(u64)PERF_FLAGS)
		return -EINVAL;
	if (flags & PERF_FLAG_PID_CGROUP)
		return -EOPNOTSUPP;
	if (pid == -1 && cpu == -1)
		return -EINVAL;
	if (cpu < -1 || (cpu >= 0 && (u32)cpu >= engine->nr_cpus))
		return -EINVAL;
	return 0;
}

/* Groups count together, which events here do not; a leader must at least be an event. */
static int check_group(struct caller *caller, int group_fd)
{
	struct obj *obj;

	if (group_fd == -1)
		return 0;
	obj = handle_obj(caller, group_fd, OBJ_PERF_EVENT, NULL);
	if (!obj)
		return -EBADF;
	obj_put(obj);
	return -EOPNOTSUPP;
}

int sys_perf_event_open(struct caller *caller, u64 uattr, pid_t pid, int cpu, int group_fd, u64 flags)
{
	struct perf_event_attr attr;
	struct hook_target target;
	bool output;
	struct obj *event;
	int err;

	handle_reap(caller->engine);
	err = flags & ~(u64)PERF_FLAGS ? -EINVAL : copy_attr(caller, uattr, &attr);
	if (!err)
		err = check_placement(caller->engine, pid, cpu, flags);
	if (!err)
		err = check_group(caller, group_fd);
	if (err)
		return err;
	output = attr.type == PERF_TYPE_SOFTWARE && attr.config == PERF_COUNT_SW_BPF_OUTPUT;
	if (output)
		err = attr.sample_type & ~(u64)PERF_SAMPLES ? -EOPNOTSUPP : 0;
	else
		err = perf_resolve(caller, &attr, &target);
	if (err)
		return err;
	event = perf_event_new(caller->engine, &attr, output ? NULL : &target, cpu);
	return event ? handle_new_or_put(caller, event, 0) : -ENOMEM;
}

static int set_bpf(struct caller *caller, struct obj *event, int prog_fd)
{
	const struct hook_target *target = perf_event_target(event);
	struct obj *prog;
	int err;

	/* A link that was closed holds its event no longer. */
	handle_reap(caller->engine);
	prog = handle_obj(caller, prog_fd, OBJ_PROG, NULL);
	if (!prog)
		return -errno;
	err = target ? perf_attach(event, target, obj_to_prog(prog), 0) : -EINVAL;
	obj_put(prog);
	return err;
}

int sys_ioctl(struct caller *caller, int fd, u64 request, u64 arg)
{
	struct obj *event = handle_obj_any(caller, fd, NULL);
	int err = 0;
	u32 pause;
	u64 id;

	if (!event)
		return errno == EINVAL ? -ENOTTY : -errno;
	switch (event->kind == OBJ_PERF_EVENT ? request : 0) {
	case PERF_EVENT_IOC_ENABLE:
		perf_event_enable(event, true);
		break;
	case PERF_EVENT_IOC_DISABLE:
		perf_event_enable(event, false);
		break;
	case PERF_EVENT_IOC_RESET: /* a count, which output and attach points do not keep */
		break;
	case PERF_EVENT_IOC_SET_BPF:
		err = set_bpf(caller, event, (int)arg);
		break;
	case PERF_EVENT_IOC_ID:
		id = perf_event_id(event);
		err = copy_to_caller(caller, arg, &id, sizeof(id));
		break;
	case PERF_EVENT_IOC_PAUSE_OUTPUT:
		pause = (u32)arg;
		perf_event_pause(event, pause);
		break;
	default:
		err = -ENOTTY;
	}
	obj_put(event);
	return err;
}

int skep_engine_perf_event_open(struct skep_engine *engine, struct perf_event_attr *attr, pid_t pid, int cpu, int group_fd,
				unsigned long flags)
{
	struct caller caller;

	caller_init_self(&caller, engine);
	return sys_perf_event_open(&caller, ptr_to_u64(attr), pid, cpu, group_fd, flags);
}

int skep_engine_ioctl(struct skep_engine *engine, int fd, unsigned long request, unsigned long arg)
{
	struct caller caller;

	caller_init_self(&caller, engine);
	return sys_ioctl(&caller, fd, request, arg);
}

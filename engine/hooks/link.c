/* SPDX-License-Identifier: BSD-2-Clause */
/* Links and the commands on them: LINK_CREATE, LINK_UPDATE, LINK_DETACH, RAW_TRACEPOINT_OPEN. */
#include "engine/hooks/link.h"

#include <stdlib.h>

#include "engine/hooks/hooks.h"
#include "engine/hooks/link_new.h"
#include "engine/sys/commands.h"

#define RAW_TP_NAME_MAX 128

static void link_free(struct obj *obj)
{
	struct bpf_link *link = obj_to_link(obj);

	link->ops->detach(link);
	obj_put(link->event);
	obj_put(&link->prog->obj);
	free(link);
}

static const struct obj_ops link_obj_ops = {.free = link_free};

struct bpf_link *link_new(const struct link_ops *ops, struct bpf_prog *prog, enum bpf_attach_type attach_type)
{
	struct bpf_link *link = calloc(1, sizeof(*link));

	if (!link)
		return NULL;
	obj_init(&link->obj, prog->obj.engine, OBJ_LINK, &link_obj_ops);
	link->ops = ops;
	link->attach_type = attach_type;
	obj_get(&prog->obj);
	link->prog = prog;
	return link;
}

int link_install(struct caller *caller, struct bpf_link *link)
{
	int err = obj_publish(&link->obj);

	if (err) {
		obj_put(&link->obj);
		return err;
	}
	return handle_new_or_put(caller, &link->obj, 0);
}

void link_detach_hook(struct bpf_link *link)
{
	struct hook *hook = atomic_exchange(&link->hook, NULL);

	if (hook)
		hook_detach(hook, link);
}

int link_fill_name(struct caller *caller, u64 ubuf, u32 *len, const char *name)
{
	u32 room = *len, size = (u32)strlen(name) + 1;
	const char nul = '\0';

	if (!room != !ubuf)
		return -EINVAL;
	*len = size;
	if (!ubuf)
		return 0;
	if (room >= size)
		return copy_to_caller(caller, ubuf, name, size);
	if (copy_to_caller(caller, ubuf, name, room - 1) || copy_to_caller(caller, ubuf + room - 1, &nul, 1))
		return -EFAULT;
	return -ENOSPC;
}

int link_fill_info(struct obj *obj, struct bpf_link_info *info, struct caller *caller)
{
	struct bpf_link *link = obj_to_link(obj);

	info->type = link->ops->type;
	info->id = obj->id;
	pthread_mutex_lock(&obj->engine->lock);
	info->prog_id = link->prog->obj.id;
	pthread_mutex_unlock(&obj->engine->lock);
	return link->ops->fill_info ? link->ops->fill_info(link, info, caller) : 0;
}

/* The program type that an attach type belongs to. */
static bool attach_type_fits(const struct bpf_prog *prog, u32 attach_type)
{
	switch ((int)prog->type) {
	case BPF_PROG_TYPE_TRACING:
		return attach_type == prog->expected_attach_type;
	case BPF_PROG_TYPE_XDP:
		return attach_type == BPF_XDP;
	case BPF_PROG_TYPE_TRACEPOINT:
	case BPF_PROG_TYPE_KPROBE:
	case BPF_PROG_TYPE_PERF_EVENT:
		return attach_type == BPF_PERF_EVENT;
	default:
		return false;
	}
}

static int link_create(struct caller *caller, struct bpf_prog *prog, const union bpf_attr *attr)
{
	/* Links that the engine has no hooks for. */
	if (prog->type == BPF_PROG_TYPE_KPROBE && (attr->link_create.attach_type == BPF_TRACE_KPROBE_MULTI ||
						   attr->link_create.attach_type == BPF_TRACE_UPROBE_MULTI ||
						   attr->link_create.attach_type == BPF_TRACE_KPROBE_SESSION ||
						   attr->link_create.attach_type == BPF_TRACE_UPROBE_SESSION))
		return -EOPNOTSUPP;
	if ((prog->type == BPF_PROG_TYPE_SCHED_CLS &&
	     (attr->link_create.attach_type == BPF_TCX_INGRESS || attr->link_create.attach_type == BPF_TCX_EGRESS)) ||
	    (prog->type == BPF_PROG_TYPE_CGROUP_SKB && attr->link_create.attach_type == prog->expected_attach_type))
		return -EOPNOTSUPP;
	if (!attach_type_fits(prog, attr->link_create.attach_type))
		return -EINVAL;
	switch ((int)prog->type) {
	case BPF_PROG_TYPE_TRACING:
		return link_create_tp_btf(caller, prog, attr->link_create.tracing.cookie);
	case BPF_PROG_TYPE_XDP:
		return link_create_xdp(caller, prog, attr);
	default:
		return link_create_perf(caller, prog, attr);
	}
}

int cmd_LINK_CREATE(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	struct obj *prog;
	int ret;

	if (attr->link_create.attach_type == BPF_STRUCT_OPS)
		return -EOPNOTSUPP;
	prog = handle_obj(caller, (int)attr->link_create.prog_fd, OBJ_PROG, NULL);
	if (!prog)
		return -errno;
	ret = link_create(caller, obj_to_prog(prog), attr);
	obj_put(prog);
	return ret;
}

int cmd_RAW_TRACEPOINT_OPEN(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	char name[RAW_TP_NAME_MAX];
	struct bpf_prog *prog;
	struct obj *obj;
	long ret;

	obj = handle_obj(caller, (int)attr->raw_tracepoint.prog_fd, OBJ_PROG, NULL);
	if (!obj)
		return -errno;
	prog = obj_to_prog(obj);
	switch ((int)prog->type) {
	case BPF_PROG_TYPE_TRACING:
		ret = attr->raw_tracepoint.name ? -EINVAL
						: link_create_tp_btf(caller, prog, attr->raw_tracepoint.cookie);
		break;
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
		ret = attr->raw_tracepoint.name
			      ? copy_str_from_caller(caller, name, attr->raw_tracepoint.name, sizeof(name))
			      : -EFAULT;
		if (ret >= 0)
			ret = link_create_raw_tp(caller, prog, name, attr->raw_tracepoint.cookie);
		else if (ret == -E2BIG)
			ret = -ENOENT; /* no tracepoint has so long a name */
		break;
	default:
		ret = -EINVAL;
	}
	obj_put(obj);
	return (int)ret;
}

static int link_update(struct caller *caller, struct bpf_link *link, const union bpf_attr *attr)
{
	struct obj *prog = handle_obj(caller, (int)attr->link_update.new_prog_fd, OBJ_PROG, NULL), *old = NULL;
	int err = 0;

	if (!prog)
		return -errno;
	if (attr->link_update.flags & BPF_F_REPLACE) {
		old = handle_obj(caller, (int)attr->link_update.old_prog_fd, OBJ_PROG, NULL);
		err = old ? 0 : -errno;
	} else if (attr->link_update.old_prog_fd) {
		err = -EINVAL;
	}
	if (!err)
		err = link->ops->update ? link->ops->update(link, obj_to_prog(prog), old ? obj_to_prog(old) : NULL)
					: -EINVAL;
	obj_put(old);
	obj_put(prog);
	return err;
}

int cmd_LINK_UPDATE(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	struct obj *link;
	int err;

	if (attr->link_update.flags & ~(u32)BPF_F_REPLACE)
		return -EINVAL;
	link = handle_obj(caller, (int)attr->link_update.link_fd, OBJ_LINK, NULL);
	if (!link)
		return -errno;
	err = link_update(caller, obj_to_link(link), attr);
	obj_put(link);
	return err;
}

int cmd_LINK_DETACH(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	struct obj *obj = handle_obj(caller, (int)attr->link_detach.link_fd, OBJ_LINK, NULL);
	struct bpf_link *link;
	int err = -EOPNOTSUPP;

	if (!obj)
		return -errno;
	link = obj_to_link(obj);
	if (link->ops->can_detach) {
		link->ops->detach(link);
		err = 0;
	}
	obj_put(obj);
	return err;
}

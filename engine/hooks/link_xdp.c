/* SPDX-License-Identifier: BSD-2-Clause */
/* Links of XDP programs to devices: one program a device, replaceable. */
#include <linux/if_link.h>

#include "engine/engine.h"
#include "engine/hooks/device.h"
#include "engine/hooks/link_new.h"
#include "engine/sys/commands.h"

static int xdp_link_update(struct bpf_link *link, struct bpf_prog *prog, struct bpf_prog *old)
{
	struct skep_engine *engine = link->obj.engine;
	struct bpf_prog *before = NULL;
	struct hook *hook;
	int err;

	pthread_mutex_lock(&engine->lock);
	hook = atomic_load(&link->hook);
	if (!hook)
		err = -ENOLINK;
	else if (old && link->prog != old)
		err = -EPERM;
	else if (link->prog->type != prog->type || link->prog->expected_attach_type != prog->expected_attach_type)
		err = -EINVAL;
	else
		err = link->prog == prog ? 0 : hook_replace(hook, link, prog);
	if (!err && link->prog != prog) {
		before = link->prog;
		obj_get(&prog->obj);
		link->prog = prog;
	}
	pthread_mutex_unlock(&engine->lock);
	if (before)
		obj_put(&before->obj);
	return err;
}

static int xdp_link_fill_info(struct bpf_link *link, struct bpf_link_info *info, struct caller *caller)
{
	info->xdp.ifindex = atomic_load(&link->hook) ? link->key : 0;
	return 0;
}

static const struct link_ops xdp_link_ops = {
	.type = BPF_LINK_TYPE_XDP,
	.detach = link_detach_hook,
	.update = xdp_link_update,
	.can_detach = true,
	.fill_info = xdp_link_fill_info,
};

static int check_flags(u32 flags)
{
	u32 mode = flags & XDP_FLAGS_MODES;

	if (flags & ~(u32)XDP_FLAGS_MODES || mode & (mode - 1))
		return -EINVAL;
	return mode == XDP_FLAGS_HW_MODE ? -EOPNOTSUPP : 0;
}

int link_create_xdp(struct caller *caller, struct bpf_prog *prog, const union bpf_attr *attr)
{
	struct hook *hook = device_hook(caller->engine, attr->link_create.target_ifindex);
	int err = hook ? check_flags(attr->link_create.flags) : -EINVAL;
	struct bpf_link *link;

	if (err)
		return err;
	/* Programs of redirect maps run there alone. */
	if (prog->expected_attach_type == BPF_XDP_DEVMAP || prog->expected_attach_type == BPF_XDP_CPUMAP)
		return -EINVAL;
	link = link_new(&xdp_link_ops, prog, BPF_XDP);
	if (!link)
		return -ENOMEM;
	link->key = attr->link_create.target_ifindex;
	err = hook_attach(hook, prog, 0, link);
	if (err) {
		obj_put(&link->obj);
		return err;
	}
	atomic_store(&link->hook, hook);
	return link_install(caller, link);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Links to raw tracepoints: untyped (raw_tp) and typed by BTF (tp_btf). */
#include <errno.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/hooks/hooks.h"
#include "engine/hooks/link_new.h"
#include "engine/hooks/table.h"
#include "engine/types/tracing.h"

static const struct raw_tp_desc {
	const char *name;
	u32 args;
} raw_tps[] = {
#define RAW_TRACEPOINT(name, args) {#name, args},
#include "engine/hooks/raw_tracepoints.def"
#undef RAW_TRACEPOINT
};

static int raw_tp_fill_info(struct bpf_link *link, struct bpf_link_info *info, struct caller *caller)
{
	info->raw_tracepoint.cookie = link->cookie;
	return link_fill_name(caller, info->raw_tracepoint.tp_name, &info->raw_tracepoint.tp_name_len,
			      raw_tps[link->key].name);
}

static const struct link_ops raw_tp_link_ops = {
	.type = BPF_LINK_TYPE_RAW_TRACEPOINT,
	.detach = link_detach_hook,
	.fill_info = raw_tp_fill_info,
};

static int raw_tp_find(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(raw_tps); i++)
		if (!strcmp(raw_tps[i].name, name))
			return (int)i;
	return -ENOENT;
}

int link_create_raw_tp(struct caller *caller, struct bpf_prog *prog, const char *name, u64 cookie)
{
	int i = raw_tp_find(name), err;
	struct bpf_link *link;
	struct hook *hook;

	if (i < 0)
		return i;
	/* None of the tracepoints has a buffer that programs may write to. */
	if (prog->max_ctx_offset > raw_tps[i].args * sizeof(u64) || prog->max_tp_access)
		return -EINVAL;
	hook = hook_find(prog->obj.engine, HOOK_RAW_TP, (u32)i);
	link = hook ? link_new(&raw_tp_link_ops, prog, prog->expected_attach_type) : NULL;
	if (!link)
		return -errno;
	link->key = (u32)i;
	link->cookie = cookie;
	err = hook_attach(hook, prog, cookie, link);
	if (err) {
		obj_put(&link->obj);
		return err;
	}
	atomic_store(&link->hook, hook);
	return link_install(caller, link);
}

int link_create_tp_btf(struct caller *caller, struct bpf_prog *prog, u64 cookie)
{
	const char *name;

	if (!tracing_tp_proto(engine_vmlinux(prog->obj.engine), prog->attach_btf_id, &name))
		return -EINVAL;
	return link_create_raw_tp(caller, prog, name, cookie);
}

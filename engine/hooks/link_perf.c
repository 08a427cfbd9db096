/* SPDX-License-Identifier: BSD-2-Clause */
/* Links to perf events: tracepoints, kprobes and kretprobes. The event is the owner on the hook; the link holds the
 * event. */
#include "engine/hooks/perf.h"

#include "engine/engine.h"
#include "engine/hooks/events.h"
#include "engine/hooks/link_new.h"
#include "engine/sys/commands.h"

#define CONFIG_MAX_NAME 128

static void perf_link_detach(struct bpf_link *link)
{
	struct hook *hook = atomic_exchange(&link->hook, NULL);

	if (hook)
		hook_detach(hook, link->event);
}

static int fill_tracepoint(struct bpf_link *link, struct bpf_link_info *info, struct caller *caller)
{
	struct strbuf name = STRBUF_INIT;
	int err;

	event_add_name(link->key, &name);
	info->perf_event.type = BPF_PERF_EVENT_TRACEPOINT;
	info->perf_event.tracepoint.cookie = link->cookie;
	err = name.oom ? -ENOMEM : link_fill_name(caller, info->perf_event.tracepoint.tp_name,
						  &info->perf_event.tracepoint.name_len, strbuf_str(&name));
	strbuf_free(&name);
	return err;
}

static int fill_kprobe(struct bpf_link *link, struct bpf_link_info *info, struct caller *caller, bool is_return)
{
	struct strbuf name = STRBUF_INIT;
	int err;

	strbuf_addf(&name, SYSCALL_SYMBOL_PREFIX "%s", syscall_by_nr(link->key)->name);
	info->perf_event.type = is_return ? BPF_PERF_EVENT_KRETPROBE : BPF_PERF_EVENT_KPROBE;
	info->perf_event.kprobe.addr = syscall_symbol_addr(link->key);
	info->perf_event.kprobe.offset = 0;
	info->perf_event.kprobe.missed = 0;
	info->perf_event.kprobe.cookie = link->cookie;
	err = name.oom ? -ENOMEM : link_fill_name(caller, info->perf_event.kprobe.func_name,
						  &info->perf_event.kprobe.name_len, strbuf_str(&name));
	strbuf_free(&name);
	return err;
}

static int perf_link_fill_info(struct bpf_link *link, struct bpf_link_info *info, struct caller *caller)
{
	const struct hook_target *target = perf_event_target(link->event);

	switch (target->kind) {
	case HOOK_TRACEPOINT:
		return fill_tracepoint(link, info, caller);
	case HOOK_KPROBE:
	case HOOK_KRETPROBE:
		return fill_kprobe(link, info, caller, target->kind == HOOK_KRETPROBE);
	default:
		return 0;
	}
}

static const struct link_ops perf_link_ops = {
	.type = BPF_LINK_TYPE_PERF_EVENT,
	.detach = perf_link_detach,
	.fill_info = perf_link_fill_info,
};

static int attach(struct bpf_link *link, struct bpf_prog *prog, u64 cookie)
{
	const struct hook_target *target = perf_event_target(link->event);
	int err = target ? perf_attach(link->event, target, prog, cookie) : -EINVAL;

	if (err)
		return err;
	link->key = target->key;
	link->cookie = cookie;
	atomic_store(&link->hook, hook_find(link->obj.engine, target->kind, target->key));
	return 0;
}

int link_create_perf(struct caller *caller, struct bpf_prog *prog, const union bpf_attr *attr)
{
	struct bpf_link *link;
	struct obj *event;
	int err;

	if (attr->link_create.flags)
		return -EINVAL;
	event = handle_obj_any(caller, (int)attr->link_create.target_fd, NULL);
	if (!event || event->kind != OBJ_PERF_EVENT) {
		obj_put(event);
		return -EBADF;
	}
	link = link_new(&perf_link_ops, prog, BPF_PERF_EVENT);
	if (!link) {
		obj_put(event);
		return -ENOMEM;
	}
	link->event = event;
	err = attach(link, prog, attr->link_create.perf_event.bpf_cookie);
	if (err) {
		obj_put(&link->obj);
		return err;
	}
	return link_install(caller, link);
}

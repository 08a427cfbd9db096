/* SPDX-License-Identifier: BSD-2-Clause */
/* Perf events as hooks: what an event stands for, and which programs fit it. */
#include <errno.h>
#include <string.h>

#include "engine/hooks/events.h"
#include "engine/hooks/perf.h"
#include "engine/object/object.h"
#include "engine/sys/caller.h"

#define KSYM_NAME_MAX 512
#define KPROBE_CONFIG_RETURN 1

static int resolve_kprobe(struct caller *caller, const struct perf_event_attr *attr, struct hook_target *target)
{
	char symbol[KSYM_NAME_MAX];
	long len;
	int nr;

	if (attr->config & ~(u64)KPROBE_CONFIG_RETURN)
		return -EINVAL;
	if (attr->kprobe_func) {
		len = copy_str_from_caller(caller, symbol, attr->kprobe_func, sizeof(symbol));
		if (len < 0)
			return (int)len;
		nr = syscall_symbol(symbol);
	} else {
		nr = syscall_symbol_at(attr->kprobe_addr);
	}
	if (nr < 0)
		return nr;
	/* Only entries can be probed: there are no instructions behind them. */
	if (attr->kprobe_func && attr->probe_offset)
		return -EINVAL;
	target->kind = attr->config & KPROBE_CONFIG_RETURN ? HOOK_KRETPROBE : HOOK_KPROBE;
	target->key = (u32)nr;
	target->addr = syscall_symbol_addr((u32)nr);
	return 0;
}

int perf_resolve(struct caller *caller, const struct perf_event_attr *attr, struct hook_target *target)
{
	*target = (struct hook_target){0};
	switch (attr->type) {
	case PERF_TYPE_TRACEPOINT:
		if (attr->config >= EVENT_ID_MAX || !event_exists((u32)attr->config))
			return -EINVAL;
		target->kind = HOOK_TRACEPOINT;
		target->key = (u32)attr->config;
		return 0;
	case PERF_TYPE_ENGINE_KPROBE:
		return resolve_kprobe(caller, attr, target);
	case PERF_TYPE_HARDWARE:
	case PERF_TYPE_SOFTWARE:
	case PERF_TYPE_HW_CACHE:
	case PERF_TYPE_RAW:
	case PERF_TYPE_BREAKPOINT:
	case PERF_TYPE_ENGINE_UPROBE:
		return -EOPNOTSUPP;
	default:
		return -ENOENT;
	}
}

static bool type_fits(const struct hook_target *target, const struct bpf_prog *prog)
{
	switch (target->kind) {
	case HOOK_TRACEPOINT:
		return prog->type == BPF_PROG_TYPE_TRACEPOINT;
	case HOOK_KPROBE:
	case HOOK_KRETPROBE:
		return prog->type == BPF_PROG_TYPE_KPROBE;
	default:
		return false;
	}
}

int perf_attach(struct obj *event, const struct hook_target *target, struct bpf_prog *prog, u64 cookie)
{
	struct hook *hook;

	if (!type_fits(target, prog))
		return -EINVAL;
	if (target->kind == HOOK_TRACEPOINT && prog->max_ctx_offset > event_record_size(target->key))
		return -EACCES;
	hook = hook_find(event->engine, target->kind, target->key);
	return hook ? hook_attach(hook, prog, cookie, event) : -errno;
}

void perf_detach(struct obj *event, const struct hook_target *target)
{
	struct hook *hook = hook_find(event->engine, target->kind, target->key);

	if (hook)
		hook_detach(hook, event);
}

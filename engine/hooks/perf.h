/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between perf events (object/perf_event.c) and hooks: which hook an event stands for, and putting programs on it, by
 * PERF_EVENT_IOC_SET_BPF or by a link. The event itself is the owner of what is attached: one program an event.
 */
#ifndef SKEP_HOOKS_PERF_H
#define SKEP_HOOKS_PERF_H

#include <linux/perf_event.h>

#include "engine/hooks/hooks.h"

struct caller;
struct obj;

struct hook_target {
	enum hook_kind kind; /* HOOK_TRACEPOINT, HOOK_KPROBE, HOOK_KRETPROBE */
	u32 key;
	u64 addr;            /* of the probed function */
};

/* The dynamic PMU types that skep_engine_open shows in /sys/bus/event_source/devices/NAME/type. */
#define PERF_TYPE_ENGINE_KPROBE 8
#define PERF_TYPE_ENGINE_UPROBE 9

/* What perf_event_open's attr names: 0, or the errno of the call (-ENOENT for what does not exist, -EINVAL, -EFAULT, …;
 * -EOPNOTSUPP for events that count or sample, which the engine has not). Not for PERF_TYPE_SOFTWARE's BPF output,
 * which no program is attached to. */
int perf_resolve(struct caller *caller, const struct perf_event_attr *attr, struct hook_target *target);
/* PERF_EVENT_IOC_SET_BPF: 0, -EINVAL when the program's type does not fit the event, -EEXIST when it has one, -EACCES
 * when the program reads past the event's record, -E2BIG. */
int perf_attach(struct obj *event, const struct hook_target *target, struct bpf_prog *prog, u64 cookie);
/* The event goes away: take its program off, if it has one, and wait until it no longer runs. */
void perf_detach(struct obj *event, const struct hook_target *target);

/* Of object/perf_event.c: what the event was resolved to (NULL for BPF output), and its attributes. */
const struct hook_target *perf_event_target(const struct obj *event);
const struct perf_event_attr *perf_event_attr_of(const struct obj *event);

#endif

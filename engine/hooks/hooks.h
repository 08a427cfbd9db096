/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hooks: the engine's attach points. A hook is found by kind and key; links and perf events put programs on it. Firing
 * walks the hook's programs without taking the engine's lock; detaching waits until no run of the program is under way.
 */
#ifndef SKEP_HOOKS_H
#define SKEP_HOOKS_H

#include "engine/object/prog.h"
#include "engine/run.h"

struct skep_engine;

enum hook_kind {
	HOOK_TRACEPOINT, /* key: event id (tracefs) */
	HOOK_RAW_TP,     /* key: raw tracepoint's index in hooks/raw_tracepoints.def */
	HOOK_KPROBE,     /* key: number of the system call whose entry function it is */
	HOOK_KRETPROBE,
	HOOK_XDP,        /* of a device: device_hook() */
	HOOK_KINDS,
};

struct hook;

/* The hook, made on first use; NULL with errno. */
struct hook *hook_find(struct skep_engine *engine, enum hook_kind kind, u32 key);
/* The XDP hook of a device (skep_device_add); NULL with errno ENODEV. */
struct hook *device_hook(struct skep_engine *engine, u32 ifindex);
/* Put a program on a hook (a reference is taken). 0, -EBUSY, -EEXIST or -E2BIG as the kernel answers for that kind. */
int hook_attach(struct hook *hook, struct bpf_prog *prog, u64 cookie, const void *owner);
/* Take off what that owner attached, and wait until it no longer runs. */
void hook_detach(struct hook *hook, const void *owner);
/* Put another program in the place of what that owner attached; 0, -ENOLINK when there is nothing, -ENOMEM. */
int hook_replace(struct hook *hook, const void *owner, struct bpf_prog *prog);
bool hook_has(struct hook *hook, const void *owner);
static inline bool hook_active(const struct hook *hook);
/* Run all programs on ctx; the last one's r0. The caller has filled in run (task, regs, packet) and entered it
 * (run_enter). */
u64 hook_run(struct hook *hook, const void *ctx, struct run_ctx *run);

/* First member of struct hook: the number of programs attached. */
struct hook_head {
	atomic_uint count;
};
static inline bool hook_active(const struct hook *hook)
{
	return atomic_load_explicit(&((const struct hook_head *)hook)->count, memory_order_acquire) != 0;
}

#endif

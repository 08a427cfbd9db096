/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hooks room's state: hooks by kind and key, what system calls are wanted, devices, and the memory that contexts
 * are built in. `lock` guards attaching and making hooks; firing takes no lock: it reads lists that are replaced as a
 * whole and freed after run_synchronize().
 */
#ifndef SKEP_HOOKS_TABLE_H
#define SKEP_HOOKS_TABLE_H

#include <pthread.h>

#include "engine/hooks/events.h"
#include "engine/hooks/hooks.h"
#include "engine/kernel/trace.h"

enum raw_tp {
#define RAW_TRACEPOINT(name, args) RAW_TP_##name,
#include "engine/hooks/raw_tracepoints.def"
#undef RAW_TRACEPOINT
	RAW_TP_COUNT,
};

#define RECORD_BUFFER 8192 /* what tracepoint programs may read at most, whatever their event's size */
#define SYSCALL_WORDS (SYSCALL_NR_MAX / 64)
#define DEVICES_MAX 256

/* Where a CPU slot builds the contexts of a hook, in kmem. Who holds the slot owns it. */
struct hook_scratch {
	u64 args[12];          /* raw_tp and tp_btf */
	struct pt_regs regs;   /* of a probed entry function */
	struct pt_regs user;   /* the task's, when there is no task to keep them */
	u8 record[RECORD_BUFFER] __attribute__((aligned(8)));
};

struct hook_item {
	struct bpf_prog *prog; /* a reference */
	u64 cookie;
	const void *owner;
};

struct hook_list {
	u32 n;
	struct hook_item items[];
};

struct hook {
	struct hook_head head;
	struct skep_engine *engine;
	enum hook_kind kind;
	u32 key;
	_Atomic(struct hook_list *) list; /* NULL: empty */
};

struct device;

struct hook_table {
	pthread_mutex_t lock;
	_Atomic(struct hook *) *hooks[HOOK_KINDS]; /* by key, made on first use; HOOK_XDP: by place in devices */
	struct hook_scratch **scratch;             /* by CPU slot */
	/* Which system calls fire anything; a change counts up the generation and the eventfd. */
	_Atomic(u64) enter[SYSCALL_WORDS];
	_Atomic(u64) exit[SYSCALL_WORDS];
	_Atomic(u64) generation;
	atomic_uint sched; /* programs on exec, fork and exit */
	int event_fd;
	_Atomic(struct device *) devices[DEVICES_MAX]; /* open addressing by ifindex; never removed */
};

/* Fill in what is the same for every firing. */
void hook_scratch_init(struct hook_scratch *scratch);
/* The number of keys of a kind. */
u32 hook_keys(enum hook_kind kind);
/* The hook if it was ever made, else NULL; never blocks. */
static inline struct hook *hook_peek(const struct hook_table *table, enum hook_kind kind, u32 key)
{
	return atomic_load_explicit(&table->hooks[kind][key], memory_order_acquire);
}
static inline bool hook_fires(const struct hook *hook)
{
	return hook && hook_active(hook);
}
/* After a change of a hook's list, with the lock held: bring enter, exit and sched up to date. */
void wanted_update(struct hook_table *table);
void devices_free(struct skep_engine *engine, struct hook_table *table);

#endif

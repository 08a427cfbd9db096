/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine's own state, as its rooms see it. Each room keeps its part in a struct of its own, made and freed by its
 * init and exit functions, which sys/engine.c calls in order. */
#ifndef SKEP_ENGINE_INTERNAL_H
#define SKEP_ENGINE_INTERNAL_H

#include <pthread.h>
#include <skep/engine.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "common/util/util.h"

struct btf;
struct btf_obj;
struct cpu_slot;     /* run.h */
struct hook_table;   /* hooks/ : attach points and what is attached */
struct kmem;         /* object/kmem.h : the memory that programs may see by kernel pointer */
struct object_table; /* object/ : ids */
struct handle_table; /* object/ : descriptors */
struct pin_table;    /* object/ : bpffs paths */
struct task_table;   /* hooks/ : task_structs */
struct trace_log;    /* helpers/ : bpf_printk lines */

struct skep_engine {
	u32 nr_cpus;
	pthread_mutex_t lock; /* objects, handles, pins, attaching; not held while programs run or elements are accessed */
	struct object_table *objects;
	struct handle_table *handles;
	struct pin_table *pins;
	struct kmem *kmem;
	struct btf_obj *vmlinux; /* the engine's own kernel types, BTF id 1 */
	struct hook_table *hooks;
	struct task_table *tasks;
	struct trace_log *trace;
	atomic_uint stats_enabled; /* count of BPF_ENABLE_STATS handles */
	struct cpu_slot *cpus;      /* run.h: nr_cpus of them */
	u64 boot_time_ns;
};

/* The engine's BTF. */
const struct btf *engine_vmlinux(const struct skep_engine *engine);

#endif

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
struct file_table;   /* sys/files.h : what skep_engine_open shows */
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
	struct file_table *files;
	atomic_uint stats_enabled; /* count of BPF_ENABLE_STATS handles */
	atomic_ullong perf_ids;    /* perf events so far */
	struct cpu_slot *cpus;      /* run.h: nr_cpus of them */
	u64 boot_time_ns;
};

/*
 * What each room makes of its part, in the order in which sys/engine.c calls them; the exit functions run in reverse. 0 or -errno.
 * An exit function is called only after its init function succeeded, when no handle, pin or program run is left.
 */
int vmlinux_init(struct skep_engine *engine); /* sys/ : engine->vmlinux, published as BTF id 1 */
void vmlinux_exit(struct skep_engine *engine);
int trace_log_init(struct skep_engine *engine); /* helpers/ : engine->trace */
void trace_log_exit(struct skep_engine *engine);
int tasks_init(struct skep_engine *engine); /* hooks/ : engine->tasks */
void tasks_exit(struct skep_engine *engine);
int hooks_init(struct skep_engine *engine); /* hooks/ : engine->hooks */
void hooks_exit(struct skep_engine *engine);

/* The engine's BTF. */
const struct btf *engine_vmlinux(const struct skep_engine *engine);

#endif

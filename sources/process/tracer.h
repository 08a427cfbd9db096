/* SPDX-License-Identifier: BSD-2-Clause */
/* A traced tree: what tracer.c (the loop) and stops.c (what each kind of stop means) share. */
#ifndef SKEP_PROCESS_TRACER_H
#define SKEP_PROCESS_TRACER_H

#include <pthread.h>
#include <skep/source.h>
#include <stdatomic.h>

#include "sources/process/tracee.h"

#define TRACER_OPTIONS                                                                                                         \
	(PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |         \
	 PTRACE_O_TRACESYSGOOD)

struct skep_process {
	struct skep_engine *engine;
	struct tracee_table tasks;
	struct skep_spawn spawn;
	pid_t root;           /* the command */
	bool root_execed;
	bool root_gone;
	int root_status;
	pid_t tracer;         /* thread id of the tracer */

	uint64_t generation;  /* of `wanted` */
	struct skep_syscall_set wanted;
	uint64_t filter[SKEP_SYSCALL_WORDS]; /* what the tree's seccomp filter stops */
	bool stop_all;        /* more is wanted than the filter stops: stop at every system call */
	bool sched_wanted;
	u32 held;             /* tasks that wait for their creator's word */
	atomic_bool abandoned;

	pthread_t watcher;    /* wakes the tracer when the engine's wishes change */
	bool watching;
	int watch_stop;       /* eventfd: the watcher is to end */
};

/* Deal with one stop that waitpid(2) reported, and let the task go on. */
void stop_handle(struct skep_process *p, struct tracee *t, int status);
/* Let go those that wait for the word of a creator that is gone, or that has kept them waiting for too long. gone may be NULL. */
void stop_release_held(struct skep_process *p, struct tracee *gone);
/* The task is gone (exited or killed). */
void stop_gone(struct skep_process *p, struct tracee *t, int status);
/* Let a stopped task run on, delivering `sig` (0: none). */
void stop_resume(struct skep_process *p, struct tracee *t, int sig);

#endif

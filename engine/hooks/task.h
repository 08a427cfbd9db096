/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tasks that sources told the engine of: a struct task_struct with what hangs on it, in kmem, for each thread. Pointers
 * into kmem stay readable for programs as long as the task is there; afterwards the memory is reused, which a faulting
 * load survives.
 */
#ifndef SKEP_HOOKS_TASK_H
#define SKEP_HOOKS_TASK_H

#include <skep/hook.h>

#include "engine/kernel/fs.h"
#include "engine/kernel/task.h"
#include "engine/kernel/trace.h"

struct skep_engine;

/* What a task has in kmem. signal and mm are used by group leaders: threads point to their leader's. */
struct task_kmem {
	struct task_struct task; /* first: a task_struct pointer is a task_kmem pointer */
	struct cred cred;
	struct user_struct user;
	struct signal_struct signal;
	struct mm_struct mm;
	struct pid pid;
	struct pt_regs regs; /* of user mode, at the last event */
	struct linux_binprm bprm;
	char filename[4096]; /* of the last exec: bprm.filename, cut where it is longer */
	struct skep_task *owner;
};

struct skep_task {
	struct skep_engine *engine;
	struct task_kmem *k;
	struct skep_task_mem mem;
	struct skep_task *next; /* in its bucket */
};

/* Its task_struct. */
static inline struct task_struct *task_kernel(struct skep_task *task)
{
	return &task->k->task;
}
/* The task behind a task_struct pointer that a program holds; NULL when it is none of ours. */
struct skep_task *task_by_kernel(struct skep_engine *engine, u64 addr);
/* pid 0: stands for whoever runs programs outside any task. Never NULL. */
struct skep_task *task_idle(struct skep_engine *engine);
/* The registers of user mode at the event that is being fired: bpf_task_pt_regs. Never NULL; zero before the first
 * event. */
static inline struct pt_regs *task_user_regs(struct skep_task *task)
{
	return &task->k->regs;
}

#endif

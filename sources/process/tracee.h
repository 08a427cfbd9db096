/* SPDX-License-Identifier: BSD-2-Clause */
/* The tasks of a traced tree: one record a thread, with the engine's task that stands for it. */
#ifndef SKEP_PROCESS_TRACEE_H
#define SKEP_PROCESS_TRACEE_H

#include <skep/hook.h>
#include <stdbool.h>
#include <sys/types.h>

#include "common/util/util.h"

struct tracee {
	struct tracee *next; /* in its hash bucket */
	pid_t tid;
	struct skep_task *task; /* NULL: not known to the engine yet */
	struct skep_task_info info;
	int comm_fd;      /* /proc/TID/comm, read before each event; -1: none */
	bool held;        /* stopped before its parent's fork event was seen */
	u64 held_since;   /* ns */
	bool exited;      /* its exit event was fired */
	enum { EXIT_UNKNOWN, EXIT_UNTRACED, EXIT_TRACED } exit_stop; /* whether it stops at its end (PTRACE_O_TRACEEXIT) */
	bool announced;   /* its parent's fork event was seen */
	pid_t creator;    /* the thread that made it; valid once announced */
	bool entered;     /* inside a system call whose entry was fired */
	bool interrupted; /* stopped by us (PTRACE_INTERRUPT), so that its next calls stop too */
	bool want_exit;   /* resume to the end of the system call */
	bool refresh_ids; /* the call may change uid or gid */
	u32 nr;           /* the call that it is in */
	char *exec_path;  /* argument of the execve that it is in, or NULL */
};

#define TRACEE_BUCKETS 256

struct tracee_table {
	struct skep_engine *engine;
	struct skep_task *root_parent; /* parent of tasks whose parent is not traced */
	struct tracee *bucket[TRACEE_BUCKETS];
	u32 count;
	u32 comm_fds, max_comm_fds;
};

struct tracee *tracee_find(const struct tracee_table *table, pid_t tid);
/* A record without a task; NULL when memory runs out. */
struct tracee *tracee_new(struct tracee_table *table, pid_t tid);
/* Make the engine's task from /proc; the task is stopped. False: it is gone, or memory ran out. */
bool tracee_make_task(struct tracee_table *table, struct tracee *t);
/* Read comm, or all ids, again, and tell the engine what changed. */
void tracee_refresh_comm(struct tracee_table *table, struct tracee *t);
void tracee_refresh_ids(struct tracee_table *table, struct tracee *t);
/* After an execve by a thread other than the leader: that thread is the leader now, and goes on where it was. */
void tracee_succeed(struct tracee_table *table, struct tracee *leader, struct tracee *thread);
void tracee_free(struct tracee_table *table, struct tracee *t);
/* Threads of that process that have not exited. */
u32 tracee_threads(const struct tracee_table *table, u32 tgid);
/* Whether untraced the task would notice none of the signals that wait for it, and not `sig` (0: none), which it is about to get. */
bool tracee_undisturbed(pid_t tid, int sig);
/* The process, and its parent, that a task belongs to now. False: it is gone. */
bool tracee_family(pid_t tid, pid_t *tgid, pid_t *parent);

/* The task's memory, by process_vm_readv(2) or /proc/TID/mem (sources/process/memory.c). */
void tracee_mem_init(struct skep_task_mem *mem, pid_t tid);

#endif

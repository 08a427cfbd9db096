/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each kind of ptrace(2) stop means: events for the engine's hooks, tasks that come and go, signals to pass on.
 *
 * A wanted call stops once at its entry (PTRACE_EVENT_SECCOMP) and, where its exit is wanted too, once more at its end. When programs
 * ask for more than the installed filter stops, the tree is resumed with PTRACE_SYSCALL instead and stops at every call.
 */
#include <errno.h>
#include <linux/audit.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sources/process/filter.h"
#include "sources/process/tracer.h"

#define PATH_BYTES 4096
#define HELD_NS 200000000ULL /* longest time that a new task waits for its creator's word */

static u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

static bool trace(int request, pid_t tid, unsigned long addr, void *data)
{
	return ptrace((enum __ptrace_request)request, tid, (void *)addr, data) >= 0;
}

/* Where programs want to know of exits, a task stops at its own; else it ends at full speed. */
static void choose_exit_stop(struct skep_process *p, struct tracee *t)
{
	bool stop = p->sched_wanted && !p->abandoned;

	if (t->exit_stop == (stop ? EXIT_TRACED : EXIT_UNTRACED))
		return;
	trace(PTRACE_SETOPTIONS, t->tid, 0, (void *)(long)(TRACER_OPTIONS | (stop ? PTRACE_O_TRACEEXIT : 0)));
	t->exit_stop = stop ? EXIT_TRACED : EXIT_UNTRACED;
}

void stop_resume(struct skep_process *p, struct tracee *t, int sig)
{
	bool to_syscall = t->want_exit || (p->stop_all && !p->abandoned);

	choose_exit_stop(p, t);
	/* A task that was killed meanwhile is gone here (ESRCH); its end is reported by waitpid(2). */
	trace(to_syscall ? PTRACE_SYSCALL : PTRACE_CONT, t->tid, 0, (void *)(long)sig);
}

static bool read_regs(pid_t tid, struct skep_regs *regs)
{
	struct user_regs_struct user;

	if (!trace(PTRACE_GETREGS, tid, 0, &user))
		return false;
	/* struct skep_regs is the first part of user_regs_struct, field by field. */
	memcpy(regs, &user, sizeof(*regs));
	return true;
}

static bool changes_ids(u32 nr)
{
	switch (nr) {
	case SYS_setuid:
	case SYS_setgid:
	case SYS_setreuid:
	case SYS_setregid:
	case SYS_setresuid:
	case SYS_setresgid:
	case SYS_setfsuid:
	case SYS_setfsgid:
		return true;
	default:
		return false;
	}
}

/* The path that an execve is given, for sched_process_exec later: afterwards the old memory is gone. */
static void remember_exec_path(struct tracee *t, const struct skep_regs *regs)
{
	uint64_t addr = t->nr == SYS_execve ? regs->di : regs->si;
	char path[PATH_BYTES];

	free(t->exec_path);
	t->exec_path = NULL;
	if (t->info.mem.read_str && t->info.mem.read_str(t->info.mem.cookie, addr, path, sizeof(path)) > 0)
		t->exec_path = strdup(path);
}

static void syscall_enter(struct skep_process *p, struct tracee *t)
{
	struct skep_regs regs;

	if (!read_regs(t->tid, &regs))
		return;
	t->entered = true;
	t->nr = (u32)regs.orig_ax;
	t->refresh_ids = changes_ids(t->nr);
	t->want_exit = t->refresh_ids || syscall_set_has(p->wanted.exit, t->nr);
	if (!t->task)
		return;
	if (p->sched_wanted && (t->nr == SYS_execve || t->nr == SYS_execveat))
		remember_exec_path(t, &regs);
	if (!syscall_set_has(p->wanted.enter, t->nr))
		return;
	tracee_refresh_comm(&p->tasks, t);
	skep_fire_sys_enter(p->engine, t->task, &regs);
}

static void syscall_exit(struct skep_process *p, struct tracee *t)
{
	bool wanted = t->want_exit && syscall_set_has(p->wanted.exit, t->nr);
	struct skep_regs regs;

	if (t->refresh_ids)
		tracee_refresh_ids(&p->tasks, t);
	if (wanted && t->task && read_regs(t->tid, &regs)) {
		regs.orig_ax = t->nr; /* rt_sigreturn restores other registers */
		tracee_refresh_comm(&p->tasks, t);
		skep_fire_sys_exit(p->engine, t->task, &regs);
	}
	t->entered = t->want_exit = t->refresh_ids = false;
}

/* With the filter only, a syscall stop is always an exit, since only calls that were stopped at entry run to one. */
static void syscall_stop(struct skep_process *p, struct tracee *t)
{
	struct __ptrace_syscall_info info;

	if (!p->stop_all) {
		syscall_exit(p, t);
		return;
	}
	if (!trace(PTRACE_GET_SYSCALL_INFO, t->tid, sizeof(info), &info))
		return;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT)
		syscall_exit(p, t);
	else if (info.op == PTRACE_SYSCALL_INFO_ENTRY && info.arch == AUDIT_ARCH_X86_64 && !t->entered)
		syscall_enter(p, t);
}

static void announce(struct skep_process *p, struct tracee *parent, struct tracee *child)
{
	if (child->task || !tracee_make_task(&p->tasks, child))
		return;
	if (parent && parent->task && p->sched_wanted && !p->abandoned)
		skep_fire_fork(p->engine, parent->task, child->task);
}

static void let_go(struct skep_process *p, struct tracee *child)
{
	child->held = false;
	p->held--;
	stop_resume(p, child, 0);
}

/* fork, vfork or clone: the child's first stop may come before or after this one. */
static void child_event(struct skep_process *p, struct tracee *parent)
{
	unsigned long tid = 0;
	struct tracee *child;

	if (!trace(PTRACE_GETEVENTMSG, parent->tid, 0, &tid))
		return;
	child = tracee_find(&p->tasks, (pid_t)tid);
	if (!child)
		child = tracee_new(&p->tasks, (pid_t)tid);
	if (!child)
		return;
	child->announced = true;
	child->creator = parent->tid;
	announce(p, parent, child);
	if (child->held)
		let_go(p, child); /* else its first stop is still to come */
}

/* The first stop of a new task. */
static bool child_first_stop(struct skep_process *p, struct tracee *t)
{
	if (!t->announced) {
		if (!t->held)
			p->held++;
		t->held = true;
		t->held_since = now_ns();
		return false;
	}
	announce(p, tracee_find(&p->tasks, t->creator), t);
	return true;
}

static void exec_event(struct skep_process *p, struct tracee *t)
{
	unsigned long former = 0;

	if (trace(PTRACE_GETEVENTMSG, t->tid, 0, &former) && former && (pid_t)former != t->tid) {
		struct tracee *caller = tracee_find(&p->tasks, (pid_t)former);

		if (caller)
			tracee_succeed(&p->tasks, t, caller);
	}
	if (t->tid == p->root)
		p->root_execed = true;
	if (t->task) {
		tracee_refresh_ids(&p->tasks, t);
		tracee_refresh_comm(&p->tasks, t);
		if (p->sched_wanted && !p->abandoned)
			skep_fire_exec(p->engine, t->task, t->exec_path ? t->exec_path : t->info.comm, (uint32_t)former);
	}
	free(t->exec_path);
	t->exec_path = NULL;
}

/* The task is on its way out; it still has its memory. */
static void exit_event(struct skep_process *p, struct tracee *t, int status)
{
	bool last;

	if (t->exited)
		return;
	t->exited = true;
	last = !tracee_threads(&p->tasks, t->info.tgid);
	if (!t->task || p->abandoned || !p->sched_wanted)
		return;
	tracee_refresh_comm(&p->tasks, t);
	skep_fire_exit(p->engine, t->task, status & 0xffff, last);
}

/* A new task that is killed before its creator's word came still has its fork event, and its exit event after that. */
static void announce_late(struct skep_process *p, struct tracee *t)
{
	pid_t tgid, parent;

	if (t->task || t->tid == p->root || !tracee_family(t->tid, &tgid, &parent))
		return;
	if (t->held)
		p->held--;
	t->held = false;
	if (!t->announced)
		t->creator = tgid != t->tid ? tgid : parent;
	t->announced = true;
	announce(p, tracee_find(&p->tasks, t->creator), t);
}

static bool is_group_stop(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

/* A filter that the tree installed itself may ask for a tracer, too. It has none: the call fails as the kernel would let it. */
static bool is_ours(const struct tracee *t)
{
	unsigned long data = 0;

	return !trace(PTRACE_GETEVENTMSG, t->tid, 0, &data) || data == FILTER_TAG;
}

static void refuse_call(const struct tracee *t)
{
	struct user_regs_struct regs;

	if (!trace(PTRACE_GETREGS, t->tid, 0, &regs))
		return;
	regs.orig_rax = (unsigned long)-1;
	regs.rax = (unsigned long)-ENOSYS;
	trace(PTRACE_SETREGS, t->tid, 0, &regs);
}

/* Calls that any stop interrupts, though no signal is handled: signal(7), "Interruption of system calls ... by stop signals". */
static bool ends_at_stops(unsigned long nr)
{
	switch (nr) {
	case SYS_epoll_wait:
	case SYS_epoll_pwait:
#ifdef SYS_epoll_pwait2
	case SYS_epoll_pwait2:
#endif
	case SYS_rt_sigtimedwait:
	case SYS_semop:
	case SYS_semtimedop:
	case SYS_io_getevents:
		return true;
	default:
		return false;
	}
}

/*
 * A stop that would not have been without us (our own wish; a signal that is ignored, which the kernel shows to a tracer first): the task must
 * not see it, so such a call begins anew, unless a signal would have ended it anyway.
 */
static void restart_call(struct tracee *t, int sig)
{
	const unsigned long syscall_bytes = 2;
	struct user_regs_struct regs;

	if (!trace(PTRACE_GETREGS, t->tid, 0, &regs) || (long)regs.rax != -EINTR || !ends_at_stops(regs.orig_rax) ||
	    !tracee_undisturbed(t->tid, sig))
		return;
	regs.rax = regs.orig_rax;
	regs.rip -= syscall_bytes;
	regs.orig_rax = (unsigned long)-1;
	trace(PTRACE_SETREGS, t->tid, 0, &regs);
}

void stop_handle(struct skep_process *p, struct tracee *t, int status)
{
	unsigned long exit_status = 0;
	int sig = WSTOPSIG(status);

	switch (status >> 16) {
	case PTRACE_EVENT_SECCOMP:
		if (!is_ours(t))
			refuse_call(t);
		else if (!p->abandoned && !t->entered)
			syscall_enter(p, t);
		break;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		child_event(p, t);
		break;
	case PTRACE_EVENT_EXEC:
		exec_event(p, t);
		break;
	case PTRACE_EVENT_EXIT:
		trace(PTRACE_GETEVENTMSG, t->tid, 0, &exit_status);
		announce_late(p, t);
		exit_event(p, t, (int)exit_status);
		break;
	case PTRACE_EVENT_STOP:
		if (t->interrupted && !is_group_stop(sig))
			restart_call(t, 0);
		t->interrupted = false;
		if (is_group_stop(sig)) {
			trace(PTRACE_LISTEN, t->tid, 0, NULL);
			return;
		}
		if (!t->task && t->tid != p->root && !child_first_stop(p, t))
			return;
		break;
	case 0:
		if (sig == (SIGTRAP | 0x80)) {
			if (p->abandoned)
				t->entered = t->want_exit = false;
			else
				syscall_stop(p, t);
			break;
		}
		restart_call(t, sig);
		stop_resume(p, t, sig); /* on its way to the task */
		return;
	default:
		break;
	}
	/* An entry that is done with unless its exit is wanted. */
	if (!t->want_exit && !p->stop_all)
		t->entered = false;
	stop_resume(p, t, 0);
}

/* Whether somebody may still report that task as its child: another thread of its process, or its parent. */
static bool may_be_reported(struct skep_process *p, pid_t tgid, pid_t parent, const struct tracee *gone)
{
	for (u32 i = 0; i < TRACEE_BUCKETS; i++)
		for (const struct tracee *t = p->tasks.bucket[i]; t; t = t->next)
			if (t != gone && t->task && ((pid_t)t->info.tgid == tgid || (pid_t)t->info.tgid == parent))
				return true;
	return false;
}

void stop_release_held(struct skep_process *p, struct tracee *gone)
{
	u64 now = now_ns();

	for (u32 i = 0; i < TRACEE_BUCKETS && p->held; i++)
		for (struct tracee *t = p->tasks.bucket[i]; t; t = t->next) {
			struct tracee *creator = gone;
			pid_t tgid, parent;

			if (!t->held || t == gone || !tracee_family(t->tid, &tgid, &parent))
				continue;
			if (may_be_reported(p, tgid, parent, gone)) {
				if (now - t->held_since < HELD_NS)
					continue;
				creator = tracee_find(&p->tasks, parent);
			}
			t->announced = true;
			announce(p, creator, t);
			let_go(p, t);
		}
}

void stop_gone(struct skep_process *p, struct tracee *t, int status)
{
	if (p->held)
		stop_release_held(p, t);
	exit_event(p, t, status);
	if (t->tid == p->root) {
		p->root_gone = true;
		p->root_status = status;
	}
	if (t->held)
		p->held--;
	tracee_free(&p->tasks, t);
}

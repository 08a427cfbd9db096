/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tracer's loop: one thread that waits for stops of the tree (SIGCHLD) and for word that the engine's wishes changed
 * (SIGUSR1, sent by the watcher thread), both blocked and taken with sigtimedwait(2), so that neither can be missed.
 */
#include "sources/process/tracer.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sources/process/filter.h"

static void add_syscall(uint64_t *set, u32 nr)
{
	set[nr / 64] |= 1ULL << (nr % 64);
}

/* What must stop for programs, and for our own knowledge of the tasks. */
static void compute_stops(struct skep_process *p, uint64_t *set)
{
	static const u32 id_calls[] = {SYS_setuid,    SYS_setgid,    SYS_setreuid, SYS_setregid,
				       SYS_setresuid, SYS_setresgid, SYS_setfsuid, SYS_setfsgid};

	p->generation = skep_syscalls_wanted(p->engine, &p->wanted);
	p->sched_wanted = skep_sched_wanted(p->engine);
	for (u32 i = 0; i < SKEP_SYSCALL_WORDS; i++)
		set[i] = p->wanted.enter[i] | p->wanted.exit[i];
	for (u32 i = 0; i < ARRAY_SIZE(id_calls); i++)
		add_syscall(set, id_calls[i]);
	if (p->sched_wanted) {
		add_syscall(set, SYS_execve);
		add_syscall(set, SYS_execveat);
	}
}

/* Programs came or went. A filter cannot be widened from outside: what it lacks is caught by stopping at every call. */
static void wishes_changed(struct skep_process *p)
{
	uint64_t set[SKEP_SYSCALL_WORDS];
	bool stop_all = false, sched_wanted = p->sched_wanted;

	if (p->abandoned || skep_syscalls_generation(p->engine) == p->generation)
		return;
	compute_stops(p, set);
	for (u32 i = 0; i < SKEP_SYSCALL_WORDS; i++)
		stop_all |= (set[i] & ~p->filter[i]) != 0;
	if ((stop_all && !p->stop_all) || p->sched_wanted != sched_wanted)
		for (u32 i = 0; i < TRACEE_BUCKETS; i++)
			for (struct tracee *t = p->tasks.bucket[i]; t; t = t->next)
				t->interrupted = !ptrace(PTRACE_INTERRUPT, t->tid, NULL, NULL);
	p->stop_all = stop_all;
}

/* Wake the tracer when the engine says that something was attached or detached. */
static void *watch(void *arg)
{
	struct skep_process *p = arg;
	struct pollfd fds[2] = {
		{.fd = skep_syscalls_event_fd(p->engine), .events = POLLIN},
		{.fd = p->watch_stop, .events = POLLIN},
	};

	while (poll(fds, 2, -1) >= 0 || errno == EINTR) {
		uint64_t n;

		if (fds[1].revents)
			break;
		if (fds[0].revents && read(fds[0].fd, &n, sizeof(n)) == sizeof(n))
			syscall(SYS_tgkill, getpid(), p->tracer, SIGUSR1);
	}
	return NULL;
}

static int start_watcher(struct skep_process *p)
{
	int err;

	p->watch_stop = eventfd(0, EFD_CLOEXEC);
	if (p->watch_stop < 0)
		return -errno;
	err = pthread_create(&p->watcher, NULL, watch, p);
	p->watching = !err;
	return -err;
}

/* A stop of a task that is not known: a child whose creator has not reported it yet. */
static struct tracee *unknown_task(struct skep_process *p, pid_t tid, int status)
{
	return WIFSTOPPED(status) ? tracee_new(&p->tasks, tid) : NULL;
}

/* Deal with all stops there are. False: no task is left. */
static bool drain_stops(struct skep_process *p)
{
	for (;;) {
		int status;
		pid_t tid = waitpid(-1, &status, WNOHANG | __WALL);
		struct tracee *t;

		if (!tid)
			return true;
		if (tid < 0) {
			if (errno == EINTR)
				continue;
			return errno != ECHILD;
		}
		t = tracee_find(&p->tasks, tid);
		if (!t)
			t = unknown_task(p, tid, status);
		if (!t)
			continue;
		wishes_changed(p);
		if (WIFSTOPPED(status))
			stop_handle(p, t, status);
		else
			stop_gone(p, t, status);
	}
}

struct skep_process *skep_process_new(struct skep_engine *engine, char *const *argv)
{
	struct skep_process *p = calloc(1, sizeof(*p));
	struct skep_task_info self = {.sz = sizeof(self), .pid = (u32)getpid(), .tgid = (u32)getpid(), .comm = "skep"};
	struct tracee *root;
	int err;

	if (!p)
		return NULL;
	p->engine = engine;
	p->tracer = (pid_t)syscall(SYS_gettid);
	p->watch_stop = -1;
	p->tasks.engine = engine;
	self.uid = getuid();
	self.euid = geteuid();
	self.gid = getgid();
	self.egid = getegid();
	p->tasks.root_parent = skep_task_add(engine, &self);
	err = skep_spawn(&p->spawn, argv);
	if (err)
		goto fail;
	p->root = p->spawn.pid;
	if (ptrace(PTRACE_SEIZE, p->root, NULL, (void *)TRACER_OPTIONS)) {
		err = -errno;
		goto fail_kill;
	}
	root = tracee_new(&p->tasks, p->root);
	err = -ENOMEM;
	if (!root || !tracee_make_task(&p->tasks, root))
		goto fail_kill;
	/* Its name is that of the process that forked it until it runs far enough to set its own. */
	memcpy(root->info.comm, self.comm, sizeof(self.comm));
	skep_task_update(engine, root->task, &root->info);
	return p;

fail_kill:
	kill(p->root, SIGKILL);
	waitpid(p->root, NULL, __WALL);
fail:
	skep_process_free(p);
	errno = -err;
	return NULL;
}

pid_t skep_process_pid(const struct skep_process *p)
{
	return p->root;
}

static int open_gate(struct skep_process *p)
{
	struct sock_fprog filter;
	int err;

	compute_stops(p, p->filter);
	err = filter_build(&filter, p->filter);
	if (err)
		return err;
	err = skep_spawn_open(&p->spawn, &filter);
	free(filter.filter);
	return err;
}

int skep_process_run(struct skep_process *p, int *status, bool (*exited)(void *cookie, int status), void *cookie)
{
	bool told = false;
	sigset_t wake;
	int err;

	err = start_watcher(p);
	if (!err)
		err = open_gate(p);
	if (err)
		return err;
	sigemptyset(&wake);
	sigaddset(&wake, SIGCHLD);
	sigaddset(&wake, SIGUSR1);
	while (drain_stops(p)) {
		if (p->root_gone && !told) {
			told = true;
			if (p->root_execed && exited && exited(cookie, p->root_status))
				skep_process_abandon(p);
		}
		wishes_changed(p);
		if (p->held)
			stop_release_held(p, NULL);
		sigtimedwait(&wake, NULL, p->held ? &(struct timespec){.tv_nsec = 50000000} : &(struct timespec){.tv_sec = 1});
	}
	if (!told && p->root_execed && exited)
		exited(cookie, p->root_status);
	*status = p->root_status;
	return p->root_execed ? 0 : skep_spawn_result(&p->spawn);
}

void skep_process_abandon(struct skep_process *p)
{
	atomic_store(&p->abandoned, true);
	syscall(SYS_tgkill, getpid(), p->tracer, SIGUSR1);
}

void skep_process_free(struct skep_process *p)
{
	if (!p)
		return;
	if (p->watching) {
		uint64_t one = 1;

		while (write(p->watch_stop, &one, sizeof(one)) < 0 && errno == EINTR)
			;
		pthread_join(p->watcher, NULL);
	}
	if (p->watch_stop >= 0)
		close(p->watch_stop);
	if (p->spawn.pid) {
		if (p->spawn.gate > 0)
			close(p->spawn.gate);
		if (p->spawn.failure > 0)
			close(p->spawn.failure);
	}
	for (u32 i = 0; i < TRACEE_BUCKETS; i++)
		while (p->tasks.bucket[i])
			tracee_free(&p->tasks, p->tasks.bucket[i]);
	if (p->tasks.root_parent)
		skep_task_remove(p->engine, p->tasks.root_parent);
	free(p);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the traced command does: this program again, as `--act NAME`. An act ends with 0 when all went as it would go untraced.
 * Marks are openat(2) of names under /skep-mark/, which no system has.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/process/tree.h"

extern char **environ;

static void mark(const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), MARK "%s", name);
	check(open(path, O_RDONLY) == -1 && errno == ENOENT);
}

static void nap(long ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static void reap(pid_t pid, int want)
{
	int status;

	check_eq(waitpid(pid, &status, 0), pid);
	check_eq(status, want);
}

static void exec_true(void)
{
	execl("/bin/true", "true", NULL);
	check(!"executed");
}

static void spawn_true(void)
{
	const char *argv[] = {"true", NULL};
	pid_t pid;

	check_eq(posix_spawn(&pid, "/bin/true", NULL, NULL, (char *const *)argv, environ), 0);
	reap(pid, 0);
}

static int act_nothing(void)
{
	return 0;
}

static int act_missing(void)
{
	check(execl("/skep-mark/missing", "x", NULL) == -1 && errno == ENOENT);
	return 0;
}

static int act_spawn(void)
{
	spawn_true();
	return 0;
}

static int act_forks(void)
{
	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();

		if (!pid) {
			mark("fork");
			_exit(i & 1);
		}
		reap(pid, W_EXITCODE(i & 1, 0));
	}
	return 0;
}

static void *marking_thread(void *arg)
{
	mark("thread");
	return arg;
}

static int act_threads(void)
{
	pthread_t threads[20];

	for (int i = 0; i < 20; i++)
		check_eq(pthread_create(&threads[i], NULL, marking_thread, NULL), 0);
	for (int i = 0; i < 20; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

static void *sleeping_thread(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void *execing_thread(void *arg)
{
	prctl(PR_SET_NAME, "brave");
	exec_true();
	return arg;
}

static int act_thread_exec(void)
{
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		pthread_create(&thread, NULL, sleeping_thread, NULL);
	pthread_create(&thread, NULL, execing_thread, NULL);
	pthread_join(thread, NULL);
	return 1;
}

static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
	caught++;
}

static void catch(int sig)
{
	struct sigaction sa = {.sa_handler = on_signal}; /* no SA_RESTART */

	sigaction(sig, &sa, NULL);
}

static int act_signals(void)
{
	catch(SIGUSR1);
	catch(SIGUSR2);
	catch(SIGCHLD);
	catch(SIGTRAP);
	for (int i = 0; i < 50; i++) {
		raise(i & 1 ? SIGUSR1 : SIGUSR2);
		mark("signal");
	}
	check_eq(caught, 50);
	raise(SIGTRAP);
	check_eq(caught, 51);
	return 0;
}

/* A call that is traced is interrupted by a signal: EINTR comes through, and so does its exit event. */
static int act_eintr(void)
{
	int ends[2];
	char byte;

	catch(SIGALRM);
	check(!pipe(ends));
	setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 100000}, NULL);
	check(read(ends[0], &byte, 1) == -1 && errno == EINTR);
	check_eq(caught, 1);
	return 0;
}

static int act_restart(void)
{
	struct sigaction sa = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
	int ends[2];
	char byte;
	pid_t pid;

	sigaction(SIGALRM, &sa, NULL);
	check(!pipe(ends));
	pid = fork();
	if (!pid) {
		nap(300);
		check(write(ends[1], "x", 1) == 1);
		_exit(0);
	}
	setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 100000}, NULL);
	check(read(ends[0], &byte, 1) == 1);
	check_eq(caught, 1);
	reap(pid, 0);
	return 0;
}

/* Group stops: the parent sees them by WUNTRACED and WCONTINUED, and the child stays stopped meanwhile. */
static int stop_and_go(int sig)
{
	_Atomic int *beats = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status, seen;
	pid_t pid = fork();

	if (!pid) {
		setpgid(0, 0);
		for (;;) {
			atomic_fetch_add(beats, 1);
			mark("beat");
			nap(5);
		}
	}
	for (int round = 0; round < 2; round++) {
		seen = atomic_load(beats);
		while (atomic_load(beats) < seen + 3)
			nap(5);
		kill(pid, sig);
		check_eq(waitpid(pid, &status, WUNTRACED), pid);
		check(WIFSTOPPED(status));
		check_eq(WSTOPSIG(status), sig);
		seen = atomic_load(beats);
		nap(60);
		check_eq(atomic_load(beats), seen);
		kill(pid, SIGCONT);
		check_eq(waitpid(pid, &status, WCONTINUED), pid);
		check(WIFCONTINUED(status));
	}
	kill(pid, SIGSTOP);
	check_eq(waitpid(pid, &status, WUNTRACED), pid);
	kill(pid, SIGKILL); /* while it is stopped */
	reap(pid, SIGKILL);
	return 0;
}

static int act_sigstop(void)
{
	return stop_and_go(SIGSTOP);
}

static int act_sigtstp(void)
{
	/* An orphaned process group ignores the terminal's stops: be the parent of one that is none. */
	setpgid(0, 0);
	return stop_and_go(SIGTSTP);
}

static void *looping_thread(void *arg)
{
	atomic_fetch_add((_Atomic int *)arg, 1);
	for (;;)
		mark("loop");
	return arg;
}

/* Killed in the middle of traced calls, from each of several threads' point of view. */
static int act_killed(void)
{
	_Atomic int *running = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	for (int i = 0; i < 5; i++) {
		pthread_t thread;
		pid_t pid = fork();

		if (!pid) {
			for (int n = 0; n < 3; n++)
				pthread_create(&thread, NULL, looping_thread, running);
			looping_thread(running);
		}
		while (atomic_load(running) < 4 * (i + 1))
			nap(1);
		nap(5 + 3 * i);
		kill(pid, SIGKILL);
		reap(pid, SIGKILL);
	}
	return 0;
}

static int act_exit_42(void)
{
	exit(42);
}

static int act_die_by_term(void)
{
	raise(SIGTERM);
	return 0;
}

static int act_descendants(void)
{
	if (!fork()) {
		if (!fork()) {
			nap(300);
			mark("late");
			exec_true();
		}
		_exit(0);
	}
	wait(NULL);
	return 7;
}

static void *late_thread(void *arg)
{
	nap(100);
	mark("late");
	syscall(SYS_exit, 0);
	return arg;
}

/* The leader's exit(2) comes before that of its threads. */
static int act_leader_first(void)
{
	pthread_t thread;

	for (int i = 0; i < 2; i++)
		pthread_create(&thread, NULL, late_thread, NULL);
	syscall(SYS_exit, 9);
	return 1;
}

static int act_exec_after_leader(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, execing_thread, NULL);
	syscall(SYS_exit, 9);
	return 1;
}

static int act_uids(void)
{
	check(!setgid(1234));
	check(!setresuid(2345, 3456, -1));
	mark("uid");
	if (!fork()) {
		mark("child");
		_exit(0);
	}
	wait(NULL);
	check(!setresuid(3456, 3456, 3456));
	mark("last");
	return 0;
}

static int act_comm(void)
{
	int fd;

	prctl(PR_SET_NAME, "alpha");
	mark("alpha");
	fd = open("/proc/self/comm", O_WRONLY);
	check(write(fd, "beta", 4) == 4);
	mark("beta");
	return 0;
}

/* Strings at the end of a page, across pages, and nowhere. */
static int act_strings(void)
{
	char *pages = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(!mprotect(pages + 2 * 4096, 4096, PROT_NONE));
	memcpy(pages + 2 * 4096 - 6, "/edge", 6);
	check(open(pages + 2 * 4096 - 6, O_RDONLY) == -1 && errno == ENOENT);
	memset(pages + 2 * 4096 - 6, 'x', 6);
	check(open(pages + 2 * 4096 - 6, O_RDONLY) == -1 && errno == EFAULT);
	memcpy(pages + 4096 - 3, "/cross", 7);
	check(open(pages + 4096 - 3, O_RDONLY) == -1 && errno == ENOENT);
	check(open((char *)0xdead000, O_RDONLY) == -1 && errno == EFAULT);
	check(syscall(SYS_openat, AT_FDCWD, 0L, O_RDONLY) == -1 && errno == EFAULT);
	memset(pages, 'y', 200);
	pages[0] = '/';
	pages[200] = '\0';
	check(open(pages, O_RDONLY) == -1 && errno == ENOENT);
	return 0;
}

static int act_priority(void)
{
	check(syscall(SYS_setpriority, 77, 88, 99) == -1 && errno == EINVAL);
	return 0;
}

/* Marks for as long as its parent says. */
static int act_marks(void)
{
	for (int i = 0; i < 400; i++) {
		mark("on");
		nap(2);
	}
	spawn_true();
	return 0;
}

static int act_waits(void)
{
	int ends[2], epoll = epoll_create1(0);
	struct epoll_event event = {.events = EPOLLIN};
	struct timespec patience = {.tv_sec = 1};
	sigset_t set;
	pid_t pid;

	check(!pipe(ends) && !epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event));
	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = fork();
	if (!pid) {
		check(sigtimedwait(&set, NULL, &patience) == -1 && errno == EAGAIN);
		_exit(0);
	}
	if (!fork()) {
		nap(600);
		_exit(write(ends[1], "x", 1) != 1);
	}
	check_eq(epoll_wait(epoll, &event, 1, 5000), 1);
	/* A signal's own EINTR still comes. */
	catch(SIGALRM);
	setitimer(ITIMER_REAL, &(struct itimerval){.it_value.tv_usec = 100000}, NULL);
	check(read(ends[0], &event, 1) == 1);
	check(epoll_wait(epoll, &event, 1, 2000) == -1 && errno == EINTR);
	check_eq(caught, 1);
	reap(pid, 0);
	return 0;
}

/* Like make -j: many short-lived processes at once, some of which run others. */
static int act_crowd(void)
{
	for (int i = 0; i < 20; i++)
		if (!fork()) {
			for (int n = 0; n < 10; n++)
				spawn_true();
			_exit(0);
		}
	for (int i = 0; i < 20; i++) {
		int status;

		check(wait(&status) > 0);
		check_eq(status, 0);
	}
	return 0;
}

/* int 0x80: another list of calls; their numbers must not be taken for native ones. getpid is 20 there and writev is 20 here. */
static int act_compat(void)
{
#if defined(__x86_64__)
	long ret;
	pid_t pid = fork();
	int status;

	if (!pid) {
		for (int i = 0; i < 3; i++) {
			__asm__ volatile("int $0x80" : "=a"(ret) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
			if (ret != getpid() && ret != -ENOSYS)
				_exit(1);
			mark("between");
			/* x32's number of openat. */
			ret = syscall(0x40000000 | SYS_getpid);
			if (ret != getpid() && !(ret == -1 && errno == ENOSYS))
				_exit(2);
		}
		_exit(0);
	}
	waitpid(pid, &status, 0);
	/* Where the kernel does not know the instruction at all, it is a fault. */
	check(!status || WTERMSIG(status) == SIGSEGV);
#endif
	return 0;
}

/* A filter of the tree's own: what it refuses is refused, what it lets through is traced. */
static int act_own_filter(void)
{
	struct sock_filter insns[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpriority, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 77),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_sched_get_priority_max, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | 9),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {.len = sizeof(insns) / sizeof(*insns), .filter = insns};

	check(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	check(!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog));
	check(syscall(SYS_getpriority, 0, 0) == -1 && errno == 77);
	/* Its own request for a tracer that it has not: ENOSYS, as if nobody traced. */
	check(syscall(SYS_sched_get_priority_max, SCHED_FIFO) == -1 && errno == ENOSYS);
	mark("let through");
	spawn_true();
	return 0;
}

/* A task has one tracer: a debugger inside gets EPERM, and nothing hangs. */
static int act_ptrace(void)
{
	pid_t pid = fork();

	if (!pid) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != -1 || errno != EPERM)
			_exit(1);
		nap(200);
		_exit(0);
	}
	nap(50);
	check(ptrace(PTRACE_ATTACH, pid, NULL, NULL) == -1 && errno == EPERM);
	check(ptrace(PTRACE_SEIZE, pid, NULL, NULL) == -1 && errno == EPERM);
	reap(pid, 0);
	return 0;
}

static int act_scribbled(void)
{
	unsigned int word = 0;

	syscall(SYS_getpriority, 0, &word);
	check_eq(word, 0x5ceb5ceb);
	return 0;
}

/* The creator may be killed before it could report its child. */
static int act_orphans(void)
{
	for (int i = 0; i < 30; i++) {
		int ends[2], status;
		char byte;
		pid_t pid;

		check(!pipe(ends));
		pid = fork();
		if (!pid) {
			pid_t self = getpid();

			for (int n = 0; n < 4; n++)
				if (!fork()) {
					kill(self, SIGKILL);
					spawn_true();
					_exit(0);
				}
			pause();
		}
		close(ends[1]);
		check_eq(waitpid(pid, &status, 0), pid);
		check_eq(status, SIGKILL);
		check_eq(read(ends[0], &byte, 1), 0); /* all of them have ended */
		close(ends[0]);
	}
	return 0;
}

/* A parent that is gone, then news of its child: comm, ids and an exec. */
static int act_orphan_news(void)
{
	int ends[2];
	char byte;

	check(!pipe(ends));
	for (int i = 0; i < 10; i++)
		if (!fork()) {
			if (!fork()) {
				nap(50);
				prctl(PR_SET_NAME, "orphan");
				mark("orphan");
				exec_true();
			}
			_exit(0);
		}
	for (int i = 0; i < 10; i++)
		wait(NULL);
	close(ends[1]);
	check_eq(read(ends[0], &byte, 1), 0);
	return 0;
}

static int act_limits(void)
{
	struct rlimit limit;

	check(!getrlimit(RLIMIT_NOFILE, &limit));
	check_eq(limit.rlim_cur, 64);
	return 0;
}

/* More tasks at once than the tracer may have files open. */
static int act_many(void)
{
	pid_t pids[120];

	for (int i = 0; i < 120; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			prctl(PR_SET_NAME, "many");
			mark("many");
			nap(300);
			_exit(0);
		}
	}
	for (int i = 0; i < 120; i++)
		reap(pids[i], 0);
	return 0;
}

static int vforked(void *arg)
{
	exec_true();
	return 1;
}

/* vfork(2) proper: the parent waits within its call while the child runs others in the same memory, and ends without an execve, too. */
static int act_vfork(void)
{
	char *stack = malloc(65536);
	pid_t pid = clone(vforked, stack + 65536, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);

	reap(pid, 0);
	pid = vfork();
	if (!pid)
		_exit(3);
	reap(pid, W_EXITCODE(3, 0));
	mark("after");
	free(stack);
	return 0;
}

#define ACTS(X)                                                                                                                \
	X(nothing) X(missing) X(spawn) X(forks) X(threads) X(thread_exec) X(signals) X(eintr) X(restart) X(sigstop) X(sigtstp) \
	X(killed) X(exit_42) X(die_by_term) X(descendants) X(leader_first) X(exec_after_leader) X(uids) X(comm) X(strings)    \
	X(priority) X(marks) X(crowd) X(compat) X(own_filter) X(ptrace) X(scribbled) X(orphans) X(orphan_news) X(limits)      \
	X(many) X(vfork) X(waits)

int act_main(const char *name)
{
#define ACT(n)                                                                                                                 \
	if (!strcmp(name, #n))                                                                                                 \
		return act_##n();
	ACTS(ACT)
	fprintf(stderr, "# no act %s\n", name);
	return 99;
}

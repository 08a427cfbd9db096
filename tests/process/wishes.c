/* SPDX-License-Identifier: BSD-2-Clause */
/* What the engine wishes to see, and changes its mind about; the filter that keeps the rest at full speed. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sources/process/filter.h"
#include "tests/process/tests.h"
#include "tests/process/tree.h"

static void nap(long ms)
{
	nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* Two threads of a task see the same count of context switches when nothing stops it: the act's own calls are not stopped. */
void test_unwanted_calls_do_not_stop(void)
{
	struct tree t;

	tree_act(&t, "on_kprobe", "marks");
	check_eq(t.status, 0);
	check_eq(t.count, 0);
}

static void *attach_and_detach(void *arg)
{
	struct skep_link *link;
	struct tree *t = arg;

	nap(150);
	link = tree_attach(t, "on_enter_at", NULL);
	nap(250);
	skep_link_destroy(link);
	skep_engine_reap(t->engine); /* as an event loop does */
	return NULL;
}

/* The tree is running, its filter lets openat through: from the attaching on every call stops, until the detaching. */
void test_attached_while_running(void)
{
	pthread_t thread;
	struct tree t;
	size_t marks;

	tree_init(&t, "on_enter_at=- on_task_exit");
	tree_begin(&t, act_argv("marks"));
	pthread_create(&thread, NULL, attach_and_detach, &t);
	tree_finish(&t);
	pthread_join(thread, NULL);
	check_eq(t.status, 0);
	marks = tree_count(&t, SYS_ENTER, MARK "on");
	check(marks > 10);
	check(marks < 390);
	check_eq(tree_count(&t, EXIT, NULL), 2);
}

/* Stopping a task to look at all its calls must not show in calls that a stop interrupts (signal(7)). */
void test_attaching_interrupts_no_wait(void)
{
	pthread_t thread;
	struct tree t;

	tree_init(&t, "on_enter_at=- on_task_exit");
	tree_begin(&t, act_argv("waits"));
	pthread_create(&thread, NULL, attach_and_detach, &t);
	tree_finish(&t);
	pthread_join(thread, NULL);
	check_eq(t.status, 0);
}

static void *abandon(void *arg)
{
	nap(200);
	skep_process_abandon(arg);
	return NULL;
}

/* Nobody listens from here on, but the tree runs to its own end, and can still run programs. */
void test_abandoned_while_running(void)
{
	pthread_t thread;
	struct tree t;

	tree_init(&t, "on_enter on_exit on_enter_at on_raw_exit on_task_exit");
	tree_begin(&t, act_argv("marks"));
	pthread_create(&thread, NULL, abandon, t.process);
	tree_finish(&t);
	pthread_join(thread, NULL);
	check_eq(t.status, 0);
	check(tree_count(&t, SYS_ENTER, MARK "on") > 10);
	check(tree_count(&t, SYS_ENTER, MARK "on") < 390);
	check_eq(tree_count(&t, SYS_ENTER, "/bin/true"), 0);
}

static void low_limit(void)
{
	check(!setrlimit(RLIMIT_NOFILE, &(struct rlimit){.rlim_cur = 64, .rlim_max = 64}));
}

void test_limits_are_the_commands(void)
{
	struct tree t;

	check(!setrlimit(RLIMIT_NOFILE, &(struct rlimit){.rlim_cur = 64, .rlim_max = 1024}));
	tree_act(&t, "on_enter_at", "limits");
	check_eq(t.status, 0);
}

/* With all its descriptors taken, the tracer still sees names. */
void test_more_tasks_than_files(void)
{
	struct tree t;

	tree_init(&t, "on_enter_at on_task_exit");
	low_limit();
	tree_run(&t, act_argv("many"));
	check_eq(t.status, 0);
	check_eq(tree_count(&t, SYS_ENTER, MARK "many"), 120);
	check_eq(tree_count(&t, EXIT, NULL), 121);
	for (size_t i = 0; i < t.count; i++)
		if (t.events[i].kind == SYS_ENTER && !strcmp(t.events[i].text, MARK "many"))
			check_str(t.events[i].comm, "many");
}

/* The filter as the kernel reads it: the few classic instructions that seccomp(2) has. */
static __u32 evaluate(const struct sock_fprog *prog, const struct seccomp_data *data)
{
	__u32 a = 0;

	for (__u32 pc = 0; pc < prog->len; pc++) {
		const struct sock_filter *f = &prog->filter[pc];
		bool yes;

		switch (f->code) {
		case BPF_LD | BPF_W | BPF_ABS:
			check(f->k % 4 == 0 && f->k + 4 <= sizeof(*data));
			memcpy(&a, (const char *)data + f->k, 4);
			continue;
		case BPF_RET | BPF_K:
			return f->k;
		case BPF_JMP | BPF_JEQ | BPF_K:
			yes = a == f->k;
			break;
		case BPF_JMP | BPF_JGE | BPF_K:
			yes = a >= f->k;
			break;
		case BPF_JMP | BPF_JGT | BPF_K:
			yes = a > f->k;
			break;
		default:
			check(!"an instruction that seccomp has");
			return 0;
		}
		pc += yes ? f->jt : f->jf;
	}
	check(!"a filter that returns");
	return 0;
}

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#else
#define NATIVE AUDIT_ARCH_AARCH64
#endif

static void check_filter(const uint64_t *set)
{
	struct seccomp_data data = {.arch = NATIVE};
	struct sock_fprog prog;
	int status;
	pid_t pid;

	check_eq(filter_build(&prog, set), 0);
	check(prog.len <= BPF_MAXINSNS);
	for (__u32 nr = 0; nr < 2 * SKEP_SYSCALL_WORDS * 64; nr++) {
		bool wanted = syscall_set_has(set, nr);

		data.nr = (int)nr;
		data.arch = NATIVE;
		data.args[0] = 0;
		check_eq(evaluate(&prog, &data), wanted ? SECCOMP_RET_TRACE | FILTER_TAG : SECCOMP_RET_ALLOW);
		data.args[0] = PR_SET_NAME;
		check_eq(evaluate(&prog, &data), wanted || nr == SYS_prctl ? SECCOMP_RET_TRACE | FILTER_TAG : SECCOMP_RET_ALLOW);
		data.arch = AUDIT_ARCH_I386;
		check_eq(evaluate(&prog, &data), SECCOMP_RET_ALLOW);
	}
	for (__u32 high = 0x40000000; high; high <<= 1) {
		data = (struct seccomp_data){.arch = NATIVE, .nr = (int)(high | SYS_openat)};
		check_eq(evaluate(&prog, &data), SECCOMP_RET_ALLOW);
	}
	/* The kernel takes it as well; where nobody traces, what it would stop must pass. */
	for (__u32 i = 0; i < prog.len; i++)
		if (prog.filter[i].code == (BPF_RET | BPF_K))
			prog.filter[i].k = SECCOMP_RET_ALLOW;
	pid = fork();
	if (!pid) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		_exit(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) != 0);
	}
	check_eq(waitpid(pid, &status, 0), pid);
	check_eq(status, 0);
	free(prog.filter);
}

void test_filter_of_every_shape(void)
{
	uint64_t set[SKEP_SYSCALL_WORDS] = {0};
	unsigned int seed = 1;

	check_filter(set);
	for (int i = 0; i < SKEP_SYSCALL_WORDS; i++)
		set[i] = 0x5555555555555555;
	check_filter(set);
	memset(set, 0xff, sizeof(set));
	check_filter(set);
	for (int round = 0; round < 20; round++) {
		for (int i = 0; i < SKEP_SYSCALL_WORDS; i++)
			set[i] = (uint64_t)rand_r(&seed) << 33 ^ (uint64_t)rand_r(&seed) << 11 ^ (uint64_t)rand_r(&seed);
		if (round & 1) /* few and far between */
			for (int i = 0; i < SKEP_SYSCALL_WORDS; i++)
				set[i] &= set[(i + 5) % SKEP_SYSCALL_WORDS] & 0x1111000011110001;
		check_filter(set);
	}
	memset(set, 0, sizeof(set));
	set[0] = 1; /* the first number, the last, one that crosses words */
	set[SKEP_SYSCALL_WORDS - 1] = 1ULL << 63;
	set[3] = 3ULL << 62;
	set[4] = 3;
	check_filter(set);
}

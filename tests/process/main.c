/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runs each test in a process of its own, with a time limit, and the signals blocked that a tracer wants blocked. As subreaper it also sees
 * what a test leaves behind. `process NAME...` runs those alone; `process --act NAME` is the traced command (acts.c).
 */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/process/tests.h"
#include "tests/process/tree.h"

#define LIMIT 30 /* seconds */

static const struct {
	const char *name;
	void (*run)(void);
} tests[] = {
#define TEST(name) {#name, test_##name},
#include "tests/process/tests.def"
#undef TEST
};

static int run(void (*test)(void))
{
	sigset_t block;
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		sigemptyset(&block);
		sigaddset(&block, SIGCHLD);
		sigaddset(&block, SIGUSR1);
		sigprocmask(SIG_BLOCK, &block, NULL);
		alarm(LIMIT);
		test();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status;
}

/* Children that the test left to us: given a moment to end, then killed. How many had to be. */
static int sweep(void)
{
	int killed = 0;

	for (int i = 0; i < 400; i++) {
		pid_t pid = waitpid(-1, NULL, WNOHANG | __WALL);
		FILE *f;

		if (pid < 0)
			return killed;
		if (pid > 0)
			continue;
		nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
		if (i < 300 || !(f = fopen("/proc/self/task/self/children", "r")))
			f = fopen("/proc/thread-self/children", "r");
		if (!f)
			continue;
		while (i >= 300 && fscanf(f, "%d", &pid) == 1)
			killed += !kill(pid, SIGKILL);
		fclose(f);
	}
	return killed;
}

static bool chosen(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], name))
			return true;
	return argc == 1;
}

int main(int argc, char **argv)
{
	int failed = 0, number = 0;

	if (argc == 3 && !strcmp(argv[1], "--act"))
		return act_main(argv[2]);
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..%zu\n", sizeof(tests) / sizeof(*tests));
	for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		int status, left;

		number++;
		if (!chosen(tests[i].name, argc, argv)) {
			printf("ok %d %s # SKIP not chosen\n", number, tests[i].name);
			continue;
		}
		status = run(tests[i].run);
		left = sweep();
		if (WIFSIGNALED(status))
			printf("# %s\n", WTERMSIG(status) == SIGALRM ? "took too long" : strsignal(WTERMSIG(status)));
		if (left)
			printf("# %d processes were left\n", left);
		if (WIFEXITED(status) && WEXITSTATUS(status) == 77 && !left) {
			printf("ok %d %s # SKIP not possible here\n", number, tests[i].name);
			continue;
		}
		failed += status || left;
		printf("%sok %d %s\n", status || left ? "not " : "", number, tests[i].name);
	}
	return failed != 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a traced execve costs: the same loop of fork, execve and wait alone, with examples/hello.bpf.c on the user engine (the tree is
 * traced), and with it on the kernel (where bpf(2) is allowed). The rounds take turns, so that noise falls on all alike.
 *
 * Usage: bench-execve SKEP HELLO; the loop itself is `bench-execve --loop N`, which prints ns per execve on stderr.
 */
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

#define ROUNDS 5
#define EXECS 200

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static int loop(int n)
{
	const char *argv[] = {"/bin/true", NULL};
	double start = now_ns();

	for (int i = 0; i < n; i++) {
		pid_t pid;

		if (posix_spawn(&pid, argv[0], NULL, NULL, (char *const *)argv, environ) || waitpid(pid, NULL, 0) != pid)
			return 1;
	}
	fprintf(stderr, "%.0f\n", (now_ns() - start) / n);
	return 0;
}

/* Run a command with its output thrown away; the number that the loop in it wrote to stderr, or 0 when it failed. */
static double run(const char *const *argv)
{
	posix_spawn_file_actions_t fa;
	char text[4096] = "";
	size_t got = 0;
	int err[2], status;
	double ns = 0;
	ssize_t n;
	pid_t pid;

	if (pipe(err))
		return 0;
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 1, "/dev/null", 1, 0);
	posix_spawn_file_actions_adddup2(&fa, err[1], 2);
	posix_spawn_file_actions_addclose(&fa, err[0]);
	posix_spawn_file_actions_addclose(&fa, err[1]);
	status = posix_spawn(&pid, argv[0], &fa, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	close(err[1]);
	while (!status && got < sizeof(text) - 1 && (n = read(err[0], text + got, sizeof(text) - 1 - got)) > 0)
		got += (size_t)n;
	close(err[0]);
	if (status || waitpid(pid, &status, 0) != pid || status)
		return 0;
	sscanf(text, "%lf", &ns);
	return ns;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

struct variant {
	const char *name;
	const char *argv[12];
	double ns[ROUNDS];
	bool failed;
};

int main(int argc, char **argv)
{
	char self[4096], execs[16];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	double alone;

	if (argc == 3 && !strcmp(argv[1], "--loop"))
		return loop((int)strtol(argv[2], NULL, 10));
	if (argc != 3 || n < 0) {
		fprintf(stderr, "usage: bench-execve SKEP HELLO\n");
		return 2;
	}
	self[n] = '\0';
	snprintf(execs, sizeof(execs), "%d", EXECS);
	struct variant variants[] = {
		{"alone", {self, "--loop", execs}, {0}, false},
		{"skep run, user engine", {argv[1], "run", argv[2], "--quiet", "--", self, "--loop", execs}, {0}, false},
		{"skep run, kernel", {argv[1], "--engine", "kernel", "run", argv[2], "--quiet", "--", self, "--loop", execs}, {0}, false},
	};

	for (int r = 0; r < ROUNDS; r++)
		for (size_t v = 0; v < sizeof(variants) / sizeof(*variants); v++)
			if (!variants[v].failed && !(variants[v].ns[r] = run(variants[v].argv)))
				variants[v].failed = true;
	printf("%-28s %12s %12s %8s\n", "fork + execve + exit + wait", "ns", "added ns", "ratio");
	for (size_t v = 0; v < sizeof(variants) / sizeof(*variants); v++) {
		struct variant *x = &variants[v];

		if (x->failed) {
			printf("%-28s %12s\n", x->name, v == 2 ? "not here (bpf(2) is refused)" : "failed");
			if (v < 2)
				return 1;
			continue;
		}
		qsort(x->ns, ROUNDS, sizeof(*x->ns), by_value);
		alone = variants[0].ns[ROUNDS / 2];
		printf("%-28s %12.0f %12.0f %8.2f\n", x->name, x->ns[ROUNDS / 2], x->ns[ROUNDS / 2] - alone, x->ns[ROUNDS / 2] / alone);
	}
	return 0;
}

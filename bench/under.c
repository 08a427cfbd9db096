/* SPDX-License-Identifier: BSD-2-Clause */
#include "bench/under.h"

#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

double bench_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
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

int under_run(const char *title, struct variant *variants, size_t n)
{
	for (int r = 0; r < UNDER_ROUNDS; r++)
		for (size_t v = 0; v < n; v++)
			if (!variants[v].failed && !(variants[v].ns[r] = run(variants[v].argv)))
				variants[v].failed = true;
	printf("%-36s %12s %12s %8s\n", title, "ns", "added ns", "ratio");
	for (size_t v = 0; v < n; v++) {
		struct variant *x = &variants[v];
		double alone, median;

		if (x->failed) {
			printf("%-36s %12s\n", x->name, x->may_fail ? "not here (bpf(2) is refused)" : "failed");
			if (!x->may_fail)
				return 1;
			continue;
		}
		qsort(x->ns, UNDER_ROUNDS, sizeof(*x->ns), by_value);
		alone = variants[0].ns[UNDER_ROUNDS / 2];
		median = x->ns[UNDER_ROUNDS / 2];
		printf("%-36s %12.0f %12.0f %8.2f\n", x->name, median, median - alone, median / alone);
	}
	return 0;
}

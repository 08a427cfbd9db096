/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a traced execve costs: the same loop of fork, execve and wait alone, with examples/hello.bpf.c on the user engine (the tree is
 * traced), and with it on the kernel (where bpf(2) is allowed).
 *
 * Usage: bench-execve SKEP HELLO; the loop itself is `bench-execve --loop N`, which prints ns per execve on stderr.
 */
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/under.h"

extern char **environ;

#define EXECS "200"

static int loop(int n)
{
	const char *argv[] = {"/bin/true", NULL};
	double start = bench_now_ns();

	for (int i = 0; i < n; i++) {
		pid_t pid;

		if (posix_spawn(&pid, argv[0], NULL, NULL, (char *const *)argv, environ) || waitpid(pid, NULL, 0) != pid)
			return 1;
	}
	fprintf(stderr, "%.0f\n", (bench_now_ns() - start) / n);
	return 0;
}

int main(int argc, char **argv)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (argc == 3 && !strcmp(argv[1], "--loop"))
		return loop((int)strtol(argv[2], NULL, 10));
	if (argc != 3 || n < 0) {
		fprintf(stderr, "usage: bench-execve SKEP HELLO\n");
		return 2;
	}
	self[n] = '\0';
	struct variant variants[] = {
		{"alone", {self, "--loop", EXECS}},
		{"skep run, user engine", {argv[1], "run", argv[2], "--quiet", "--", self, "--loop", EXECS}},
		{"skep run, kernel", {argv[1], "--engine", "kernel", "run", argv[2], "--quiet", "--", self, "--loop", EXECS}, true},
	};

	return under_run("fork + execve + exit + wait", variants, sizeof(variants) / sizeof(*variants));
}

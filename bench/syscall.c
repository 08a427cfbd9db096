/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a traced system call costs: the same loop of getppid(2), and of openat(2), alone; with a program on another call only (the filter must
 * let it run at full speed); with one on its entry; with one on entry and exit; on the user engine and on the kernel.
 *
 * Usage: bench-syscall SKEP; the loop itself is `bench-syscall --loop CALL N`, which prints ns per call on stderr.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench/under.h"

#define FEW "5000"
#define MANY "300000"

static int loop(const char *call, int n)
{
	bool open_it = !strcmp(call, "openat");
	double start = bench_now_ns();

	for (int i = 0; i < n; i++)
		if (open_it)
			syscall(SYS_openat, AT_FDCWD, "/skep-bench/none", O_RDONLY);
		else
			syscall(SYS_getppid);
	fprintf(stderr, "%.1f\n", (bench_now_ns() - start) / n);
	return 0;
}

/* A source with an empty program on each of the events, which are separated by blanks. */
static void write_source(const char *path, const char *events, const char *call)
{
	FILE *f = fopen(path, "w");
	char name[32];
	int used;

	if (!f)
		return;
	fprintf(f, "#include \"vmlinux.h\"\n#include <bpf/bpf_helpers.h>\n");
	for (int i = 0; sscanf(events, "%31s%n", name, &used) == 1; events += used, i++)
		fprintf(f, "SEC(\"tp/syscalls/%s%s\") int p%d(void *ctx) { return 0; }\n", name, name[strlen(name) - 1] == '_' ? call : "", i);
	fprintf(f, "char LICENSE[] SEC(\"license\") = \"GPL\";\n");
	fclose(f);
}

static int compare(const char *skep, const char *self, const char *dir, const char *call)
{
	char other[4096], enter[4096], both[4096];
	int status;

	snprintf(other, sizeof(other), "%s/other.bpf.c", dir);
	snprintf(enter, sizeof(enter), "%s/enter.bpf.c", dir);
	snprintf(both, sizeof(both), "%s/both.bpf.c", dir);
	write_source(other, "sys_enter_pivot_root", "");
	write_source(enter, "sys_enter_", call);
	write_source(both, "sys_enter_ sys_exit_", call);
#define LOOP(n) "--quiet", "--", self, "--loop", call, n
	struct variant variants[] = {
		{"alone", {self, "--loop", call, MANY}},
		{"user engine, another call", {skep, "run", other, LOOP(MANY)}},
		{"user engine, entry", {skep, "run", enter, LOOP(FEW)}},
		{"user engine, entry and exit", {skep, "run", both, LOOP(FEW)}},
		{"kernel, another call", {skep, "--engine", "kernel", "run", other, LOOP(MANY)}, true},
		{"kernel, entry", {skep, "--engine", "kernel", "run", enter, LOOP(MANY)}, true},
		{"kernel, entry and exit", {skep, "--engine", "kernel", "run", both, LOOP(MANY)}, true},
	};

	status = under_run(call, variants, sizeof(variants) / sizeof(*variants));
	unlink(other);
	unlink(enter);
	unlink(both);
	return status;
}

int main(int argc, char **argv)
{
	char self[4096], dir[] = "/tmp/skep-bench-XXXXXX";
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int status;

	if (argc == 4 && !strcmp(argv[1], "--loop"))
		return loop(argv[2], (int)strtol(argv[3], NULL, 10));
	if (argc != 2 || n < 0) {
		fprintf(stderr, "usage: bench-syscall SKEP\n");
		return 2;
	}
	self[n] = '\0';
	if (!mkdtemp(dir))
		return 1;
	status = compare(argv[1], self, dir, "getppid") | compare(argv[1], self, dir, "openat");
	rmdir(dir);
	return status;
}

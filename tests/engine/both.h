/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One test text, both engines. A case is a function that talks to bpf(2) through T_bpf() and friends; it runs once on the
 * kernel, once on a fresh engine of ours, and once on another over a socket (common/wire.h). What it sees is compared in two ways:
 *  - T_IS(t, value, expected): a fact that must hold on both;
 *  - T_NOTE(t, fmt, ...): an observation, whatever it is; the runs must make the same observations in the same order.
 * Where the kernel refuses us (no CAP_BPF), the kernel half is left out, the program says so and exits with 77 (skipped) if
 * all else passed.
 */
#ifndef SKEP_TESTS_BOTH_H
#define SKEP_TESTS_BOTH_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/btf.h>
#include <linux/perf_event.h>
#include <skep/door.h>
#include <skep/engine.h>

#include "common/uapi/bpf.h"
#include "common/util/strbuf.h"
#include "common/util/util.h"

struct both {
	struct skep_engine *engine; /* NULL: the kernel's turn */
	struct skep_door *door;     /* the engine's turn, over a socket */
	const char *name;           /* of the case */
	struct strbuf notes;
	bool skipped; /* set by a case that says nothing on the engine whose turn it is */
	int failures;
};

typedef void (*both_fn)(struct both *t);
struct both_case {
	const char *name;
	both_fn fn;
};
#define BOTH(fn) {#fn, fn}

/* The system calls, on whichever engine has its turn. Errors are -errno. */
int T_bpf(struct both *t, int cmd, union bpf_attr *attr, unsigned int size);
int T_perf_event_open(struct both *t, struct perf_event_attr *attr, pid_t pid, int cpu, int group, unsigned long flags);
int T_ioctl(struct both *t, int fd, unsigned long request, unsigned long arg);
void *T_mmap(struct both *t, size_t length, int prot, int flags, int fd, off_t offset); /* NULL with errno */
int T_open(struct both *t, const char *path);
int T_nr_cpus(void); /* possible CPUs, which both engines have */

#define T_NOTE(t, ...) both_note(t, __FILE__, __LINE__, __VA_ARGS__)
#define T_IS(t, value, expected) both_is(t, __FILE__, __LINE__, #value, (long long)(value), (long long)(expected))
#define T_TRUE(t, cond) both_is(t, __FILE__, __LINE__, #cond, !!(cond), 1)
/* A descriptor (closed; noted as "fd"), or the error that came instead. */
#define T_NOTE_FD(t, label, ret) both_note_fd(t, __FILE__, __LINE__, label, ret)

void both_note(struct both *t, const char *file, int line, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void both_note_fd(struct both *t, const char *file, int line, const char *label, int ret);
bool both_is(struct both *t, const char *file, int line, const char *what, long long value, long long expected);

/* Maps: sizes and flags as given; a descriptor or -errno. */
int T_map(struct both *t, u32 type, u32 key, u32 value, u32 entries, u32 flags);
int T_lookup(struct both *t, int map, const void *key, void *value, u64 flags);
int T_update(struct both *t, int map, const void *key, const void *value, u64 flags);
int T_delete(struct both *t, int map, const void *key);
int T_next_key(struct both *t, int map, const void *key, void *next);
/* A program of those instructions, licence GPL; a descriptor or -errno. log may be NULL. */
int T_prog(struct both *t, u32 type, const struct bpf_insn *insns, u32 n, char *log, u32 log_size);
int T_info(struct both *t, int fd, void *info, u32 size);

/* Run the cases (those whose name contains argv[1], if there is one); the program's exit status. */
int both_main(const struct both_case *cases, size_t n, int argc, char **argv);

#endif

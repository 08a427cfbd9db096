/* SPDX-License-Identifier: BSD-2-Clause */
/* The two verifiers that tests ask: the kernel's and ours, each behind a door, with what every test needs of bpf(2). */
#ifndef SKEP_TESTS_SIDES_H
#define SKEP_TESTS_SIDES_H

#include <skep/door.h>
#include <skep/engine.h>
#include <stdbool.h>

#include "common/uapi/bpf.h"
#include "common/util/util.h"

struct side {
	const char *name;	    /* "kernel", "user" */
	struct skep_door *door;	    /* NULL: not available */
	struct skep_engine *engine; /* of the user side */
};

/* The kernel, unless bpf(2) is not allowed here: door is NULL then, and stderr says so. */
void side_open_kernel(struct side *side);
/* A fresh engine; exits when there is none. */
void side_open_user(struct side *side);
void side_close(struct side *side);

/* A program to load, with the log that came of it. */
struct load {
	u32 type;
	u32 attach_type;
	u32 flags;
	const char *license; /* NULL: GPL */
	const struct bpf_insn *insns;
	u32 insn_cnt;
	u32 log_level;
	char *log; /* log_size bytes, or NULL */
	u32 log_size;
	const int *fd_array;
	int btf_fd;
	const void *func_info, *line_info;
	u32 func_info_cnt, line_info_cnt;
	u32 attach_btf_id;
	int attach_prog_fd;
};

/* All of these return a descriptor or -errno, or 0 or -errno. */
int side_load(const struct side *side, const struct load *load);
int side_map(const struct side *side, u32 type, u32 key, u32 value, u32 entries, u32 flags, int inner_fd);
int side_update(const struct side *side, int map, const void *key, const void *value);
int side_btf(const struct side *side, const void *data, u32 size);
int side_test_run(const struct side *side, int prog, const void *data, u32 size, u32 *retval);

/* The log without what differs by nature between engines or runs: the statistics at the end, addresses. In place. */
void log_normalise(char *log);
/* "EACCES" of 13; or the number. */
const char *errno_name(int err);
/* The number of a name; -1: none. */
int errno_of(const char *name);

#endif

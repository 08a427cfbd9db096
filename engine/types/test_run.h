/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_PROG_TEST_RUN: what the types that have it share. Rules and errnos are the kernel's
 * (Documentation/bpf/bpf_prog_run.rst, and as it answers): data_out is cut to data_size_out with -ENOSPC, data_size_out
 * then says how much there was; the same for contexts, which are only given back when the data fitted.
 */
#ifndef SKEP_TYPES_TEST_RUN_H
#define SKEP_TYPES_TEST_RUN_H

#include "engine/object/prog.h"
#include "engine/run.h"

struct caller;

#define TEST_FRAME_SIZE 4096 /* a page holds headroom, data and what the kernel keeps behind it */
#define TEST_TAIL_RESERVE 320
#define TEST_FRAGS_MAX 17

/* The packet as it left the program: a linear part, and for frames larger than a page a rest. */
struct test_output {
	const void *data;
	u32 len;
	const void *frags;
	u32 frags_len;
};

struct test_result {
	u32 retval;
	u32 duration; /* ns a run, on average */
};

/* Take over the caller's context (at most max bytes; what is longer must be zero): 1, 0 when neither ctx_in nor ctx_out
 * is given, -E2BIG, -EFAULT. */
int test_ctx_in(struct caller *caller, const union bpf_attr *attr, void *ctx, u32 max);
/* Give it back, if the caller wants it: 0, -ENOSPC, -EFAULT. */
int test_ctx_out(struct caller *caller, const union bpf_attr *attr, union bpf_attr *uattr, const void *ctx, u32 size);
/* Run max(repeat, 1) times on a context that what is left of the last run is in. */
struct test_result test_repeat(struct bpf_prog *prog, const void *ctx, struct run_ctx *run, u32 repeat);
/* Write data_out, data_size_out, retval and duration: 0, -ENOSPC, -EFAULT. */
int test_finish(struct caller *caller, const union bpf_attr *attr, union bpf_attr *uattr, const struct test_output *out,
		const struct test_result *result);
int test_put_retval(struct caller *caller, union bpf_attr *uattr, u32 retval);

/* The devices that contexts may name: loopback, which every engine has, and those of skep_device_add. */
#define TEST_LOOPBACK_IFINDEX 1
bool test_device_exists(const struct skep_engine *engine, u32 ifindex);

#endif

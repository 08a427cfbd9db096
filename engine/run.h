/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The context of a running program: what helpers ask about "current". One per nesting level, in thread-local storage; a
 * hook fills in what it knows and calls prog_run().
 */
#ifndef SKEP_RUN_H
#define SKEP_RUN_H

#include <skep/hook.h>

#include "engine/object/prog.h"

struct skep_engine;

struct run_ctx {
	struct skep_engine *engine;
	const struct bpf_prog *prog;
	struct skep_task *task;       /* current; NULL: the thread itself (the engine's idle task stands for it) */
	const struct skep_regs *regs; /* of the task, or NULL */
	u32 cpu;                      /* slot held for the run */
	u64 bpf_cookie;
	u64 attach_func_ip;
	void *packet;                 /* struct xdp_frame_ctx, sk_buff model, … of packet hooks */
	struct run_ctx *outer;
};

/* The innermost context of this thread, or NULL. */
extern __thread struct run_ctx *run_current;

/* Take a CPU slot (run->cpu), count recursion, run the program on ctx, account run time when statistics are on; r0. */
u64 prog_run(struct bpf_prog *prog, const void *ctx, struct run_ctx *run);

#endif

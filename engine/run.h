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
	u64 stack_lo, stack_hi;       /* the program's stack, which it may read by address; set by the interpreter */
	struct run_ctx *outer;
};

/* The innermost context of this thread, or NULL. */
extern __thread struct run_ctx *run_current __attribute__((tls_model("initial-exec")));

/* Take a CPU slot (run->cpu), count recursion, run the program on ctx, account run time when statistics are on; r0. */
u64 prog_run(struct bpf_prog *prog, const void *ctx, struct run_ctx *run);
/* The same between run_enter and run_leave. A program that runs on this CPU already is not run again: 0, and counted. */
u64 prog_run_entered(struct bpf_prog *prog, const void *ctx, struct run_ctx *run);

/*
 * The parts of prog_run, for who runs a program many times in a row (TEST_RUN): run_enter takes a CPU slot (that of the
 * enclosing run of this engine, if there is one) and makes run current; run_leave undoes both. Between them nothing that the program can
 * reach is freed.
 */
void run_enter(struct skep_engine *engine, struct run_ctx *run);
/* On that CPU slot (less than nr_cpus), when it is free; within another run of this engine, on that one's. */
void run_enter_on(struct skep_engine *engine, struct run_ctx *run, u32 cpu);
void run_leave(struct run_ctx *run);

/*
 * Put something off until the outermost run of this thread has ended: telling the readers of a buffer that something came costs
 * more than most programs, and would hand the CPU to a reader while the program holds a CPU slot.
 */
enum run_later { RUN_NOW, RUN_LATER, RUN_LATER_ALREADY };
/* RUN_NOW: there is no run (or too much is put off): the caller does it. RUN_LATER: fn(arg) will be called.
 * RUN_LATER_ALREADY: the same fn and arg are put off already, and will be called once. */
enum run_later run_later(void (*fn)(void *arg), void *arg);

/*
 * Wait until every run that is under way in the engine has ended: what was unlinked before can then be freed. Not from within
 * a run, nor with a lock held that a program may want.
 */
void run_synchronize(struct skep_engine *engine);

/* CPU slots of an engine (engine->cpus), whose nr_cpus is set. 0 or -ENOMEM. */
int run_init(struct skep_engine *engine);
void run_exit(struct skep_engine *engine);

/* A CPU slot: whoever holds it (entered is odd) may use the rest without locks. */
struct cpu_slot {
	atomic_uint entered; /* counts entries and exits */
	u32 prandom[4];      /* bpf_get_prandom_u32 */
	char pad[108];
};

#endif

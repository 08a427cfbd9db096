/* SPDX-License-Identifier: BSD-2-Clause */
/* One run of a program: recursion, statistics, the interpreter. */
#include <time.h>

#include "engine/engine.h"
#include "engine/interp/interp.h"
#include "engine/run.h"

static u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

/* Whether the program runs on this CPU already, beneath. */
static bool recurses(const struct bpf_prog *prog, const struct run_ctx *run)
{
	for (const struct run_ctx *outer = run->outer; outer; outer = outer->outer)
		if (outer->prog == prog)
			return true;
	return false;
}

u64 prog_run_entered(struct bpf_prog *prog, const void *ctx, struct run_ctx *run)
{
	u64 start, r0;

	if (unlikely(run->outer && recurses(prog, run))) {
		atomic_fetch_add_explicit(&prog->recursion_misses, 1, memory_order_relaxed);
		return 0;
	}
	run->prog = prog;
	if (likely(!atomic_load_explicit(&run->engine->stats_enabled, memory_order_relaxed)))
		return interp_run(prog->code, ctx);
	start = now_ns();
	r0 = interp_run(prog->code, ctx);
	atomic_fetch_add_explicit(&prog->run_time_ns, now_ns() - start, memory_order_relaxed);
	atomic_fetch_add_explicit(&prog->run_cnt, 1, memory_order_relaxed);
	return r0;
}

u64 prog_run(struct bpf_prog *prog, const void *ctx, struct run_ctx *run)
{
	u64 r0;

	run_enter(prog->obj.engine, run);
	r0 = prog_run_entered(prog, ctx, run);
	run_leave(run);
	return r0;
}

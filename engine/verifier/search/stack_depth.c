/* SPDX-License-Identifier: BSD-2-Clause */
/* The stack of all frames together: the deepest chain of calls must fit. */
#include <errno.h>
#include <stdlib.h>

#include "engine/verifier/search/search.h"

#define TAIL_CALL_STACK_MAX 256 /* so that 33 tail calls from functions stay bounded */

struct call_frame {
	u32 subprog;
	u32 insn;  /* where to go on */
	u32 depth; /* bytes, this frame included */
};

/*
 * Programs that trace have a stack of their own for each function that needs more than a little, so that only the frame limit
 * counts: they run on top of stacks that others left little of. Functions with tail calls share, as all do elsewhere.
 */
#define OWN_STACK_MIN 64

static bool type_has_own_stacks(enum bpf_prog_type type)
{
	switch ((int)type) {
	case BPF_PROG_TYPE_KPROBE:
	case BPF_PROG_TYPE_TRACEPOINT:
	case BPF_PROG_TYPE_PERF_EVENT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_TRACING:
		return true;
	default:
		return false;
	}
}

static u32 frame_size(const struct bpf_subprog *sub)
{
	return (u32)round_up_u64(max_of(sub->stack_depth, 1U), 16);
}

/* By subprog and frame number: one more than the depth that was found to fit, or 0. Without it, chains of calls could be beyond counting. */
typedef u16 known_good[FRAMES_MAX];

/* Bytes that the function adds to the stack that all share. */
static u32 shared_size(const struct verifier_env *env, const struct bpf_subprog *sub)
{
	u32 size = frame_size(sub);

	if (type_has_own_stacks(env->prog->type) && !env->prog->tail_calls && size >= OWN_STACK_MIN)
		return 0;
	return size;
}

static int check_from(struct verifier_env *env, u32 start, known_good *good)
{
	struct call_frame chain[FRAMES_MAX];
	u32 top = 0;

	chain[0] = (struct call_frame){start, env->prog->subprogs[start].start, shared_size(env, &env->prog->subprogs[start])};
	for (;;) {
		struct call_frame *f = &chain[top];
		const struct bpf_subprog *sub = &env->prog->subprogs[f->subprog];
		u32 callee;

		if (f->depth > STACK_MAX)
			return reject(env, STACK_TOO_DEEP, top + 1, f->depth);
		while (f->insn < sub->end && !insn_is_local_call(&env->insns[f->insn]) && !insn_is_func_ref(&env->insns[f->insn]))
			f->insn++;
		if (f->insn == sub->end) {
			good[f->subprog][top] = (u16)(f->depth + 1);
			if (!top)
				return 0;
			top--;
			continue;
		}
		callee = env->aux[f->insn++].subprog;
		if (sub->has_tail_call && top && f->depth >= TAIL_CALL_STACK_MAX)
			return reject(env, TAIL_CALL_STACK, f->depth);
		if (top + 1 == FRAMES_MAX)
			return reject(env, CALLS_TOO_DEEP, top + 1);
		chain[top + 1] = (struct call_frame){callee, env->prog->subprogs[callee].start,
						     f->depth + shared_size(env, &env->prog->subprogs[callee])};
		if (env->prog->subprogs[callee].has_tail_call && f->depth >= TAIL_CALL_STACK_MAX)
			return reject(env, TAIL_CALL_STACK, f->depth);
		/* 0 is depth, too: remembered depths are one more. */
		if (good[callee][top + 1] <= chain[top + 1].depth)
			top++;
	}
}

int stack_depth_check(struct verifier_env *env)
{
	known_good *good = calloc(env->prog->subprog_cnt, sizeof(*good));
	int err = good ? check_from(env, 0, good) : -ENOMEM;

	free(good);
	return err;
}

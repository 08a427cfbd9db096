/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers that enter functions of the program. The function's body is queued as a path of its own that comes back to the call,
 * where it may be entered again; beside it the path goes on as if it had not been entered (any more). */
#include <errno.h>

#include "engine/maps/map.h"
#include "engine/verifier/rules/helper.h"

int push_callback(struct verifier_env *env, u32 subprog, callee_setup setup)
{
	struct frame *caller = env_frame(env);
	struct verifier_state *state;
	int err = subprog_args_check(env, subprog);

	if (err == -EFAULT || err == -ENOMEM)
		return err;
	env->prog->subprogs[subprog].is_cb = true;
	env_aux(env)->callback_calls = true;
	state = env->search_ops->push_branch(env, env->prog->subprogs[subprog].start);
	if (!state)
		return env->push_err;
	err = enter_function(env, state, subprog, (u32)env->insn_idx, setup);
	if (err)
		return err;
	state->callback_unroll_depth++;
	state->frame[state->curframe - 1]->callback_depth++;
	caller->callback_depth = 0;
	return 0;
}

static void is_callback(struct frame *callee, s32 ret_min, s32 ret_max)
{
	callee->in_callback = true;
	callee->callback_ret_min = ret_min;
	callee->callback_ret_max = ret_max;
}

/* u64 fn(u32 index, void *ctx) of bpf_loop(nr, fn, ctx, flags) */
static int setup_loop(struct verifier_env *env, const struct frame *caller, struct frame *callee, u32 insn_idx)
{
	(void)env;
	(void)insn_idx;
	reg_set_unknown(&callee->regs[BPF_REG_1]);
	callee->regs[BPF_REG_2] = caller->regs[BPF_REG_3];
	is_callback(callee, 0, 1);
	return 0;
}

/* u64 fn(map, key, value, ctx) of bpf_for_each_map_elem(map, fn, ctx, flags) */
static int setup_for_each(struct verifier_env *env, const struct frame *caller, struct frame *callee, u32 insn_idx)
{
	const struct bpf_map *map = caller->regs[BPF_REG_1].map;

	(void)env;
	(void)insn_idx;
	callee->regs[BPF_REG_1] = caller->regs[BPF_REG_1];
	reg_set_pointer(&callee->regs[BPF_REG_2], PTR_TO_MAP_KEY);
	callee->regs[BPF_REG_2].map = map;
	reg_set_pointer(&callee->regs[BPF_REG_3], PTR_TO_MAP_VALUE);
	callee->regs[BPF_REG_3].map = map;
	callee->regs[BPF_REG_4] = caller->regs[BPF_REG_3];
	is_callback(callee, 0, 1);
	return 0;
}

static bool can_iterate(const struct bpf_map *map)
{
	return map->ops->for_each;
}

static int for_each(struct verifier_env *env, struct helper_call *call)
{
	if (!call->map || !can_iterate(call->map))
		return reject(env, FOR_EACH_MAP);
	return push_callback(env, call->subprog, setup_for_each);
}

/* A loop with one callback and without flags could be compiled in line: that the flags are 0 is relied on. */
static int note_plain_loop(struct verifier_env *env, const struct helper_call *call)
{
	struct insn_aux *aux = env_aux(env);
	bool zero = reg_is_null(env_reg(env, BPF_REG_4));
	int err = 0;

	if (aux->loop_seen && !aux->loop_plain)
		return 0;
	if (zero)
		err = env_mark_precise(env, BPF_REG_4);
	aux->loop_plain = zero && (!aux->loop_seen || aux->subprog == call->subprog);
	aux->loop_seen = true;
	aux->subprog = call->subprog;
	return err;
}

static int loop(struct verifier_env *env, struct helper_call *call)
{
	struct frame *frame = env_frame(env);
	int err = note_plain_loop(env, call);

	if (!err)
		err = env_mark_precise(env, BPF_REG_1);
	if (err)
		return err;
	if (frame->callback_depth < frame->regs[BPF_REG_1].val.r.umax)
		return push_callback(env, call->subprog, setup_loop);
	frame->callback_depth = 0;
	if (log_wants(env->log, LOG_LEVEL2))
		explain(env, "frame%u bpf_loop iteration limit reached\n", env->cur->curframe);
	return 0;
}

int helper_callbacks(struct verifier_env *env, struct helper_call *call)
{
	bool enters = false;

	switch (call->id) {
	case BPF_FUNC_for_each_map_elem:
		return for_each(env, call);
	case BPF_FUNC_loop:
		return loop(env, call);
	default:
		for (u32 i = 0; i < FUNC_ARGS_MAX; i++)
			enters |= base_type(call->proto->arg_type[i]) == ARG_PTR_TO_FUNC;
		return enters ? reject(env, CALLBACK_HELPER, call->name, call->id) : 0;
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of the program's own functions: static ones are walked into, global ones are taken by their BTF prototypes. */
#include <errno.h>

#include "engine/verifier/rules/rules.h"

int enter_function(struct verifier_env *env, struct verifier_state *state, u32 subprog, u32 insn_idx, callee_setup setup)
{
	struct frame *caller = state_frame(state), *callee;
	int err;

	if (state->curframe + 1 >= FRAMES_MAX)
		return reject(env, CALL_DEPTH, state->curframe + 2);
	callee = frame_new((s32)insn_idx, state->curframe + 1, subprog);
	if (!callee)
		return -ENOMEM;
	state->frame[state->curframe + 1] = callee;
	err = setup(env, caller, callee, insn_idx);
	if (err)
		return err;
	state->curframe++;
	env_dirty_all(env);
	return 0;
}

static int setup_call(struct verifier_env *env, const struct frame *caller, struct frame *callee, u32 insn_idx)
{
	(void)env;
	(void)insn_idx;
	for (u32 i = BPF_REG_1; i <= BPF_REG_5; i++)
		callee->regs[i] = caller->regs[i];
	return 0;
}

static int call_global(struct verifier_env *env, u32 subprog, int args_err)
{
	const char *name = env_subprog_name(env, subprog);
	struct frame *frame = env_frame(env);

	if (env->cur->active_locks)
		return reject(env, GLOBAL_IN_LOCK);
	if (env->subprogs[subprog].might_sleep &&
	    (env->cur->active_rcu_lock || env->cur->active_preempt_locks || !env->cur->in_sleepable))
		return reject(env, GLOBAL_SLEEPS);
	if (args_err) {
		reject(env, GLOBAL_ARGS, subprog, name);
		return args_err;
	}
	if (log_wants(env->log, LOG_LEVELS))
		explain(env, "Func#%u ('%s') is global and assumed valid.\n", subprog, name);
	if (env->subprogs[subprog].changes_packet)
		packet_pointers_forget(env);
	env->subprogs[subprog].called = true;
	caller_saved_forget(env, frame);
	reg_set_unknown(&frame->regs[BPF_REG_0]);
	env->insn_idx++;
	return 0;
}

static void log_call(struct verifier_env *env)
{
	if (!log_wants(env->log, LOG_LEVELS))
		return;
	explain(env, "caller:\n");
	env_log_state(env, env->cur, env->cur->curframe - 1, true);
	explain(env, "callee:\n");
	env_log_state(env, env->cur, env->cur->curframe, true);
}

int call_subprog(struct verifier_env *env, const struct bpf_insn *insn)
{
	s32 subprog = env_subprog_at(env, (u32)(env->insn_idx + insn->imm + 1));
	struct frame *caller = env_frame(env);
	int err, args;

	if (subprog < 0)
		return reject(env, NO_SUBPROG, env->insn_idx + insn->imm + 1);
	args = subprog_args_check(env, (u32)subprog);
	if (args == -EFAULT || args == -ENOMEM)
		return args;
	if (env->prog->subprogs[subprog].is_global)
		return call_global(env, (u32)subprog, args);
	err = enter_function(env, env->cur, (u32)subprog, (u32)env->insn_idx, setup_call);
	if (err)
		return err;
	caller_saved_forget(env, caller);
	env->insn_idx = (s32)env->prog->subprogs[subprog].start;
	err = env->search_ops->stack_calls_changed(env, false);
	if (!err)
		log_call(env);
	return err;
}

static void log_return(struct verifier_env *env, const struct frame *callee, s32 to)
{
	if (!log_wants(env->log, LOG_LEVELS))
		return;
	explain(env, "returning from callee:\n");
	env_log_state(env, env->cur, callee->frameno, true);
	explain(env, "to caller at %d:\n", to);
	env_log_state(env, env->cur, callee->frameno - 1, true);
}

/* A callback's result decides whether its helper calls it again. */
static int check_callback_result(struct verifier_env *env, const struct frame *callee, const struct bpf_reg *r0)
{
	struct bpf_retval_range range = {callee->callback_ret_min, callee->callback_ret_max};
	int err;

	if (r0->type != SCALAR_VALUE)
		return reject(env, CALLBACK_RESULT);
	err = env_mark_precise(env, BPF_REG_0);
	if (!err && !retval_within(range, r0))
		err = reject_retval(env, r0, range, "At callback return", "R0");
	return err;
}

/* Back at the call that enters the callback: numbers that differ between two visits become unknown there, unless they decided
 * something, so that the visits converge. */
static void widen(const struct bpf_reg *old, struct bpf_reg *cur)
{
	if (old->type != SCALAR_VALUE || cur->type != SCALAR_VALUE || old->precise || cur->precise)
		return;
	if (scalar_eq(old->val, cur->val) && old->off == cur->off && !old->id == !cur->id)
		return;
	reg_set_unknown(cur);
}

void widen_imprecise(const struct verifier_state *old, struct verifier_state *cur)
{
	for (u32 f = 0; f <= cur->curframe; f++) {
		const struct frame *o = old->frame[f];
		struct frame *c = cur->frame[f];

		for (u32 i = 0; i < REG_MAX; i++)
			widen(&o->regs[i], &c->regs[i]);
		for (u32 i = 0; i < min_of(o->slots, c->slots); i++)
			if (slot_is_spilled_scalar(&o->stack[i]) && slot_is_spilled_scalar(&c->stack[i]))
				widen(&o->stack[i].reg, &c->stack[i].reg);
	}
}

int function_ends_early(struct verifier_env *env, bool zero)
{
	struct bpf_reg *r0 = env_reg(env, BPF_REG_0);
	int err;

	if (!env->search_ops->push_branch(env, (u32)env->insn_idx + 1))
		return env->push_err;
	if (zero) {
		reg_set_const(r0, 0);
	} else {
		packet_pointers_forget(env);
		reg_set_unknown(r0);
	}
	err = return_from_function(env);
	return err ? err : STEP_RETURNED;
}

int return_from_function(struct verifier_env *env)
{
	struct verifier_state *state = env->cur;
	struct frame *callee = env_frame(env), *caller = state->frame[state->curframe - 1];
	struct bpf_reg *r0 = &callee->regs[BPF_REG_0];
	bool callback = callee->in_callback;
	const struct verifier_state *prev;
	s32 to = callee->callsite + !callback;
	int err;

	err = env->search_ops->stack_calls_changed(env, true);
	if (err)
		return err;
	if (r0->type == PTR_TO_STACK)
		return reject(env, RETURN_STACK_PTR);
	if (callback) {
		err = check_callback_result(env, callee, r0);
		if (err)
			return err;
	} else {
		caller->regs[BPF_REG_0] = *r0;
	}
	log_return(env, callee, to);
	frame_free(callee);
	state->frame[state->curframe--] = NULL;
	env->insn_idx = to;
	if (callback) {
		prev = env->search_ops->previous_visit(env, state, (u32)to);
		if (prev)
			widen_imprecise(prev, state);
	}
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Walk every path of a function, depth first. */
#include <errno.h>
#include <stdlib.h>

#include "engine/verifier/rules/rules.h"
#include "engine/verifier/search/search.h"

static struct verifier_state *push_branch(struct verifier_env *env, u32 insn_idx)
{
	struct search *search = env->search;
	struct branch *b;

	env->push_err = -ENOMEM;
	b = calloc(1, sizeof(*b));
	if (!b)
		return NULL;
	b->state = state_new();
	if (!b->state || state_copy(b->state, env->cur)) {
		state_free(b->state);
		free(b);
		return NULL;
	}
	b->insn_idx = (s32)insn_idx;
	b->prev_insn_idx = env->insn_idx;
	b->log_pos = env->log->end_pos;
	b->next = search->stack;
	search->stack = b;
	search->stack_size++;
	if (b->state->parent)
		b->state->parent->branches++;
	if (search->stack_size > COMPLEXITY_LIMIT_JMPS) {
		env->push_err = reject(env, TOO_MANY_JUMPS, search->stack_size);
		return NULL;
	}
	return b->state;
}

const struct search_ops search_ops = {
	.mark_precise = precise_mark_reg,
	.mark_slot_precise = precise_mark_slot,
	.push_branch = push_branch,
	.previous_visit = search_previous_visit,
	.stack_read = live_stack_read,
	.stack_write = live_stack_write,
	.stack_calls_changed = live_stack_calls_changed,
};

/* A path from the state ended: states that no path is open from any more are complete. */
static int path_ended(struct verifier_env *env, struct verifier_state *state)
{
	while (state) {
		struct verifier_state *parent = state->parent;
		int err;

		if (--state->branches)
			return 0;
		err = scc_exit(env, state);
		if (err)
			return err;
		if (state != env->cur)
			explored_unref(env, state);
		state = parent;
	}
	return 0;
}

/* Take up the last queued path; false when there is none. */
static bool pop_branch(struct verifier_env *env)
{
	struct search *search = env->search;
	struct branch *b = search->stack;

	if (!b)
		return false;
	/* At level 1 only the path that fails is of interest. */
	if (!log_wants(env->log, LOG_LEVEL2))
		log_rewind(env->log, b->log_pos);
	state_free(env->cur);
	env->cur = b->state;
	env->insn_idx = b->insn_idx;
	env->prev_insn_idx = b->prev_insn_idx;
	search->stack = b->next;
	search->stack_size--;
	free(b);
	live_stack_reset_chain(env);
	return true;
}

static void log_insn(struct verifier_env *env)
{
	if (log_wants(env->log, LOG_LEVEL2) && env->print_state) {
		explain(env, "\nfrom %d to %d:", env->prev_insn_idx, env->insn_idx);
		env_log_state(env, env->cur, env->cur->curframe, true);
		env->print_state = false;
	}
	if (!log_wants(env->log, LOG_LEVELS))
		return;
	env_log_insn_state(env, env->cur, env->cur->curframe);
	env_log_line(env, (u32)env->insn_idx, "; ");
	env->log_insn_pos = env->log->end_pos;
	explain(env, "%d: ", env->insn_idx);
	env_log_insn(env, (u32)env->insn_idx);
	env->log_insn_end = env->log->end_pos;
}

static void log_covered(struct verifier_env *env)
{
	if (!log_wants(env->log, LOG_LEVELS))
		return;
	if (env->print_state)
		explain(env, "\nfrom %d to %d: safe\n", env->prev_insn_idx, env->insn_idx);
	else
		explain(env, "%d: safe\n", env->insn_idx);
}

static bool counts_as_jump(const struct bpf_insn *insn)
{
	return insn_is_jmp_class(insn);
}

/* One insn: enum step, or -errno. */
static int step(struct verifier_env *env)
{
	const struct bpf_insn *insn;
	s32 at;
	int err;

	if (env->insn_idx < 0 || (u32)env->insn_idx >= env->insn_cnt)
		return reject(env, INSN_IDX, env->insn_idx, env->insn_cnt);
	insn = env_insn(env);
	if (++env->insns_processed > COMPLEXITY_LIMIT_INSNS)
		return reject(env, TOO_MANY_INSNS, env->insns_processed);
	env->cur->last_insn_idx = env->prev_insn_idx;
	env->cur->insn_idx = (u32)env->insn_idx;
	env->cur_history = -1;
	if (env->aux[env->insn_idx].prune_point) {
		err = search_visited(env, (u32)env->insn_idx);
		if (err < 0)
			return err;
		if (err) {
			log_covered(env);
			return STEP_PATH_END;
		}
	}
	if (env->aux[env->insn_idx].jmp_point) {
		err = env_note_jump(env);
		if (err)
			return err;
	}
	log_insn(env);
	live_stack_begin_insn(env);
	if (counts_as_jump(insn))
		env->search->jmps_processed++;
	at = env->insn_idx;
	err = rules_apply(env);
	if (err < 0)
		return err;
	env->prev_insn_idx = at;
	if (err == STEP_RETURNED)
		env->print_state = true;
	else if (live_stack_end_insn(env))
		return -ENOMEM;
	return err;
}

static int walk_paths(struct verifier_env *env)
{
	env->prev_insn_idx = -1;
	for (;;) {
		int res = step(env);

		if (res < 0)
			return res;
		if (res != STEP_PATH_END)
			continue;
		env_dirty_all(env);
		res = path_ended(env, env->cur);
		if (!res)
			res = live_stack_update(env);
		if (res)
			return res;
		if (!pop_branch(env))
			return 0;
		env->print_state = true;
	}
}

static void forget_all(struct verifier_env *env)
{
	struct search *search = env->search;

	state_free(env->cur);
	env->cur = NULL;
	while (search->stack) {
		struct branch *b = search->stack;

		search->stack = b->next;
		state_free(b->state);
		free(b);
	}
	search->stack_size = 0;
	for (u32 i = 0; i < env->insn_cnt; i++) {
		struct explored *e = search->explored[i];

		while (e) {
			struct explored *next = e->next;

			e->next = search->dropped;
			search->dropped = e;
			e = next;
		}
		search->explored[i] = NULL;
	}
	search_forget_states(search);
	search->explored_cnt = 0;
}

/* Registers as the function finds them: arguments by its prototype, or the context. */
static int entry_regs(struct verifier_env *env, u32 subprog)
{
	struct bpf_reg *regs = env_regs(env);
	int err;

	if (!subprog) {
		reg_set_pointer(&regs[BPF_REG_1], PTR_TO_CTX);
		return 0;
	}
	err = subprog_args_prepare(env, subprog);
	for (u32 i = 0; i < env->subprogs[subprog].arg_cnt && !err; i++) {
		const struct subprog_arg *arg = &env->subprogs[subprog].args[i];
		struct bpf_reg *reg = &regs[BPF_REG_1 + i];

		switch (base_type(arg->type)) {
		case ARG_PTR_TO_CTX:
			reg_set_pointer(reg, PTR_TO_CTX);
			break;
		case ARG_ANYTHING:
			reg_set_unknown(reg);
			break;
		default:
			reg_set_pointer(reg, PTR_TO_MEM | (arg->type & PTR_MAYBE_NULL));
			reg->mem_size = arg->mem_size;
			if (arg->type & PTR_MAYBE_NULL)
				reg->id = env_new_id(env);
			break;
		}
	}
	return err;
}

int search_function(struct verifier_env *env, u32 subprog)
{
	int err = -ENOMEM;

	env->cur = state_new();
	if (env->cur)
		env->cur->frame[0] = frame_new(-1, 0, subprog);
	if (env->cur && env->cur->frame[0]) {
		env->cur->branches = 1;
		env->cur->in_sleepable = env->prog->sleepable;
		env->cur->first_insn_idx = (s32)env->prog->subprogs[subprog].start;
		env->cur->last_insn_idx = -1;
		env->insn_idx = (s32)env->prog->subprogs[subprog].start;
		env->cur_history = -1;
		env->print_state = false;
		env->prev_linfo_set = false;
		env_dirty_all(env);
		live_stack_reset_chain(env);
		err = entry_regs(env, subprog);
	}
	if (!err)
		err = walk_paths(env);
	/* At level 1 what went well is of no interest. */
	if (!err && !log_wants(env->log, LOG_LEVEL2))
		log_rewind(env->log, 0);
	forget_all(env);
	return err;
}

struct search *search_new(struct verifier_env *env)
{
	struct search *search = calloc(1, sizeof(*search));

	if (!search)
		return NULL;
	env->search = search;
	search->explored = calloc(env->insn_cnt, sizeof(struct explored *));
	search->live = live_stack_new(env);
	if (!search->explored || !search->live) {
		search_free(env);
		return NULL;
	}
	return search;
}

void search_free(struct verifier_env *env)
{
	struct search *search = env->search;

	if (!search)
		return;
	if (search->explored)
		forget_all(env);
	scc_free(search);
	live_stack_free(search->live);
	free(search->explored);
	free(search->order);
	free(search->order_start);
	free(search);
	env->search = NULL;
}

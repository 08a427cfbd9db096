/* SPDX-License-Identifier: BSD-2-Clause */
/* Control flow: every insn is reachable, jumps land on insns; where states are compared and jumps recorded. */
#include <errno.h>
#include <stdlib.h>

#include "engine/verifier/search/search.h"

struct successors insn_successors(const struct verifier_env *env, u32 i)
{
	const struct bpf_insn *insn = &env->insns[i];
	struct successors s = {0};
	u32 next = i + insn_slots(insn), to;

	if (insn_is_exit(insn))
		return s;
	if (!insn_is_jmp_class(insn) || insn_is_call(insn)) {
		s.to[s.n++] = next;
		return s;
	}
	to = (u32)((s64)i + insn_jump_offset(insn) + 1);
	if (!insn_is_goto(insn))
		s.to[s.n++] = next;
	s.to[s.n++] = to;
	return s;
}

static void mark_prune(struct verifier_env *env, u32 i)
{
	env->aux[i].prune_point = true;
}

static void mark_jump(struct verifier_env *env, u32 i)
{
	env->aux[i].jmp_point = true;
}

/* Helpers that enter a callback before they return. */
static bool enters_callback(const struct bpf_insn *insn)
{
	return insn_is_helper_call(insn) &&
	       (insn->imm == BPF_FUNC_for_each_map_elem || insn->imm == BPF_FUNC_find_vma || insn->imm == BPF_FUNC_loop ||
		insn->imm == BPF_FUNC_user_ringbuf_drain);
}

/* What a call does to its function's callers. */
static void note_helper(struct verifier_env *env, u32 i)
{
	const struct prog_type_ops *ops = env->prog->ops;
	const struct bpf_func_proto *proto = ops->func_proto ? ops->func_proto((enum bpf_func_id)env->insns[i].imm, env->prog) : NULL;
	struct subprog_info *info = &env->subprogs[env_subprog_of(env, i)];

	if (!proto)
		return;
	info->changes_packet |= proto->changes_packet;
	info->might_sleep |= proto->might_sleep;
}

static void mark_points(struct verifier_env *env, u32 i)
{
	const struct bpf_insn *insn = &env->insns[i];
	u32 next = i + insn_slots(insn), to;

	/* Whatever is called, its return is a jump. */
	if (insn_is_call(insn) || insn_is_func_ref(insn)) {
		mark_prune(env, next);
		mark_jump(env, next);
	}
	if (insn_is_local_call(insn) || insn_is_func_ref(insn)) {
		to = (u32)((s64)i + insn->imm + 1);
		mark_prune(env, i);
		mark_prune(env, to);
		mark_jump(env, to);
		return;
	}
	if (insn_is_helper_call(insn)) {
		note_helper(env, i);
		if (enters_callback(insn)) {
			env->aux[i].callback_calls = true;
			env->aux[i].force_checkpoint = true;
			mark_prune(env, i);
			mark_jump(env, i);
		}
		return;
	}
	if (!insn_is_jmp_class(insn) || insn_is_call(insn) || insn_is_exit(insn))
		return;
	to = (u32)((s64)i + insn_jump_offset(insn) + 1);
	mark_prune(env, to);
	mark_jump(env, to);
	if (insn_is_goto(insn))
		return;
	mark_prune(env, i);
	if (insn_is_may_goto(insn))
		env->aux[i].force_checkpoint = true;
}

/* Reach all that can be reached from insn 0, functions included. */
static int reach(struct verifier_env *env, u8 *seen, u32 *stack)
{
	u32 n = 0;

	stack[n++] = 0;
	seen[0] = 1;
	while (n) {
		u32 i = stack[--n];
		const struct bpf_insn *insn = &env->insns[i];
		struct successors s = insn_successors(env, i);

		mark_points(env, i);
		if (insn_is_local_call(insn) || insn_is_func_ref(insn))
			s.to[s.n++] = (u32)((s64)i + insn->imm + 1);
		for (u32 k = 0; k < s.n; k++) {
			if (s.to[k] >= env->insn_cnt)
				return reject(env, JUMP_RANGE, i, (int)s.to[k]);
			if (seen[s.to[k]])
				continue;
			seen[s.to[k]] = 1;
			stack[n++] = s.to[k];
		}
	}
	return 0;
}

/* Functions pass on what they do to those that call them, however deep. */
static void merge_effects(struct verifier_env *env)
{
	bool changed = true;

	while (changed) {
		changed = false;
		for (u32 i = 0; i < env->insn_cnt; i++) {
			struct subprog_info *caller, *callee;

			if (!insn_is_local_call(&env->insns[i]) && !insn_is_func_ref(&env->insns[i]))
				continue;
			caller = &env->subprogs[env_subprog_of(env, i)];
			callee = &env->subprogs[env->aux[i].subprog];
			if ((callee->changes_packet && !caller->changes_packet) || (callee->might_sleep && !caller->might_sleep)) {
				caller->changes_packet |= callee->changes_packet;
				caller->might_sleep |= callee->might_sleep;
				changed = true;
			}
		}
	}
}

static int check_reached(struct verifier_env *env, const u8 *seen)
{
	for (u32 i = 0; i < env->insn_cnt; i++) {
		if (!seen[i])
			return reject(env, UNREACHABLE, i);
		if (!insn_is_ld_imm64(&env->insns[i]))
			continue;
		if (i + 1 >= env->insn_cnt || seen[i + 1])
			return reject(env, JUMP_INTO_IMM, i);
		i++;
	}
	return 0;
}

int cfg_check(struct verifier_env *env)
{
	u8 *seen = calloc(env->insn_cnt, 1);
	u32 *stack = calloc(env->insn_cnt, sizeof(*stack));
	int err = -ENOMEM;

	if (seen && stack)
		err = reach(env, seen, stack);
	if (!err)
		err = check_reached(env, seen);
	if (!err)
		merge_effects(env);
	free(stack);
	free(seen);
	return err;
}

struct walker {
	u32 insn;
	u32 next; /* successor to look at */
};

/* Postorder of a subprog's insns: successors first, as far as loops allow; backward analyses converge fast in it. */
static void postorder(struct verifier_env *env, u32 start, u8 *seen, struct walker *stack, u32 *n)
{
	u32 top = 0;

	stack[top++] = (struct walker){start, 0};
	seen[start] = 1;
	while (top) {
		struct walker *w = &stack[top - 1];
		struct successors s = insn_successors(env, w->insn);

		if (w->next == s.n) {
			env->search->order[(*n)++] = w->insn;
			top--;
			continue;
		}
		u32 to = s.to[w->next++];

		if (!seen[to]) {
			seen[to] = 1;
			stack[top++] = (struct walker){to, 0};
		}
	}
}

int order_compute(struct verifier_env *env)
{
	struct search *search = env->search;
	u8 *seen = calloc(env->insn_cnt, 1);
	struct walker *stack = calloc(env->insn_cnt, sizeof(*stack));
	u32 n = 0;

	search->order = calloc(env->insn_cnt, sizeof(*search->order));
	search->order_start = calloc(env->prog->subprog_cnt + 1, sizeof(*search->order_start));
	if (seen && stack && search->order && search->order_start) {
		for (u32 i = 0; i < env->prog->subprog_cnt; i++) {
			search->order_start[i] = n;
			postorder(env, env->prog->subprogs[i].start, seen, stack, &n);
		}
		search->order_start[env->prog->subprog_cnt] = n;
	}
	free(seen);
	free(stack);
	return search->order && search->order_start ? 0 : -ENOMEM;
}

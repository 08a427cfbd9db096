/* SPDX-License-Identifier: BSD-2-Clause */
/* From an instruction to its rule. */
#include <errno.h>

#include "engine/verifier/rules/rules.h"

int rule_may_goto(struct verifier_env *env, const struct bpf_insn *insn)
{
	struct verifier_state *queued;
	const struct verifier_state *prev = env->search_ops->previous_visit(env, env->cur->parent, (u32)env->insn_idx);

	queued = env->search_ops->push_branch(env, (u32)env->insn_idx + 1);
	if (!queued)
		return env->push_err;
	queued->may_goto_depth++;
	if (prev)
		widen_imprecise(prev, queued);
	env->insn_idx += insn->off + 1;
	return 0;
}

int rule_call(struct verifier_env *env, const struct bpf_insn *insn)
{
	int err;

	if (env->cur->active_locks && insn->src_reg == 0 && insn->imm != BPF_FUNC_spin_unlock && insn->imm != BPF_FUNC_kptr_xchg)
		return reject(env, CALL_IN_LOCK);
	switch (insn->src_reg) {
	case BPF_PSEUDO_CALL:
		return call_subprog(env, insn);
	case BPF_PSEUDO_KFUNC_CALL:
		return call_kfunc(env, insn);
	default:
		err = call_helper(env, insn);
		if (!err && insn->imm == BPF_FUNC_tail_call && env->cur->curframe)
			return function_ends_early(env, false);
		env->insn_idx++;
		return err;
	}
}

static int rule_jmp(struct verifier_env *env, const struct bpf_insn *insn)
{
	if (insn_is_call(insn))
		return rule_call(env, insn);
	if (insn_is_goto(insn)) {
		env->insn_idx += insn_jump_offset(insn) + 1;
		return 0;
	}
	if (insn_is_may_goto(insn))
		return rule_may_goto(env, insn);
	return rule_cond_jmp(env, insn);
}

static int rule_ld(struct verifier_env *env, const struct bpf_insn *insn)
{
	int err;

	if (BPF_MODE(insn->code) == BPF_ABS || BPF_MODE(insn->code) == BPF_IND) {
		err = rule_ld_abs(env, insn);
		if (!err && env->cur->curframe)
			return function_ends_early(env, true);
		env->insn_idx++;
		return err;
	}
	err = rule_ld_imm(env, insn);
	/* The second slot is no instruction, but it is not dead. */
	env->aux[env->insn_idx + 1].seen = true;
	env->insn_idx += 2;
	return err;
}

static int check_legal(struct verifier_env *env, const struct bpf_insn *insn)
{
	enum isa_reason why = isa_legal(insn, env->insn_cnt - (u32)env->insn_idx);
	struct strbuf sb = STRBUF_INIT;

	if (why == ISA_OK)
		return 0;
	/* Of a comparison the kernel looks at the first operand before the fields. */
	if (why == ISA_RESERVED_JMP && insn_is_cond_jmp(insn)) {
		int err = reg_use(env, insn->dst_reg);

		if (err)
			return err;
	}
	isa_reason_text(&sb, why, insn);
	verifier_refuse(env->log, REASON_ISA, "%s\n", strbuf_str(&sb));
	strbuf_free(&sb);
	return -isa_reason_errno(why);
}

int rules_apply(struct verifier_env *env)
{
	const struct bpf_insn *insn = env_insn(env);
	s32 at = env->insn_idx;
	int err = 0;

	if (!env->aux[at].seen) {
		err = check_legal(env, insn);
		if (err)
			return err;
	}
	if (insn_is_exit(insn)) {
		env->aux[at].seen = true;
		return rule_exit(env);
	}
	switch (insn_class(insn)) {
	case BPF_ALU:
	case BPF_ALU64:
		err = rule_alu(env, insn);
		env->insn_idx++;
		break;
	case BPF_LDX:
		err = rule_load(env, insn, BPF_MODE(insn->code) == BPF_MEMSX);
		env->insn_idx++;
		break;
	case BPF_STX:
		err = insn_is_atomic(insn) ? rule_atomic(env, insn) : rule_store(env, insn);
		env->insn_idx++;
		break;
	case BPF_ST:
		err = rule_store(env, insn);
		env->insn_idx++;
		break;
	case BPF_JMP:
	case BPF_JMP32:
		err = rule_jmp(env, insn);
		break;
	default:
		err = rule_ld(env, insn);
		break;
	}
	env->aux[at].seen = true;
	return err ? err : STEP_NEXT;
}

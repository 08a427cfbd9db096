/* SPDX-License-Identifier: BSD-2-Clause */
/* Which registers each insn needs from those before it: a backward analysis within each function. */
#include <errno.h>
#include <stdlib.h>

#include "common/isa/disasm.h"
#include "engine/verifier/search/search.h"

#define CALLER_SAVED 0x3f /* r0 - r5 */
#define ARGS 0x3e         /* r1 - r5 */

struct use_def {
	u16 use, def;
};

static u16 bit(u32 regno)
{
	return (u16)(1U << regno);
}

static u16 helper_args(const struct verifier_env *env, s32 id)
{
	const struct prog_type_ops *ops = env->prog->ops;
	const struct bpf_func_proto *proto = ops->func_proto ? ops->func_proto((enum bpf_func_id)id, env->prog) : NULL;
	u16 args = 0;

	if (!proto)
		return ARGS;
	for (u32 i = 0; i < FUNC_ARGS_MAX && proto->arg_type[i] != ARG_DONTCARE; i++)
		args |= bit(BPF_REG_1 + i);
	return args;
}

static struct use_def of_atomic(const struct bpf_insn *insn)
{
	u16 dst = bit(insn->dst_reg), src = bit(insn->src_reg);

	switch (insn->imm) {
	case BPF_CMPXCHG:
		return (struct use_def){dst | src | bit(0), bit(0)};
	case BPF_LOAD_ACQ:
		return (struct use_def){src, dst};
	case BPF_STORE_REL:
		return (struct use_def){dst | src, 0};
	default:
		return (struct use_def){dst | src, insn->imm & BPF_FETCH ? src : 0};
	}
}

static struct use_def of_alu(const struct bpf_insn *insn)
{
	u16 dst = bit(insn->dst_reg), src = BPF_SRC(insn->code) == BPF_X ? bit(insn->src_reg) : 0;

	switch (BPF_OP(insn->code)) {
	case BPF_MOV:
		return (struct use_def){src, dst};
	case BPF_END:
	case BPF_NEG:
		return (struct use_def){dst, dst};
	default:
		return (struct use_def){dst | src, dst};
	}
}

static struct use_def of_jmp(const struct verifier_env *env, const struct bpf_insn *insn)
{
	switch (BPF_OP(insn->code)) {
	case BPF_JA:
	case BPF_JCOND:
		return (struct use_def){0, 0};
	case BPF_EXIT:
		return (struct use_def){bit(0), 0};
	case BPF_CALL:
		return (struct use_def){insn_is_helper_call(insn) ? helper_args(env, insn->imm) : ARGS, CALLER_SAVED};
	default:
		return (struct use_def){(u16)(bit(insn->dst_reg) | (BPF_SRC(insn->code) == BPF_X ? bit(insn->src_reg) : 0)), 0};
	}
}

static struct use_def use_def_of(const struct verifier_env *env, const struct bpf_insn *insn)
{
	u16 dst = bit(insn->dst_reg), src = bit(insn->src_reg);

	switch (insn_class(insn)) {
	case BPF_LD:
		if (BPF_MODE(insn->code) == BPF_IMM)
			return (struct use_def){0, dst};
		return (struct use_def){(u16)(bit(6) | (BPF_MODE(insn->code) == BPF_IND ? src : 0)), CALLER_SAVED};
	case BPF_LDX:
		return (struct use_def){src, dst};
	case BPF_ST:
		return (struct use_def){dst, 0};
	case BPF_STX:
		return insn_is_atomic(insn) ? of_atomic(insn) : (struct use_def){dst | src, 0};
	case BPF_ALU:
	case BPF_ALU64:
		return of_alu(insn);
	default:
		return of_jmp(env, insn);
	}
}

static u16 live_before(const struct verifier_env *env, u32 i, const struct use_def *ud)
{
	struct successors s = insn_successors(env, i);
	u16 after = 0;

	for (u32 k = 0; k < s.n; k++)
		after |= env->live_regs[s.to[k]];
	return (u16)((after & ~ud[i].def) | ud[i].use);
}

static void log_live_regs(struct verifier_env *env)
{
	explain(env, "Live regs before insn:\n");
	for (u32 i = 0; i < env->insn_cnt; i++) {
		if (env->search->scc[i] && env->search->scc[i] <= env->search->scc_shown)
			explain(env, "%3u ", env->search->scc[i]);
		else
			explain(env, "    ");
		explain(env, "%3u: ", i);
		for (u32 r = BPF_REG_0; r < REG_FP; r++)
			explain(env, "%c", env->live_regs[i] & bit(r) ? (char)('0' + r) : '.');
		explain(env, " ");
		env_log_insn(env, i);
		if (insn_is_ld_imm64(&env->insns[i]))
			i++;
	}
}

int live_regs_compute(struct verifier_env *env)
{
	struct use_def *ud = calloc(env->insn_cnt, sizeof(*ud));
	bool changed = true;

	env->live_regs = calloc(env->insn_cnt, sizeof(*env->live_regs));
	if (!ud || !env->live_regs) {
		free(ud);
		return -ENOMEM;
	}
	for (u32 i = 0; i < env->insn_cnt; i++)
		ud[i] = use_def_of(env, &env->insns[i]);
	while (changed) {
		changed = false;
		for (u32 k = 0; k < env->search->order_start[env->prog->subprog_cnt]; k++) {
			u32 i = env->search->order[k];
			u16 live = live_before(env, i, ud);

			changed |= live != env->live_regs[i];
			env->live_regs[i] = live;
		}
	}
	free(ud);
	/* r10 is not followed: it is always there. */
	for (u32 i = 0; i < env->insn_cnt; i++)
		env->live_regs[i] |= bit(REG_FP);
	if (log_wants(env->log, LOG_LEVEL2))
		log_live_regs(env);
	return 0;
}

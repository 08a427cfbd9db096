/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic on scalars, moves, and which arithmetic is a pointer's (ptr_alu.c). */
#include <errno.h>

#include "engine/verifier/rules/rules.h"

/* dst = src, all of it but what the definition itself says. */
static void copy_reg(struct bpf_reg *dst, const struct bpf_reg *src)
{
	s32 subreg_def = dst->subreg_def;

	*dst = *src;
	dst->subreg_def = subreg_def;
}

static bool fits(const struct bpf_reg *src, u32 bits)
{
	return src->val.r.umax < 1ULL << bits;
}

/* movsx: the sign bit of the narrow part is clear, so that nothing changes. */
static bool sext_is_copy(const struct bpf_reg *src, u32 bits)
{
	return fits(src, bits - 1);
}

static int mov64(struct verifier_env *env, const struct bpf_insn *insn, struct bpf_reg *src, struct bpf_reg *dst)
{
	bool same;

	if (!insn->off) {
		reg_share_id(env, src);
		copy_reg(dst, src);
		return 0;
	}
	if (src->type != SCALAR_VALUE) {
		reg_set_unknown(dst);
		return 0;
	}
	same = sext_is_copy(src, (u32)insn->off);
	if (same)
		reg_share_id(env, src);
	copy_reg(dst, src);
	if (!same)
		reg_untie(dst);
	dst->val = scalar_sext(dst->val, (u32)insn->off / 8);
	return 0;
}

static int mov32(struct verifier_env *env, const struct bpf_insn *insn, struct bpf_reg *src, struct bpf_reg *dst)
{
	bool same;

	if (src->type != SCALAR_VALUE) {
		reg_set_unknown(dst);
		dst->val = scalar_zext32(dst->val);
		return 0;
	}
	same = insn->off ? sext_is_copy(src, (u32)insn->off) : fits(src, 32);
	if (same)
		reg_share_id(env, src);
	copy_reg(dst, src);
	if (!same)
		reg_untie(dst);
	if (insn->off)
		dst->val = scalar_sext32(dst->val, (u32)insn->off / 8);
	dst->val = scalar_zext32(dst->val);
	return 0;
}

static int rule_mov(struct verifier_env *env, const struct bpf_insn *insn)
{
	bool is64 = insn_class(insn) == BPF_ALU64;
	struct bpf_reg *dst;
	int err;

	if (BPF_SRC(insn->code) == BPF_X) {
		err = reg_use(env, insn->src_reg);
		if (err)
			return err;
		if (is64 && insn->off == 1)
			return reject(env, ARENA_CAST);
	}
	err = reg_define(env, insn->dst_reg);
	if (err)
		return err;
	dst = env_reg(env, insn->dst_reg);
	if (BPF_SRC(insn->code) == BPF_K) {
		reg_set_const(dst, is64 ? (u64)(s64)insn->imm : (u64)(u32)insn->imm);
		return 0;
	}
	if (is64)
		return mov64(env, insn, env_reg(env, insn->src_reg), dst);
	return mov32(env, insn, env_reg(env, insn->src_reg), dst);
}

static int rule_neg(struct verifier_env *env, const struct bpf_insn *insn)
{
	struct bpf_reg *dst = env_reg(env, insn->dst_reg);
	bool scalar;
	int err = reg_use(env, insn->dst_reg);

	if (err)
		return err;
	scalar = dst->type == SCALAR_VALUE;
	err = reg_define(env, insn->dst_reg);
	if (err)
		return err;
	if (!scalar) {
		reg_set_unknown(dst);
		return 0;
	}
	/* To 64 bits of the machine's own order: nothing happens. */
	if (BPF_OP(insn->code) == BPF_END && insn_class(insn) == BPF_ALU && BPF_SRC(insn->code) == BPF_TO_LE && insn->imm == 64)
		return 0;
	reg_untie(dst);
	if (BPF_OP(insn->code) == BPF_NEG)
		dst->val = scalar_alu(BPF_NEG, insn_class(insn) == BPF_ALU64, dst->val, dst->val);
	else if (insn_class(insn) == BPF_ALU64 || BPF_SRC(insn->code) == BPF_TO_BE)
		dst->val = scalar_bswap(dst->val, (u32)insn->imm / 8);
	else
		dst->val = scalar_zext(dst->val, (u32)insn->imm / 8);
	return 0;
}

/* A number that is 0 or -1 (compilers make it of a sign bit) and a mask: two paths know more than one. The other one does this
 * insn again. */
static int fork_sign_mask(struct verifier_env *env, const struct bpf_insn *insn, struct bpf_reg *dst)
{
	struct verifier_state *other;
	struct scalar zero, ones;

	if (!scalar_split(dst->val, &zero, &ones))
		return 0;
	other = env->search_ops->push_branch(env, (u32)env->insn_idx);
	if (!other)
		return env->push_err;
	state_regs(other)[insn->dst_reg].val = zero;
	dst->val = ones;
	return 0;
}

/* dst plus or minus a constant stays tied to what it was copied from: once, and in 32 bits only if it fits there. */
static void link_sum(struct bpf_reg *dst, u8 op, bool is64, struct scalar v)
{
	s64 delta = is64 ? (s64)scalar_const_value(v) : (s32)scalar_const_value(v);

	if (op == BPF_SUB)
		delta = (s64)-(u64)delta;
	if ((op != BPF_ADD && op != BPF_SUB) || !scalar_is_const(v) || !dst->id || (dst->id & REG_ADD_CONST) ||
	    delta != (s32)delta || (!is64 && !fits(dst, 32))) {
		reg_untie(dst);
		return;
	}
	dst->id |= is64 ? REG_ADD_CONST64 : REG_ADD_CONST32;
	dst->off = (s32)delta;
}

static int alu_scalar(struct verifier_env *env, const struct bpf_insn *insn, struct bpf_reg *dst, const struct bpf_reg *src)
{
	bool is64 = insn_class(insn) == BPF_ALU64;
	u8 op = BPF_OP(insn->code);
	struct scalar v = src->val;

	if ((op == BPF_AND || op == BPF_OR) && scalar_is_const(v)) {
		int err = fork_sign_mask(env, insn, dst);

		if (err)
			return err;
	}
	if (!scalar_alu_tracked(op, is64, v)) {
		reg_set_unknown(dst);
		return 0;
	}
	link_sum(dst, op, is64, v);
	dst->val = scalar_alu(op, is64, dst->val, v);
	return 0;
}

static bool is_pointer(const struct bpf_reg *reg)
{
	return reg->type != SCALAR_VALUE;
}

static int alu_reg(struct verifier_env *env, const struct bpf_insn *insn, struct bpf_reg *dst)
{
	struct bpf_reg *src = env_reg(env, insn->src_reg);
	int err;

	if (is_pointer(src) && is_pointer(dst)) {
		/* The distance of two pointers is a number; no other operation on both makes sense. */
		if (BPF_OP(insn->code) != BPF_SUB)
			return reject(env, PTR_OP_PTR, insn->dst_reg, alu_op_text(insn));
		reg_set_unknown(dst);
		return 0;
	}
	if (is_pointer(src)) {
		struct bpf_reg off = *dst;

		err = env_mark_precise(env, insn->dst_reg);
		return err ? err : alu_pointer(env, insn, src, &off);
	}
	if (is_pointer(dst)) {
		struct bpf_reg ptr = *dst;

		err = env_mark_precise(env, insn->src_reg);
		return err ? err : alu_pointer(env, insn, &ptr, src);
	}
	if (dst->precise) {
		err = env_mark_precise(env, insn->src_reg);
		if (err)
			return err;
	}
	return alu_scalar(env, insn, dst, src);
}

static int alu_imm(struct verifier_env *env, const struct bpf_insn *insn, struct bpf_reg *dst)
{
	struct bpf_reg imm = {0};

	reg_set_const(&imm, (u64)(s64)insn->imm);
	if (is_pointer(dst)) {
		struct bpf_reg ptr = *dst;

		return alu_pointer(env, insn, &ptr, &imm);
	}
	return alu_scalar(env, insn, dst, &imm);
}

int rule_alu(struct verifier_env *env, const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);
	bool reg_src = BPF_SRC(insn->code) == BPF_X;
	struct bpf_reg *dst;
	int err;

	if (op == BPF_NEG || op == BPF_END)
		return rule_neg(env, insn);
	if (op == BPF_MOV)
		return rule_mov(env, insn);
	if (reg_src) {
		err = reg_use(env, insn->src_reg);
		if (err)
			return err;
	}
	err = reg_use(env, insn->dst_reg);
	if (!err)
		err = reg_define(env, insn->dst_reg);
	if (err)
		return err;
	dst = env_reg(env, insn->dst_reg);
	err = reg_src ? alu_reg(env, insn, dst) : alu_imm(env, insn, dst);
	return err ? err : reg_check_sane(env, dst);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers as operands: read, written, copied. */
#include <stdio.h>

#include "engine/verifier/rules/rules.h"

/* Whether the current insn reads the whole of a register, so that a 32-bit definition must have zeroed its upper half. */
static bool reads_upper_half(const struct verifier_env *env, u32 regno)
{
	const struct bpf_insn *insn = env_insn(env);
	u8 class = insn_class(insn), op = BPF_OP(insn->code);

	switch (class) {
	case BPF_JMP:
		return true;
	case BPF_JMP32:
		return op == BPF_EXIT;
	case BPF_ALU64:
		return true;
	case BPF_ALU:
		return op == BPF_END && insn->imm == 64;
	case BPF_LDX:
		return true; /* an address */
	case BPF_STX:
		/* A value of 32 bits or less, unless the register is the address. */
		return regno == insn->dst_reg || BPF_SIZE(insn->code) == BPF_DW;
	default:
		return true;
	}
}

/* Whether the current insn leaves a 32-bit definition in the register. */
static bool defines_low_half(const struct verifier_env *env)
{
	const struct bpf_insn *insn = env_insn(env);

	switch (insn_class(insn)) {
	case BPF_ALU:
		return !(BPF_OP(insn->code) == BPF_END && insn->imm == 64);
	case BPF_LDX:
		return BPF_MODE(insn->code) != BPF_MEMSX && BPF_SIZE(insn->code) != BPF_DW;
	case BPF_STX:
		return insn_is_atomic(insn) && BPF_SIZE(insn->code) != BPF_DW;
	default:
		return false;
	}
}

int reg_use(struct verifier_env *env, u32 regno)
{
	struct bpf_reg *reg;

	if (regno >= REG_MAX)
		return reject(env, REG_INVALID, regno);
	reg = env_reg(env, regno);
	env_dirty_reg(env, regno);
	if (reg->type == NOT_INIT)
		return reject(env, REG_NOT_INIT, regno);
	if (regno != REG_FP && reg->subreg_def != SUBREG_DEF_NONE && reads_upper_half(env, regno)) {
		env->aux[reg->subreg_def - 1].zext_dst = true;
		reg->subreg_def = SUBREG_DEF_NONE;
	}
	return 0;
}

int reg_define(struct verifier_env *env, u32 regno)
{
	if (regno >= REG_MAX)
		return reject(env, REG_INVALID, regno);
	if (regno == REG_FP)
		return reject(env, FP_WRITE);
	env_dirty_reg(env, regno);
	env_reg(env, regno)->subreg_def = defines_low_half(env) ? env->insn_idx + 1 : SUBREG_DEF_NONE;
	return 0;
}

int reg_define_unknown(struct verifier_env *env, u32 regno)
{
	int err = reg_define(env, regno);

	if (!err)
		reg_set_unknown(env_reg(env, regno));
	return err;
}

int reg_check_sane(struct verifier_env *env, struct bpf_reg *reg)
{
	if (!scalar_is_sane(reg->val))
		reg->val = scalar_unknown();
	return 0;
}

void reg_share_id(struct verifier_env *env, struct bpf_reg *src)
{
	if (src->type != SCALAR_VALUE)
		return;
	if (src->id & REG_ADD_CONST) {
		/* It differs from those that it is tied to: start a set of its own. */
		reg_untie(src);
	}
	/* Two known numbers need no tie. */
	if (!src->id && !scalar_is_const(src->val)) {
		src->id = env_new_id(env);
		src->off = 0;
	}
}

u32 reg_width(const struct bpf_reg *reg)
{
	u64 max = reg->val.r.umax;

	return max ? 64 - (u32)__builtin_clzll(max) : 0;
}

const char *tnum_text(struct tnum t, char *buf, size_t size)
{
	if (tnum_is_const(t))
		snprintf(buf, size, (s64)t.value >= INT16_MIN && (s64)t.value <= INT16_MAX ? "%lld" : "%#llx", (long long)t.value);
	else
		snprintf(buf, size, "(0x%llx; 0x%llx)", (unsigned long long)t.value, (unsigned long long)t.mask);
	return buf;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Pointers moved by numbers: which may be, how far, and what is known of the result. */
#include <errno.h>

#include "engine/verifier/rules/rules.h"

const char *alu_op_text(const struct bpf_insn *insn)
{
	static const char *const text[16] = {
		[BPF_ADD >> 4] = "+=", [BPF_SUB >> 4] = "-=",   [BPF_MUL >> 4] = "*=",   [BPF_DIV >> 4] = "/=",
		[BPF_OR >> 4] = "|=",  [BPF_AND >> 4] = "&=",   [BPF_LSH >> 4] = "<<=",  [BPF_RSH >> 4] = ">>=",
		[BPF_NEG >> 4] = "neg", [BPF_MOD >> 4] = "%=",  [BPF_XOR >> 4] = "^=",   [BPF_MOV >> 4] = "=",
		[BPF_ARSH >> 4] = "s>>=", [BPF_END >> 4] = "endian",
	};
	const char *t = text[BPF_OP(insn->code) >> 4];

	return t ? t : "?";
}

/* Neither part of the offset may come near where sums wrap. */
static int check_offset(struct verifier_env *env, const struct bpf_reg *reg, u32 type)
{
	char name[TYPE_TEXT];
	s64 val = (s64)reg->val.var.value, smin = reg->val.r.smin;

	reg_type_name(type, name, sizeof(name));
	if (scalar_is_const(reg->val) && (val >= MAX_VAR_OFF || val <= -MAX_VAR_OFF))
		return reject(env, PTR_MATH_CONST, name, (long long)val);
	if (reg->off >= MAX_VAR_OFF || reg->off <= -MAX_VAR_OFF)
		return reject(env, PTR_OFF_RANGE, name, reg->off);
	if (smin == INT64_MIN)
		return reject(env, PTR_MATH_UNBOUNDED, name);
	if (smin >= MAX_VAR_OFF || smin <= -MAX_VAR_OFF)
		return reject(env, PTR_MATH_BOUNDS, (long long)smin, name);
	return 0;
}

static bool may_move(const struct bpf_insn *insn, const struct bpf_reg *ptr, const struct bpf_reg *off)
{
	switch (base_type(ptr->type)) {
	case PTR_TO_CTX:
	case PTR_TO_MAP_VALUE:
	case PTR_TO_MAP_KEY:
	case PTR_TO_STACK:
	case PTR_TO_PACKET_META:
	case PTR_TO_PACKET:
	case PTR_TO_TP_BUFFER:
	case PTR_TO_BTF_ID:
	case PTR_TO_MEM:
	case PTR_TO_BUF:
	case PTR_TO_FUNC:
	case CONST_PTR_TO_DYNPTR:
		return true;
	case PTR_TO_FLOW_KEYS:
		if (scalar_is_const(off->val))
			return true;
		break;
	default:
		break;
	}
	/* Others may only be moved by nothing: compilers write that where fields have offset 0. */
	return BPF_OP(insn->code) == BPF_ADD && scalar_is_const(off->val) && off->val.var.value == 0;
}

/* Constants go to the fixed part as long as they fit. */
static bool moves_fixed(u8 op, const struct bpf_reg *ptr, const struct bpf_reg *off, s32 *to)
{
	s64 sum;

	if (!scalar_is_const(off->val))
		return false;
	if (op == BPF_ADD ? __builtin_add_overflow((s64)ptr->off, off->val.r.smin, &sum)
			  : __builtin_sub_overflow((s64)ptr->off, off->val.r.smin, &sum))
		return false;
	if (sum != (s32)sum)
		return false;
	*to = (s32)sum;
	return true;
}

static void move(struct verifier_env *env, u8 op, struct bpf_reg *dst, const struct bpf_reg *ptr, const struct bpf_reg *off)
{
	s32 fixed;

	dst->raw = ptr->raw;
	dst->off = ptr->off;
	if (moves_fixed(op, ptr, off, &fixed)) {
		dst->off = fixed;
		dst->val = scalar_sync(scalar_forget_bounds32(ptr->val));
		return;
	}
	dst->val = scalar_ptr_alu(op, ptr->val, off->val);
	if (type_is_pkt(ptr->type)) {
		/* A new base: what was checked of the old one says nothing, unless it can only have moved back. */
		dst->id = env_new_id(env);
		if (op == BPF_ADD || off->val.r.smin < 0)
			dst->raw.a = dst->raw.b = 0;
	}
}

static int check_operator(struct verifier_env *env, const struct bpf_insn *insn, const struct bpf_reg *ptr, bool off_is_dst)
{
	switch (BPF_OP(insn->code)) {
	case BPF_ADD:
		return 0;
	case BPF_SUB:
		if (off_is_dst)
			return reject(env, SCALAR_SUB_PTR, insn->dst_reg);
		if (ptr->type == PTR_TO_STACK)
			return reject(env, STACK_PTR_SUB, insn->dst_reg);
		return 0;
	case BPF_AND:
	case BPF_OR:
	case BPF_XOR:
		return reject(env, PTR_BITWISE, insn->dst_reg, alu_op_text(insn));
	default:
		return reject(env, PTR_ALU_OP, insn->dst_reg, alu_op_text(insn));
	}
}

int alu_pointer(struct verifier_env *env, const struct bpf_insn *insn, const struct bpf_reg *ptr, const struct bpf_reg *off)
{
	struct bpf_reg *dst = env_reg(env, insn->dst_reg);
	bool off_is_dst = BPF_SRC(insn->code) == BPF_X && ptr == env_reg(env, insn->src_reg);
	char name[TYPE_TEXT];
	int err;

	if (!scalar_is_sane(off->val)) {
		reg_set_unknown(dst);
		return 0;
	}
	if (insn_class(insn) != BPF_ALU64) {
		if (BPF_OP(insn->code) != BPF_SUB)
			return reject(env, PTR_ALU32, insn->dst_reg);
		reg_set_unknown(dst);
		return 0;
	}
	if (type_may_be_null(ptr->type))
		return reject(env, PTR_ALU_NULL, insn->dst_reg, reg_type_name(ptr->type, name, sizeof(name)));
	/* Read through probes: where it points is not tracked. */
	if (base_type(ptr->type) == PTR_TO_MEM && (ptr->type & PTR_UNTRUSTED)) {
		if (off_is_dst)
			*dst = *ptr;
		return 0;
	}
	if (!may_move(insn, ptr, off))
		return reject(env, PTR_ALU_TYPE, insn->dst_reg, reg_type_name(ptr->type, name, sizeof(name)));
	err = check_offset(env, off, ptr->type);
	if (!err)
		err = check_offset(env, ptr, ptr->type);
	if (!err)
		err = check_operator(env, insn, ptr, off_is_dst);
	if (err)
		return err;
	dst->type = ptr->type;
	dst->id = ptr->id;
	dst->ref_obj_id = ptr->ref_obj_id;
	dst->frameno = ptr->frameno;
	dst->precise = false;
	move(env, BPF_OP(insn->code), dst, ptr, off);
	err = check_offset(env, dst, ptr->type);
	if (!err)
		dst->val = scalar_sync(dst->val);
	return err;
}

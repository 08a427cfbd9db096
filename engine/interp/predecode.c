/* SPDX-License-Identifier: BSD-2-Clause */
/* One slot of a program, made ready for either binding. */
#include "engine/interp/code.h"

void interp_predecode(struct interp_insn *out, const struct bpf_insn *insn, enum isa_op op)
{
	*out = (struct interp_insn){
		.dst = insn->dst_reg,
		.src = insn->src_reg,
		.off = insn->off,
		.target = insn_jump_offset(insn),
		.imm = (u64)(s64)insn->imm,
		.op = op,
	};
	if (isa_ops[op].form == ISA_FORM_LD_IMM64)
		out->imm = insn_imm64(insn);
	if (op == ISA_CALL_LOCAL)
		out->target = insn->imm;
}

static bool has_target(enum isa_op op)
{
	switch (isa_ops[op].form) {
	case ISA_FORM_JA:
	case ISA_FORM_JA32:
	case ISA_FORM_JMP_REG:
	case ISA_FORM_JMP_IMM:
	case ISA_FORM_MAY_GOTO:
	case ISA_FORM_CALL_LOCAL:
		return op != ISA_INVALID;
	default:
		return false;
	}
}

bool interp_target_ok(const struct interp_insn *insns, u32 n, u32 i)
{
	s64 to = (s64)i + 1 + insns[i].target;

	return !has_target(insns[i].op) || (to >= 0 && to < n && insns[to].op != ISA_INVALID);
}

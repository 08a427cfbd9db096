/* SPDX-License-Identifier: BSD-2-Clause */
/* From a slot to its instruction and back. */
#include "common/isa/insn.h"

const struct isa_op_info isa_ops[ISA_OP_COUNT] = {
	[ISA_INVALID] = {.name = "INVALID", .text = "?"},
#define INSN(name, code, sel, form, text) [ISA_##name] = {#name, text, code, sel, ISA_FORM_##form, false},
#define INSN_REWRITTEN(name, code, sel, form, text) [ISA_##name] = {#name, text, code, sel, ISA_FORM_##form, true},
#include "common/isa/insn.def"
};

const u8 isa_form_fields[ISA_FORM_COUNT] = {
#define ISA_FORM(name, fields) [ISA_FORM_##name] = fields,
#include "common/isa/forms.def"
};

enum isa_selector isa_selector(u8 code)
{
	u8 op = BPF_OP(code);

	switch (BPF_CLASS(code)) {
	case BPF_ALU:
	case BPF_ALU64:
		return op == BPF_END ? ISA_BY_IMM
		       : op == BPF_DIV || op == BPF_MOD || op == BPF_MOV ? ISA_BY_OFF
									 : ISA_BY_CODE;
	case BPF_JMP:
		return op == BPF_CALL || op == BPF_JCOND ? ISA_BY_SRC : ISA_BY_CODE;
	case BPF_STX:
		return BPF_MODE(code) == BPF_ATOMIC ? ISA_BY_IMM : ISA_BY_CODE;
	case BPF_LD:
		return code == (BPF_LD | BPF_IMM | BPF_DW) ? ISA_BY_SRC : ISA_BY_CODE;
	default:
		return ISA_BY_CODE;
	}
}

#define KEY(code, sel) ((u64)(sel) << 8 | (code))

static u64 insn_key(const struct bpf_insn *insn)
{
	switch (isa_selector(insn->code)) {
	case ISA_BY_SRC:
		return KEY(insn->code, insn->src_reg);
	case ISA_BY_OFF:
		return KEY(insn->code, (u16)insn->off);
	case ISA_BY_IMM:
		return KEY(insn->code, (u32)insn->imm);
	default:
		return insn->code;
	}
}

enum isa_op isa_decode(const struct bpf_insn *insn)
{
	switch (insn_key(insn)) {
#define INSN(name, code, sel, form, text)                                                                              \
	case KEY(code, sel):                                                                                           \
		return ISA_##name;
#include "common/isa/insn.def"
	default:
		return ISA_INVALID;
	}
}

enum isa_op isa_decode_rewritten(const struct bpf_insn *insn)
{
	switch (insn_key(insn)) {
#define INSN_REWRITTEN(name, code, sel, form, text)                                                                    \
	case KEY(code, sel):                                                                                           \
		return ISA_##name;
#include "common/isa/insn.def"
	default:
		return isa_decode(insn);
	}
}

struct bpf_insn isa_encode(enum isa_op op)
{
	const struct isa_op_info *info = &isa_ops[op];
	struct bpf_insn insn = {.code = info->code};

	switch (isa_selector(info->code)) {
	case ISA_BY_SRC:
		insn.src_reg = info->sel & 15;
		break;
	case ISA_BY_OFF:
		insn.off = (s16)info->sel;
		break;
	case ISA_BY_IMM:
		insn.imm = info->sel;
		break;
	case ISA_BY_CODE:
		break;
	}
	return insn;
}

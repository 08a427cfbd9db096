/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether an instruction is well formed by itself, and the kernel's reason where it is not. */
#include <errno.h>

#include "common/isa/insn.h"

/* What the kernel says of fields that should be zero, by the kind of instruction. */
static enum isa_reason reserved_reason(u8 code)
{
	switch (BPF_CLASS(code)) {
	case BPF_ALU:
	case BPF_ALU64:
		switch (BPF_OP(code)) {
		case BPF_END:
			return ISA_RESERVED_END;
		case BPF_NEG:
			return ISA_RESERVED_NEG;
		case BPF_MOV:
			return ISA_RESERVED_MOV;
		default:
			return ISA_RESERVED_ALU;
		}
	case BPF_JMP:
	case BPF_JMP32:
		switch (BPF_OP(code)) {
		case BPF_JA:
			return ISA_RESERVED_JA;
		case BPF_CALL:
			return ISA_RESERVED_CALL;
		case BPF_EXIT:
			return ISA_RESERVED_EXIT;
		case BPF_JCOND:
			return ISA_INVALID_MAY_GOTO;
		default:
			return ISA_RESERVED_JMP;
		}
	case BPF_LDX:
		return ISA_RESERVED_LDX;
	case BPF_STX:
		return ISA_RESERVED_STX;
	case BPF_ST:
		return ISA_RESERVED_ST;
	default:
		return BPF_MODE(code) == BPF_IMM ? ISA_RESERVED_LD_IMM64 : ISA_RESERVED_LD_PACKET;
	}
}

static bool known_code(u8 code)
{
	for (u32 op = ISA_INVALID + 1; op < ISA_OP_COUNT; op++)
		if (isa_ops[op].code == code && !isa_ops[op].rewritten)
			return true;
	return false;
}

static bool known_atomic(s32 imm)
{
	for (u32 op = ISA_INVALID + 1; op < ISA_OP_COUNT; op++)
		if (isa_selector(isa_ops[op].code) == ISA_BY_IMM && BPF_CLASS(isa_ops[op].code) == BPF_STX &&
		    isa_ops[op].sel == imm)
			return true;
	return false;
}

static enum isa_reason invalid_reason(const struct bpf_insn *insn)
{
	u8 mode = BPF_MODE(insn->code);

	if (insn_class(insn) == BPF_LDX && (insn->imm || (mode != BPF_MEM && mode != BPF_MEMSX)))
		return ISA_RESERVED_LDX;
	if (insn_is_atomic(insn) && (insn->code == (BPF_STX | BPF_ATOMIC | BPF_B) || insn->code == (BPF_STX | BPF_ATOMIC | BPF_H) ||
				     known_code(insn->code)))
		return known_atomic(insn->imm) ? ISA_ATOMIC_SIZE : ISA_ATOMIC_OPCODE;
	if (!known_code(insn->code))
		return ISA_UNKNOWN_OPCODE;
	if (insn_is_ld_imm64(insn))
		return ISA_UNRECOGNIZED_LD_IMM64;
	return reserved_reason(insn->code);
}

/* off of exit may be anything. */
static bool reserved_fields_zero(const struct bpf_insn *insn, enum isa_selector selector, u8 fields)
{
	if (!(fields & ISA_D) && insn->dst_reg)
		return false;
	if (!(fields & ISA_S) && selector != ISA_BY_SRC && insn->src_reg)
		return false;
	if (!(fields & ISA_O) && selector != ISA_BY_OFF && insn->off && !insn_is_exit(insn))
		return false;
	return (fields & ISA_I) || selector == ISA_BY_IMM || !insn->imm;
}

static bool writes_dst(u8 form)
{
	switch (form) {
	case ISA_FORM_ALU_REG:
	case ISA_FORM_ALU_IMM:
	case ISA_FORM_NEG:
	case ISA_FORM_MOVSX:
	case ISA_FORM_CAST:
	case ISA_FORM_END:
	case ISA_FORM_LDX:
	case ISA_FORM_LOAD_ACQ:
	case ISA_FORM_LD_IMM64:
		return true;
	default:
		return false;
	}
}

static bool writes_fp(const struct bpf_insn *insn, u8 form)
{
	if (form == ISA_FORM_FETCH || form == ISA_FORM_XCHG)
		return insn->src_reg == BPF_REG_10;
	return writes_dst(form) && insn->dst_reg == BPF_REG_10;
}

static enum isa_reason check_ld_imm64(const struct bpf_insn *insn, u32 left)
{
	if (left < 2 || insn[1].code || insn[1].dst_reg || insn[1].src_reg || insn[1].off)
		return ISA_INVALID_LD_IMM64;
	return ISA_OK;
}

static enum isa_reason check_constant(const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);
	s32 width = insn_class(insn) == BPF_ALU64 ? 64 : 32;

	if ((op == BPF_DIV || op == BPF_MOD) && insn->imm == 0)
		return ISA_DIV_BY_ZERO;
	if ((op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH) && (insn->imm < 0 || insn->imm >= width))
		return ISA_INVALID_SHIFT;
	return ISA_OK;
}

enum isa_reason isa_legal(const struct bpf_insn *insn, u32 left)
{
	enum isa_op op = isa_decode(insn);
	u8 form = isa_ops[op].form, fields = isa_form_fields[form];

	if (op == ISA_INVALID)
		return invalid_reason(insn);
	if (form == ISA_FORM_LD_IMM64) {
		enum isa_reason reason = check_ld_imm64(insn, left);

		if (reason != ISA_OK)
			return reason;
	}
	if (!reserved_fields_zero(insn, isa_selector(insn->code), fields))
		return reserved_reason(insn->code);
	if (form == ISA_FORM_CAST && insn->imm != 1 && insn->imm != 1 << 16)
		return ISA_ADDR_SPACES;
	if (((fields & ISA_D) && insn->dst_reg >= MAX_BPF_REG) || ((fields & ISA_S) && insn->src_reg >= MAX_BPF_REG))
		return ISA_INVALID_REG;
	if (form == ISA_FORM_ALU_IMM) {
		enum isa_reason reason = check_constant(insn);

		if (reason != ISA_OK)
			return reason;
	}
	return writes_fp(insn, form) ? ISA_FP_WRITE : ISA_OK;
}

/* The number that the text of a reason names, if any. */
static int reason_number(enum isa_reason reason, const struct bpf_insn *insn)
{
	switch (reason) {
	case ISA_UNKNOWN_OPCODE:
		return insn->code;
	case ISA_INVALID_REG:
		return insn->src_reg >= MAX_BPF_REG && (isa_form_fields[isa_ops[isa_decode(insn)].form] & ISA_S) ? insn->src_reg
														 : insn->dst_reg;
	default:
		return insn->imm;
	}
}

__attribute__((format(printf, 2, 0))) static void add_text(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(sb, fmt, ap);
	va_end(ap);
}

void isa_reason_text(struct strbuf *sb, enum isa_reason reason, const struct bpf_insn *insn)
{
	int number = reason_number(reason, insn);

	switch (reason) {
#define ISA_REASON(name, err, text)                                                                                    \
	case ISA_##name:                                                                                               \
		add_text(sb, text, number);                                                                            \
		break;
#include "common/isa/reasons.def"
	case ISA_OK:
		break;
	}
}

int isa_reason_errno(enum isa_reason reason)
{
	static const u8 errnos[] = {
		[ISA_OK] = 0,
#define ISA_REASON(name, err, text) [ISA_##name] = err,
#include "common/isa/reasons.def"
	};

	return errnos[reason];
}

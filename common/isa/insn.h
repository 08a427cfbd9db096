/* SPDX-License-Identifier: BSD-2-Clause */
/* Instructions: which one a slot holds (insn.def), what its fields mean, and whether it is well formed. */
#ifndef SKEP_INSN_H
#define SKEP_INSN_H

#include <stdbool.h>

#include "common/uapi/bpf.h"
#include "common/util/strbuf.h"
#include "common/util/util.h"

enum isa_op {
	ISA_INVALID,
#define INSN(name, code, sel, form, text) ISA_##name,
#define INSN_REWRITTEN(name, code, sel, form, text) ISA_##name,
#include "common/isa/insn.def"
	ISA_OP_COUNT,
};

enum isa_form {
#define ISA_FORM(name, fields) ISA_FORM_##name,
#include "common/isa/forms.def"
	ISA_FORM_COUNT,
};

/* Fields of a form. */
enum {
	ISA_D = 1, /* dst_reg */
	ISA_S = 2, /* src_reg */
	ISA_O = 4, /* off */
	ISA_I = 8, /* imm */
};

/* Which further field tells apart the instructions that share a code. */
enum isa_selector { ISA_BY_CODE, ISA_BY_SRC, ISA_BY_OFF, ISA_BY_IMM };

struct isa_op_info {
	const char *name;
	const char *text; /* operator, type or mnemonic: what the form's text is made with */
	u8 code;
	u16 sel;
	u8 form;        /* enum isa_form */
	bool rewritten; /* only in programs that were rewritten for running */
};

enum isa_reason {
	ISA_OK,
#define ISA_REASON(name, err, text) ISA_##name,
#include "common/isa/reasons.def"
};

extern const struct isa_op_info isa_ops[ISA_OP_COUNT];
extern const u8 isa_form_fields[ISA_FORM_COUNT];

enum isa_selector isa_selector(u8 code);
/* The instruction, or ISA_INVALID. Reserved fields are not looked at; rewritten forms are not taken. */
enum isa_op isa_decode(const struct bpf_insn *insn);
/* The same for programs that were rewritten (engine/rewrite/rewrite.h). */
enum isa_op isa_decode_rewritten(const struct bpf_insn *insn);
/* A slot that holds op, its selecting field set and all operands zero. */
struct bpf_insn isa_encode(enum isa_op op);
/*
 * Whether the instruction at insn (`left` slots to the end of the program, itself included) is one that the kernel takes as far as
 * it can be told without the program around it: known, reserved fields zero, registers in range, no constant division by zero or
 * shift too far, r10 not written. ISA_OK, or the first reason that the kernel would give.
 */
enum isa_reason isa_legal(const struct bpf_insn *insn, u32 left);
/* The kernel's words for it (no newline), and its errno (positive). */
void isa_reason_text(struct strbuf *sb, enum isa_reason reason, const struct bpf_insn *insn);
int isa_reason_errno(enum isa_reason reason);

/* Bytes that a BPF_SIZE stands for. */
static inline u32 insn_size_bytes(u8 code)
{
	switch (BPF_SIZE(code)) {
	case BPF_B:
		return 1;
	case BPF_H:
		return 2;
	case BPF_W:
		return 4;
	default:
		return 8;
	}
}

static inline u8 insn_class(const struct bpf_insn *insn)
{
	return BPF_CLASS(insn->code);
}

static inline bool insn_is_ld_imm64(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

/* Slots that the instruction takes. */
static inline u32 insn_slots(const struct bpf_insn *insn)
{
	return insn_is_ld_imm64(insn) ? 2 : 1;
}

static inline u64 insn_imm64(const struct bpf_insn insn[2])
{
	return (u32)insn[0].imm | (u64)(u32)insn[1].imm << 32;
}

static inline bool insn_is_jmp_class(const struct bpf_insn *insn)
{
	return insn_class(insn) == BPF_JMP || insn_class(insn) == BPF_JMP32;
}

static inline bool insn_is_alu_class(const struct bpf_insn *insn)
{
	return insn_class(insn) == BPF_ALU || insn_class(insn) == BPF_ALU64;
}

static inline bool insn_is_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL);
}

static inline bool insn_is_helper_call(const struct bpf_insn *insn)
{
	return insn_is_call(insn) && insn->src_reg == 0;
}

static inline bool insn_is_local_call(const struct bpf_insn *insn)
{
	return insn_is_call(insn) && insn->src_reg == BPF_PSEUDO_CALL;
}

static inline bool insn_is_kfunc_call(const struct bpf_insn *insn)
{
	return insn_is_call(insn) && insn->src_reg == BPF_PSEUDO_KFUNC_CALL;
}

static inline bool insn_is_func_ref(const struct bpf_insn *insn)
{
	return insn_is_ld_imm64(insn) && insn->src_reg == BPF_PSEUDO_FUNC;
}

static inline bool insn_is_exit(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_EXIT);
}

static inline bool insn_is_goto(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_JA) || insn->code == (BPF_JMP32 | BPF_JA);
}

static inline bool insn_is_may_goto(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_JCOND);
}

/* A comparison that jumps (may_goto is not one). */
static inline bool insn_is_cond_jmp(const struct bpf_insn *insn)
{
	u8 op = BPF_OP(insn->code);

	return insn_is_jmp_class(insn) && op != BPF_JA && op != BPF_CALL && op != BPF_EXIT && op < BPF_JCOND;
}

static inline bool insn_is_atomic(const struct bpf_insn *insn)
{
	return insn_class(insn) == BPF_STX && BPF_MODE(insn->code) == BPF_ATOMIC;
}

/* Slots that a jump of any kind skips beyond the next instruction. */
static inline s32 insn_jump_offset(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP32 | BPF_JA) ? insn->imm : insn->off;
}

/* Constructors; insn_macros.h has the field's own macros. */
static inline struct bpf_insn insn_make(u8 code, u8 dst, u8 src, s16 off, s32 imm)
{
	return (struct bpf_insn){.code = code, .dst_reg = dst & 15, .src_reg = src & 15, .off = off, .imm = imm};
}

static inline struct bpf_insn insn_alu64_imm(u8 op, u8 dst, s32 imm)
{
	return insn_make(BPF_ALU64 | op | BPF_K, dst, 0, 0, imm);
}

static inline struct bpf_insn insn_alu64_reg(u8 op, u8 dst, u8 src)
{
	return insn_make(BPF_ALU64 | op | BPF_X, dst, src, 0, 0);
}

static inline struct bpf_insn insn_alu32_imm(u8 op, u8 dst, s32 imm)
{
	return insn_make(BPF_ALU | op | BPF_K, dst, 0, 0, imm);
}

static inline struct bpf_insn insn_alu32_reg(u8 op, u8 dst, u8 src)
{
	return insn_make(BPF_ALU | op | BPF_X, dst, src, 0, 0);
}

static inline struct bpf_insn insn_mov64_imm(u8 dst, s32 imm)
{
	return insn_alu64_imm(BPF_MOV, dst, imm);
}

static inline struct bpf_insn insn_mov64_reg(u8 dst, u8 src)
{
	return insn_alu64_reg(BPF_MOV, dst, src);
}

static inline struct bpf_insn insn_mov32_imm(u8 dst, s32 imm)
{
	return insn_alu32_imm(BPF_MOV, dst, imm);
}

static inline struct bpf_insn insn_mov32_reg(u8 dst, u8 src)
{
	return insn_alu32_reg(BPF_MOV, dst, src);
}

static inline struct bpf_insn insn_ldx(u8 size, u8 dst, u8 src, s16 off)
{
	return insn_make(BPF_LDX | BPF_MEM | size, dst, src, off, 0);
}

static inline struct bpf_insn insn_stx(u8 size, u8 dst, u8 src, s16 off)
{
	return insn_make(BPF_STX | BPF_MEM | size, dst, src, off, 0);
}

static inline struct bpf_insn insn_st(u8 size, u8 dst, s16 off, s32 imm)
{
	return insn_make(BPF_ST | BPF_MEM | size, dst, 0, off, imm);
}

static inline struct bpf_insn insn_atomic(u8 size, s32 op, u8 dst, u8 src, s16 off)
{
	return insn_make(BPF_STX | BPF_ATOMIC | size, dst, src, off, op);
}

static inline struct bpf_insn insn_jmp_imm(u8 op, u8 dst, s32 imm, s16 off)
{
	return insn_make(BPF_JMP | op | BPF_K, dst, 0, off, imm);
}

static inline struct bpf_insn insn_jmp_reg(u8 op, u8 dst, u8 src, s16 off)
{
	return insn_make(BPF_JMP | op | BPF_X, dst, src, off, 0);
}

static inline struct bpf_insn insn_goto(s16 off)
{
	return insn_make(BPF_JMP | BPF_JA, 0, 0, off, 0);
}

static inline struct bpf_insn insn_call_helper(s32 id)
{
	return insn_make(BPF_JMP | BPF_CALL, 0, 0, 0, id);
}

static inline struct bpf_insn insn_call_local(s32 imm)
{
	return insn_make(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, imm);
}

static inline struct bpf_insn insn_exit(void)
{
	return insn_make(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* Both slots of a 64-bit immediate. */
static inline void insn_ld_imm64(struct bpf_insn insn[2], u8 dst, u8 src, u64 imm)
{
	insn[0] = insn_make(BPF_LD | BPF_IMM | BPF_DW, dst, src, 0, (s32)(u32)imm);
	insn[1] = insn_make(0, 0, 0, 0, (s32)(imm >> 32));
}

#endif

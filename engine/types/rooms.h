/* SPDX-License-Identifier: BSD-2-Clause */
/* What the rooms of the program types share: the list of them, checks that many contexts have, and the instructions
 * that context rewrites are made of. */
#ifndef SKEP_TYPES_ROOMS_H
#define SKEP_TYPES_ROOMS_H

#include "engine/types/prog_type.h"
#include "engine/verifier/reg_type.h"

#define PROG_TYPE_OPS(name, ops) extern const struct prog_type_ops ops;
#include "engine/types/types.def"
#undef PROG_TYPE_OPS

/* check_load of the types that no attach type narrows: the kernel takes any, and no attach_btf_id. */
int check_load_any_attach_type(const union bpf_attr *attr);

/* [off, off + size) lies within [from, to) and is aligned to its size. */
static inline bool ctx_within(int off, int size, int from, int to)
{
	return off >= from && off + size <= to && off % size == 0;
}

static inline struct bpf_insn insn_ldx(u8 size, u8 dst, u8 src, int off)
{
	return (struct bpf_insn){.code = BPF_LDX | BPF_MEM | size, .dst_reg = dst, .src_reg = src, .off = (s16)off};
}
/* The store that `insn` (BPF_ST or BPF_STX) is, of another size at another offset. */
static inline struct bpf_insn insn_store_as(const struct bpf_insn *insn, u8 size, int off)
{
	struct bpf_insn st = *insn;

	st.code = BPF_CLASS(insn->code) | BPF_MEM | size;
	st.off = (s16)off;
	return st;
}
static inline struct bpf_insn insn_mov_imm(u8 dst, s32 imm)
{
	return (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = dst, .imm = imm};
}
static inline struct bpf_insn insn_alu32_imm(u8 op, u8 dst, s32 imm)
{
	return (struct bpf_insn){.code = BPF_ALU | BPF_K | op, .dst_reg = dst, .imm = imm};
}
/* if (dst op imm) goto +off */
static inline struct bpf_insn insn_jmp_imm(u8 op, u8 dst, s32 imm, int off)
{
	return (struct bpf_insn){.code = BPF_JMP | BPF_K | op, .dst_reg = dst, .imm = imm, .off = (s16)off};
}

/* BPF_B .. BPF_DW of a size in bytes, and the size of a load or store. */
static inline u8 size_code(u32 bytes)
{
	return bytes == 8 ? BPF_DW : bytes == 4 ? BPF_W : bytes == 2 ? BPF_H : BPF_B;
}
static inline u32 code_size(u8 code)
{
	static const u8 bytes[4] = {4, 2, 1, 8};

	return bytes[BPF_SIZE(code) >> 3];
}

#endif

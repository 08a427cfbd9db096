/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What each instruction computes, as pure functions made from the expressions of insn.def: alu64_ADD(dst, src),
 * alu32_ADD, neg64_NEG, end_BE16, jmp64_JEQ, jmp32_JEQ. 32-bit results come zero-extended.
 */
#ifndef SKEP_INTERP_OPS_H
#define SKEP_INTERP_OPS_H

#include <endian.h>
#include <stdbool.h>

#include "common/isa/insn.h"

/* Operands by the names of insn.def, in width `bits`; not every expression uses all. */
#define OPERANDS(bits, dst_value, src_value)									       \
	typedef u##bits U;											       \
	enum { W = bits };											       \
	const U D = (U)(dst_value), S = (U)(src_value);								       \
	const s##bits SD = (s##bits)D, SS = (s##bits)S;								       \
	(void)D, (void)S, (void)SD, (void)SS, (void)W, (void)sizeof(U)

#define ISA_ALU(name, op, sel, text, expr)									       \
	static inline u64 alu64_##name(u64 dst, u64 src)							       \
	{													       \
		OPERANDS(64, dst, src);										       \
		return expr;											       \
	}													       \
	static inline u64 alu32_##name(u64 dst, u64 src)							       \
	{													       \
		OPERANDS(32, dst, src);										       \
		return (u32)(expr);										       \
	}
#define ISA_NEG(name, op, text, expr)										       \
	static inline u64 neg64_##name(u64 dst)									       \
	{													       \
		OPERANDS(64, dst, 0);										       \
		return expr;											       \
	}													       \
	static inline u64 neg32_##name(u64 dst)									       \
	{													       \
		OPERANDS(32, dst, 0);										       \
		return (u32)(expr);										       \
	}
#define ISA_END(name, code, bits, text, expr)									       \
	static inline u64 end_##name(u64 dst)									       \
	{													       \
		const u##bits D = (u##bits)dst;									       \
		return (u##bits)(expr);										       \
	}
#define ISA_JMP(name, op, text, expr)										       \
	static inline bool jmp64_##name(u64 dst, u64 src)							       \
	{													       \
		OPERANDS(64, dst, src);										       \
		return expr;											       \
	}													       \
	static inline bool jmp32_##name(u64 dst, u64 src)							       \
	{													       \
		OPERANDS(32, dst, src);										       \
		return expr;											       \
	}
#include "common/isa/insn.def"
#undef OPERANDS

/* Memory of a program is what it was written as; loads and atomics may see it as any other type. */
typedef u8 __attribute__((may_alias)) mem_u8;
typedef u16 __attribute__((may_alias)) mem_u16;
typedef u32 __attribute__((may_alias)) mem_u32;
typedef u64 __attribute__((may_alias)) mem_u64;

#endif

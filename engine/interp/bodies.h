/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The bodies of the instructions that mean the same in both bindings of the interpreter: included inside the function that
 * executes (run.c, checked.c), which defines
 *	OP(name)            open the handler of ISA_name
 *	NEXT                go on with the next instruction
 *	JUMP                go on where pc->target says
 *	ACCESS(addr, n)     host address of n bytes at a program's address; leaves the program if it may not
 *	ATOMICALLY(type, p, statement)  execute the statement with `a` pointing to an aligned object of the type that stands at p
 * and has `pc` (struct interp_insn) and `r` (the registers) at hand.
 */
#define DST r[pc->dst]
#define SRC r[pc->src]
#define IMM pc->imm

#define ISA_ALU(name, op, sel, text, expr)                                                                             \
	OP(name##64_REG) DST = alu64_##name(DST, SRC);                                                                 \
	NEXT;                                                                                                          \
	OP(name##64_IMM) DST = alu64_##name(DST, IMM);                                                                 \
	NEXT;                                                                                                          \
	OP(name##32_REG) DST = alu32_##name(DST, SRC);                                                                 \
	NEXT;                                                                                                          \
	OP(name##32_IMM) DST = alu32_##name(DST, IMM);                                                                 \
	NEXT;
#define ISA_NEG(name, op, text, expr)                                                                                  \
	OP(name##64) DST = neg64_##name(DST);                                                                          \
	NEXT;                                                                                                          \
	OP(name##32) DST = neg32_##name(DST);                                                                          \
	NEXT;
#define ISA_MOVSX(name, class, bits, text)                                                                             \
	OP(name) DST = (class) == BPF_ALU ? (u32)(s##bits)SRC : (u64)(s64)(s##bits)SRC;                                \
	NEXT;
#define ISA_END(name, code, bits, text, expr)                                                                          \
	OP(name) DST = end_##name(DST);                                                                                \
	NEXT;
#define ISA_JMP(name, op, text, expr)                                                                                  \
	OP(name##_REG) if (jmp64_##name(DST, SRC)) JUMP;                                                               \
	NEXT;                                                                                                          \
	OP(name##_IMM) if (jmp64_##name(DST, IMM)) JUMP;                                                               \
	NEXT;                                                                                                          \
	OP(name##32_REG) if (jmp32_##name(DST, SRC)) JUMP;                                                             \
	NEXT;                                                                                                          \
	OP(name##32_IMM) if (jmp32_##name(DST, IMM)) JUMP;                                                             \
	NEXT;
#define ISA_MEM(suffix, size, type)                                                                                    \
	OP(LDX_##suffix)                                                                                               \
	{                                                                                                              \
		type v;                                                                                                \
		memcpy(&v, ACCESS(SRC + (u64)(s64)pc->off, sizeof(v)), sizeof(v));                                     \
		DST = v;                                                                                               \
	}                                                                                                              \
	NEXT;                                                                                                          \
	OP(STX_##suffix)                                                                                               \
	{                                                                                                              \
		type v = (type)SRC;                                                                                    \
		memcpy(ACCESS(DST + (u64)(s64)pc->off, sizeof(v)), &v, sizeof(v));                                     \
	}                                                                                                              \
	NEXT;                                                                                                          \
	OP(ST_##suffix)                                                                                                \
	{                                                                                                              \
		type v = (type)IMM;                                                                                    \
		memcpy(ACCESS(DST + (u64)(s64)pc->off, sizeof(v)), &v, sizeof(v));                                     \
	}                                                                                                              \
	NEXT;                                                                                                          \
	OP(LOAD_ACQ_##suffix)                                                                                          \
	{                                                                                                              \
		void *p = ACCESS(SRC + (u64)(s64)pc->off, sizeof(type));                                               \
		ATOMICALLY(mem_##type, p, DST = __atomic_load_n(a, __ATOMIC_ACQUIRE));                                 \
	}                                                                                                              \
	NEXT;                                                                                                          \
	OP(STORE_REL_##suffix)                                                                                         \
	{                                                                                                              \
		void *p = ACCESS(DST + (u64)(s64)pc->off, sizeof(type));                                               \
		ATOMICALLY(mem_##type, p, __atomic_store_n(a, (type)SRC, __ATOMIC_RELEASE));                           \
	}                                                                                                              \
	NEXT;
#define ISA_MEMSX(suffix, size, type)                                                                                  \
	OP(LDXS_##suffix)                                                                                              \
	{                                                                                                              \
		type v;                                                                                                \
		memcpy(&v, ACCESS(SRC + (u64)(s64)pc->off, sizeof(v)), sizeof(v));                                     \
		DST = (u64)(s64)v;                                                                                     \
	}                                                                                                              \
	NEXT;
/* Plain atomics order nothing; fetching ones are full barriers. */
#define ATOMIC_PAIR(name, word, suffix, type)                                                                          \
	OP(ATOMIC_##name##_##suffix)                                                                                   \
	{                                                                                                              \
		void *p = ACCESS(DST + (u64)(s64)pc->off, sizeof(type));                                               \
		ATOMICALLY(mem_##type, p, __atomic_fetch_##word(a, (type)SRC, __ATOMIC_RELAXED));                      \
	}                                                                                                              \
	NEXT;                                                                                                          \
	OP(FETCH_##name##_##suffix)                                                                                    \
	{                                                                                                              \
		void *p = ACCESS(DST + (u64)(s64)pc->off, sizeof(type));                                               \
		ATOMICALLY(mem_##type, p, SRC = __atomic_fetch_##word(a, (type)SRC, __ATOMIC_SEQ_CST));                \
	}                                                                                                              \
	NEXT;
#define ISA_ATOMIC(name, op, text, word)                                                                               \
	ATOMIC_PAIR(name, word, W, u32)                                                                                \
	ATOMIC_PAIR(name, word, DW, u64)
#include "common/isa/insn.def"

#define EXCHANGE(suffix, type)                                                                                         \
	OP(XCHG_##suffix)                                                                                              \
	{                                                                                                              \
		void *p = ACCESS(DST + (u64)(s64)pc->off, sizeof(type));                                               \
		ATOMICALLY(mem_##type, p, SRC = __atomic_exchange_n(a, (type)SRC, __ATOMIC_SEQ_CST));                  \
	}                                                                                                              \
	NEXT;                                                                                                          \
	OP(CMPXCHG_##suffix)                                                                                           \
	{                                                                                                              \
		void *p = ACCESS(DST + (u64)(s64)pc->off, sizeof(type));                                               \
		mem_##type old = (type)r[BPF_REG_0];                                                                   \
		ATOMICALLY(mem_##type, p,                                                                              \
			   __atomic_compare_exchange_n(a, &old, (type)SRC, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)); \
		r[BPF_REG_0] = old;                                                                                    \
	}                                                                                                              \
	NEXT;
EXCHANGE(W, u32)
EXCHANGE(DW, u64)
OP(JA) JUMP;
OP(JA32) JUMP;

#undef DST
#undef SRC
#undef IMM
#undef ATOMIC_PAIR
#undef EXCHANGE

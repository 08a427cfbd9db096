/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scalars: what the verifier knows of a number in a register: its bits (tnum), its 64-bit bounds and the bounds of its
 * low half, each unsigned and signed. The set of values is the intersection of all five views; scalar_sync() lets them
 * learn from each other. Pointers use the same struct for their variable offset.
 *
 * Everything here is pure and by value. Soundness is proved exhaustively at small widths by tests/unit/values_*.c, on
 * the same code: width.h is written over the bit width. Precision is that of Linux 6.18, so that verdicts and register
 * text agree: an operation that it does not follow (division, shifts by an unknown amount) gives an unknown value here
 * too.
 */
#ifndef SKEP_SCALAR_H
#define SKEP_SCALAR_H

#include "engine/verifier/values/range.h"
#include "engine/verifier/values/tnum.h"

struct scalar {
	struct tnum var;  /* "var_off" in the log */
	struct range r;	  /* 64 bits */
	struct range32 w; /* low 32 bits */
};

enum branch_outcome { BRANCH_UNKNOWN = -1, BRANCH_NEVER = 0, BRANCH_ALWAYS = 1 };

/* Both operands of a conditional jump after it went one way. possible: false when no pair of values goes that way. */
struct scalar_pair {
	struct scalar dst;
	struct scalar src;
	bool possible;
};

struct scalar scalar_unknown(void);
struct scalar scalar_const(u64 v);
/* min..max as signed or unsigned 64-bit numbers. */
struct scalar scalar_srange(s64 min, s64 max);
struct scalar scalar_urange(u64 min, u64 max);

static inline bool scalar_is_const(struct scalar a)
{
	return tnum_is_const(a.var);
}
/* The low half is known. */
static inline bool scalar_is_const32(struct scalar a)
{
	return (u32)a.var.mask == 0;
}
static inline u64 scalar_const_value(struct scalar a)
{
	return a.var.value;
}
bool scalar_is_unknown(struct scalar a);
bool scalar_eq(struct scalar a, struct scalar b);
/* Every value of b is in a, by each of the views (what pruning asks: is the state seen before at least as wide). */
bool scalar_in(struct scalar a, struct scalar b);
/* What is known of a number of which both hold; the bounds are forgotten when nothing is in both. */
struct scalar scalar_meet(struct scalar a, struct scalar b);
bool scalar_contains(struct scalar a, u64 x);
/* Invariants: every view is a proper range. A refinement of an impossible branch breaks them. */
bool scalar_is_sane(struct scalar a);

/* Let bits and bounds tighten each other: call after setting any of them by hand. */
struct scalar scalar_sync(struct scalar a);
/* Keep the bits, forget all bounds (or those of the low half), without sync. */
struct scalar scalar_forget_bounds(struct scalar a);
struct scalar scalar_forget_bounds32(struct scalar a);

/* Conversions. size in bytes: 1, 2, 4 (8 is the identity). */
struct scalar scalar_zext(struct scalar a, u32 size);	/* narrow loads; BPF_END that swaps nothing */
struct scalar scalar_zext32(struct scalar a);		/* what a 32-bit operation leaves: the upper half is zero */
struct scalar scalar_sext(struct scalar a, u32 size);	/* movsx and ldsx to 64 bits */
struct scalar scalar_sext32(struct scalar a, u32 size); /* movsx to 32 bits (1, 2), zero-extended */
struct scalar scalar_bswap(struct scalar a, u32 size);	/* the low 2, 4 or 8 bytes exchanged, zero-extended */

/*
 * dst op= src of class ALU64 (is64) or ALU. op is BPF_OP(code): BPF_ADD ... BPF_ARSH, BPF_NEG (src unused). Division
 * and modulo, signed or not, and shifts by an unknown amount or one of at least the width give an unknown value.
 */
struct scalar scalar_alu(u8 op, bool is64, struct scalar dst, struct scalar src);
/* Whether scalar_alu keeps track of this operation, rather than giving an unknown value. */
bool scalar_alu_tracked(u8 op, bool is64, struct scalar src);

/*
 * A number that is 0 or -1 (by its bounds, or those of its low half), as an arithmetic shift leaves a sign: the kernel
 * goes on with each of the two apart when AND or OR with a constant follows. False: it is no such number.
 */
bool scalar_split(struct scalar a, struct scalar *zero, struct scalar *ones);

/* Offset of a pointer moved by a scalar: 64-bit views only. op is BPF_ADD or BPF_SUB. */
struct scalar scalar_ptr_alu(u8 op, struct scalar ptr, struct scalar off);

/* Does `if dst op src` jump. op is BPF_OP(code): BPF_JEQ ... BPF_JSLE, BPF_JSET. */
enum branch_outcome scalar_branch(u8 op, bool is32, struct scalar dst, struct scalar src);
/* What is known of both operands when it jumped (taken) or not. */
struct scalar_pair scalar_refine(u8 op, bool is32, bool taken, struct scalar dst, struct scalar src);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conditional jumps over the bit width (width.h): what is known of the outcome, and what an outcome says of the
 * operands. A 32-bit comparison looks at the view of the low halves.
 */
#ifndef SKEP_SCALAR_BRANCH_H
#define SKEP_SCALAR_BRANCH_H

#include <linux/bpf.h>

#include "engine/verifier/values/width.h"

width_inline bool views_disjoint(struct range a, struct range b)
{
	return a.umin > b.umax || a.umax < b.umin || a.smin > b.smax || a.smax < b.smin;
}

/* Known outcome of dst == src. */
width_inline enum branch_outcome outcome_eq(struct view a, struct view b)
{
	if (tnum_is_const(a.bits) && tnum_is_const(b.bits))
		return a.bits.value == b.bits.value ? BRANCH_ALWAYS : BRANCH_NEVER;
	if (!tnum_overlap(a.bits, b.bits) || views_disjoint(a.r, b.r))
		return BRANCH_NEVER;
	return BRANCH_UNKNOWN;
}

width_inline enum branch_outcome outcome_not(enum branch_outcome o)
{
	return o == BRANCH_UNKNOWN ? o : o == BRANCH_ALWAYS ? BRANCH_NEVER : BRANCH_ALWAYS;
}

/* Known outcome of dst & src != 0, where one side is constant. */
width_inline enum branch_outcome outcome_set(struct view a, struct view b)
{
	if (!tnum_is_const(a.bits) && !tnum_is_const(b.bits))
		return BRANCH_UNKNOWN;
	if (a.bits.value & b.bits.value)
		return BRANCH_ALWAYS;
	return tnum_max(a.bits) & tnum_max(b.bits) ? BRANCH_UNKNOWN : BRANCH_NEVER;
}

#define ORDER(never, always) ((always) ? BRANCH_ALWAYS : (never) ? BRANCH_NEVER : BRANCH_UNKNOWN)

width_inline enum branch_outcome view_branch(u8 op, struct view a, struct view b)
{
	switch (op) {
	case BPF_JEQ:
		return outcome_eq(a, b);
	case BPF_JNE:
		return outcome_not(outcome_eq(a, b));
	case BPF_JSET:
		return outcome_set(a, b);
	case BPF_JGT:
		return ORDER(a.r.umax <= b.r.umin, a.r.umin > b.r.umax);
	case BPF_JGE:
		return ORDER(a.r.umax < b.r.umin, a.r.umin >= b.r.umax);
	case BPF_JLT:
		return ORDER(a.r.umin >= b.r.umax, a.r.umax < b.r.umin);
	case BPF_JLE:
		return ORDER(a.r.umin > b.r.umax, a.r.umax <= b.r.umin);
	case BPF_JSGT:
		return ORDER(a.r.smax <= b.r.smin, a.r.smin > b.r.smax);
	case BPF_JSGE:
		return ORDER(a.r.smax < b.r.smin, a.r.smin >= b.r.smax);
	case BPF_JSLT:
		return ORDER(a.r.smin >= b.r.smax, a.r.smax < b.r.smin);
	case BPF_JSLE:
		return ORDER(a.r.smin > b.r.smax, a.r.smax <= b.r.smin);
	default:
		return BRANCH_UNKNOWN;
	}
}

width_inline enum branch_outcome width_branch(u8 op, bool low, struct scalar a, struct scalar b, unsigned w)
{
	enum branch_outcome o;

	if (low)
		return view_branch(op, view_low(a, w), view_low(b, w));
	o = view_branch(op, view_full(a), view_full(b));
	/* Whole values differ when their low halves do. */
	if (o == BRANCH_UNKNOWN && (op == BPF_JEQ || op == BPF_JNE) && views_disjoint(range_of32(a.w), range_of32(b.w)))
		return op == BPF_JEQ ? BRANCH_NEVER : BRANCH_ALWAYS;
	return o;
}

/* Conditions as refinement sees them: the greater-than forms are the less-than ones with the operands exchanged. */
enum condition { COND_EQ, COND_NE, COND_SET, COND_CLEAR, COND_LT, COND_LE, COND_SLT, COND_SLE };

struct views {
	struct view a;
	struct view b;
};

/* A range without the value v where this is one of its ends. */
width_inline struct range range_without(struct range r, u64 v, unsigned w)
{
	s64 sv = width_sext(v, w);

	if (r.umin < r.umax) {
		r.umin += r.umin == v;
		r.umax -= r.umax == v;
	}
	if (r.smin < r.smax) {
		r.smin += r.smin == sv;
		r.smax -= r.smax == sv;
	}
	return r;
}

width_inline struct views learn_ne(struct views v, unsigned w)
{
	if (tnum_is_const(v.b.bits))
		v.a.r = range_without(v.a.r, v.b.bits.value, w);
	else if (tnum_is_const(v.a.bits))
		v.b.r = range_without(v.b.r, v.a.bits.value, w);
	return v;
}

/* a & mask != 0 sets a bit that is the only one of a constant mask; == 0 clears them all, and no bounds are kept then
 * but those that the bits give. */
width_inline struct view learn_mask(struct view v, u64 mask, bool set)
{
	if (!set)
		v.bits = tnum_and(v.bits, tnum_const(~mask));
	else if (mask && !(mask & (mask - 1)))
		v.bits = tnum_or(v.bits, tnum_const(mask));
	v.forget = !set;
	return v;
}

width_inline struct views learn_set(struct views v, bool set)
{
	if (tnum_is_const(v.b.bits))
		v.a = learn_mask(v.a, v.b.bits.value, set);
	else if (tnum_is_const(v.a.bits))
		v.b = learn_mask(v.b, v.a.bits.value, set);
	return v;
}

/* a <= b, or a < b. No end wraps: that branch is known to be impossible. */
width_inline struct views learn_order(struct views v, bool strict, bool is_signed)
{
	struct range *a = &v.a.r, *b = &v.b.r;

	if (is_signed) {
		a->smax = min_of(a->smax, b->smax - strict);
		b->smin = max_of(a->smin + strict, b->smin);
	} else {
		a->umax = min_of(a->umax, b->umax - strict);
		b->umin = max_of(a->umin + strict, b->umin);
	}
	return v;
}

width_inline struct views view_learn(enum condition cond, struct views v, unsigned w)
{
	switch (cond) {
	case COND_EQ:
		v.a.r = v.b.r = range_intersect(v.a.r, v.b.r);
		v.a.bits = v.b.bits = tnum_intersect(v.a.bits, v.b.bits);
		return v;
	case COND_NE:
		return learn_ne(v, w);
	case COND_SET:
	case COND_CLEAR:
		return learn_set(v, cond == COND_SET);
	case COND_LT:
	case COND_LE:
		return learn_order(v, cond == COND_LT, false);
	case COND_SLT:
	case COND_SLE:
		return learn_order(v, cond == COND_SLT, true);
	}
	return v;
}

/* The condition that holds, and whether it is between (src, dst) rather than (dst, src). */
width_inline enum condition condition_of(u8 op, bool taken, bool *exchanged)
{
	*exchanged = false;
	switch (op) {
	case BPF_JEQ:
		return taken ? COND_EQ : COND_NE;
	case BPF_JNE:
		return taken ? COND_NE : COND_EQ;
	case BPF_JSET:
		return taken ? COND_SET : COND_CLEAR;
	case BPF_JLT:
		*exchanged = !taken;
		return taken ? COND_LT : COND_LE;
	case BPF_JLE:
		*exchanged = !taken;
		return taken ? COND_LE : COND_LT;
	case BPF_JGT:
		*exchanged = taken;
		return taken ? COND_LT : COND_LE;
	case BPF_JGE:
		*exchanged = taken;
		return taken ? COND_LE : COND_LT;
	case BPF_JSLT:
		*exchanged = !taken;
		return taken ? COND_SLT : COND_SLE;
	case BPF_JSLE:
		*exchanged = !taken;
		return taken ? COND_SLE : COND_SLT;
	case BPF_JSGT:
		*exchanged = taken;
		return taken ? COND_SLT : COND_SLE;
	default: /* BPF_JSGE */
		*exchanged = taken;
		return taken ? COND_SLE : COND_SLT;
	}
}

width_inline struct scalar with_view(struct scalar a, struct view v, bool low, unsigned w)
{
	if (v.forget) {
		a = width_forget_bounds(a, w);
		v.r = range_full(low ? w / 2 : w);
	}
	if (low) {
		a.var = tnum_or(width_high(a.var, w), v.bits);
		a.w = range_to32(v.r);
	} else {
		a.var = v.bits;
		a.r = v.r;
	}
	return width_sync(a, w);
}

/* A branch that no values take: what is left is unknown within its bits, as the kernel goes on. */
width_inline struct scalar keep_sane(struct scalar a, bool *possible, unsigned w)
{
	if (width_is_sane(a, w))
		return a;
	*possible = false;
	return width_forget_bounds(a, w);
}

width_inline struct scalar_pair width_refine(u8 op, bool low, bool taken, struct scalar dst, struct scalar src,
					     unsigned w)
{
	enum branch_outcome other = taken ? BRANCH_NEVER : BRANCH_ALWAYS;
	struct scalar_pair res = {dst, src, .possible = width_branch(op, low, dst, src, w) != other};
	struct view d = low ? view_low(dst, w) : view_full(dst), s = low ? view_low(src, w) : view_full(src);
	bool exchanged;
	enum condition cond = condition_of(op, taken, &exchanged);
	struct views v = {exchanged ? s : d, exchanged ? d : s};

	if (!res.possible)
		return res;
	v = view_learn(cond, v, low ? w / 2 : w);
	res.dst = keep_sane(with_view(dst, exchanged ? v.b : v.a, low, w), &res.possible, w);
	res.src = keep_sane(with_view(src, exchanged ? v.a : v.b, low, w), &res.possible, w);
	return res;
}

#endif

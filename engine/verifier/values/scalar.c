/* SPDX-License-Identifier: BSD-2-Clause */
/* Scalars at 64 bits (scalar.h): the width-generic operations, instantiated. */
#include "engine/verifier/values/scalar.h"

#include "engine/verifier/values/alu.h"
#include "engine/verifier/values/branch.h"
#include "engine/verifier/values/width.h"

#define W 64

struct scalar scalar_unknown(void)
{
	return width_unknown(W);
}

struct scalar scalar_const(u64 v)
{
	return width_const(v, W);
}

struct scalar scalar_srange(s64 min, s64 max)
{
	struct scalar a = scalar_unknown();

	a.r.smin = min;
	a.r.smax = max;
	return width_sync(a, W);
}

struct scalar scalar_urange(u64 min, u64 max)
{
	struct scalar a = scalar_unknown();

	a.r.umin = min;
	a.r.umax = max;
	return width_sync(a, W);
}

bool scalar_is_unknown(struct scalar a)
{
	return tnum_is_unknown(a.var) && range_is_full(a.r, W) && range_is_full(range_of32(a.w), W / 2);
}

static bool range_eq(struct range a, struct range b)
{
	return a.umin == b.umin && a.umax == b.umax && a.smin == b.smin && a.smax == b.smax;
}

bool scalar_eq(struct scalar a, struct scalar b)
{
	return tnum_eq(a.var, b.var) && range_eq(a.r, b.r) && range_eq(range_of32(a.w), range_of32(b.w));
}

bool scalar_in(struct scalar a, struct scalar b)
{
	return tnum_in(a.var, b.var) && range_in(a.r, b.r) && range_in(range_of32(a.w), range_of32(b.w));
}

struct scalar scalar_meet(struct scalar a, struct scalar b)
{
	bool possible;

	a.var = tnum_intersect(a.var, b.var);
	a.r = range_intersect(a.r, b.r);
	a.w = range_to32(range_intersect(range_of32(a.w), range_of32(b.w)));
	return keep_sane(width_sync(a, W), &possible, W);
}

bool scalar_contains(struct scalar a, u64 x)
{
	return tnum_contains(a.var, x) && range_in(a.r, range_const(x, W)) &&
	       range_in(range_of32(a.w), range_const(x, W / 2));
}

bool scalar_is_sane(struct scalar a)
{
	return width_is_sane(a, W);
}

struct scalar scalar_sync(struct scalar a)
{
	return width_sync(a, W);
}

struct scalar scalar_forget_bounds(struct scalar a)
{
	return width_forget_bounds(a, W);
}

struct scalar scalar_forget_bounds32(struct scalar a)
{
	a.w = range_to32(range_full(W / 2));
	return a;
}

struct scalar scalar_zext(struct scalar a, u32 size)
{
	return size < 8 ? width_zext_to(a, 8 * size, W) : a;
}

struct scalar scalar_zext32(struct scalar a)
{
	return width_zext_low(a, W);
}

struct scalar scalar_sext(struct scalar a, u32 size)
{
	return size < 8 ? width_sext_to(a, 8 * size, W) : a;
}

struct scalar scalar_sext32(struct scalar a, u32 size)
{
	return size < 4 ? width_sext_low(a, 8 * size, W) : width_zext_low(a, W);
}

struct scalar scalar_bswap(struct scalar a, u32 size)
{
	a.var = tnum_bswap(a.var, (u8)(8 * size));
	return width_sync(width_forget_bounds(a, W), W);
}

bool scalar_alu_tracked(u8 op, bool is64, struct scalar src)
{
	return alu_tracked(op, is64, src, W);
}

struct scalar scalar_alu(u8 op, bool is64, struct scalar dst, struct scalar src)
{
	return width_alu(op, is64, dst, src, W);
}

/* The low half is v; what is known of the upper one stays. */
static struct scalar with_low_const(struct scalar a, u32 v)
{
	a.var = tnum_with_subreg(a.var, tnum_const(v));
	a.w = range_to32(range_const(v, W / 2));
	return a;
}

bool scalar_split(struct scalar a, struct scalar *zero, struct scalar *ones)
{
	if (a.r.smin == -1 && a.r.smax == 0) {
		*zero = scalar_const(0);
		*ones = scalar_const(~0ULL);
		return true;
	}
	if (a.w.smin != -1 || a.w.smax != 0)
		return false;
	*zero = with_low_const(a, 0);
	*ones = with_low_const(a, ~0U);
	return true;
}

struct scalar scalar_ptr_alu(u8 op, struct scalar ptr, struct scalar off)
{
	return width_ptr_alu(op, ptr, off, W);
}

enum branch_outcome scalar_branch(u8 op, bool is32, struct scalar dst, struct scalar src)
{
	return width_branch(op, is32, dst, src, W);
}

struct scalar_pair scalar_refine(u8 op, bool is32, bool taken, struct scalar dst, struct scalar src)
{
	return width_refine(op, is32, taken, dst, src, W);
}

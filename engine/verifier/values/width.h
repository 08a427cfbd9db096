/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scalar operations written over the bit width w, whose low half has h = w / 2 bits. scalar.c instantiates them at 64;
 * the tests at widths at which every value can be tried. Values are zero-extended to 64 bits; `w` (the low half) uses
 * struct range32.
 */
#ifndef SKEP_SCALAR_WIDTH_H
#define SKEP_SCALAR_WIDTH_H

#include "engine/verifier/values/scalar.h"

/* What a comparison or a half-width operation sees: one width's bits and bounds. */
struct view {
	struct tnum bits;
	struct range r;
	bool forget; /* bounds of either width do not hold any more */
};

width_inline struct scalar width_const(u64 v, unsigned w)
{
	return (struct scalar){tnum_const(width_zext(v, w)), range_const(v, w), range_to32(range_const(v, w / 2))};
}
width_inline struct scalar width_unknown(unsigned w)
{
	return (struct scalar){{0, width_umax(w)}, range_full(w), range_to32(range_full(w / 2))};
}

width_inline struct tnum width_low(struct tnum t, unsigned w)
{
	return (struct tnum){width_zext(t.value, w / 2), width_zext(t.mask, w / 2)};
}
width_inline struct tnum width_high(struct tnum t, unsigned w)
{
	u64 low = width_umax(w / 2);

	return (struct tnum){t.value & ~low, t.mask & ~low};
}

width_inline struct view view_full(struct scalar a)
{
	return (struct view){a.var, a.r, false};
}
width_inline struct view view_low(struct scalar a, unsigned w)
{
	return (struct view){width_low(a.var, w), range_of32(a.w), false};
}

width_inline struct scalar sync_from_bits(struct scalar a, unsigned w)
{
	u64 only, next;

	a.w = range_to32(range_clamp_tnum(range_of32(a.w), width_low(a.var, w), w / 2));
	a.r = range_clamp_tnum(a.r, a.var, w);
	if (tnum_is_const(a.var) || !tnum_at_least(a.var, a.r.umin, &only) || only > a.r.umax)
		return a;
	if (tnum_at_least(a.var, only + 1, &next) && next <= a.r.umax)
		return a;
	return width_const(only, w); /* of all that the bits allow, it alone lies within the bounds */
}

/* What min..max at full width says of the low half: something when the upper half stands still, or when it steps by one
 * while the low half, read as signed, goes from negative to positive. */
width_inline struct range low_from_full(struct range low, u64 min, u64 max, unsigned w)
{
	unsigned h = w / 2;
	u64 lmin = width_zext(min, h), lmax = width_zext(max, h);
	s64 smin = width_sext(min, h), smax = width_sext(max, h);

	if (min >> h == max >> h) {
		if (lmin <= lmax)
			low = range_clamp_u(low, lmin, lmax);
		if (smin <= smax)
			low = range_clamp_s(low, smin, smax);
	} else if (width_zext((min >> h) + 1, h) == max >> h && smin < 0 && smax >= 0) {
		low = range_clamp_s(low, smin, smax);
	}
	return low;
}

/* What the low half says of the whole: it bounds the ends' low halves; and when the whole is a sign-extended half that
 * is not negative, its bounds are the whole's. */
width_inline struct range full_from_low(struct range r, struct range low, unsigned w)
{
	u64 mask = width_umax(w / 2);

	r = range_clamp_u(r, (r.umin & ~mask) | low.umin, (r.umax & ~mask) | low.umax);
	r = range_clamp_s(r, (s64)(((u64)r.smin & ~mask) | low.umin), (s64)(((u64)r.smax & ~mask) | low.umax));
	if (low.smin >= 0 && r.smin >= width_smin(w / 2) && r.smax <= width_smax(w / 2))
		return (struct range){(u64)low.smin, (u64)low.smax, low.smin, low.smax};
	return r;
}

width_inline struct scalar sync_bounds(struct scalar a, unsigned w)
{
	struct range low = range_of32(a.w);

	low = low_from_full(low, a.r.umin, a.r.umax, w);
	low = low_from_full(low, width_zext(a.r.smin, w), width_zext(a.r.smax, w), w);
	low = range_deduce(low, w / 2);
	a.r = range_deduce(a.r, w);
	a.r = full_from_low(a.r, low, w);
	a.w = range_to32(low);
	return a;
}

width_inline struct scalar sync_to_bits(struct scalar a, unsigned w)
{
	struct tnum full = tnum_intersect(a.var, tnum_zext(tnum_range(a.r.umin, a.r.umax), w));
	struct tnum low = tnum_intersect(width_low(full, w), tnum_zext(tnum_range(a.w.umin, a.w.umax), w / 2));

	a.var = tnum_or(width_high(full, w), low);
	return a;
}

/* Three rounds, as the kernel makes: a fixed point would know more than it in rare cases, and the verdicts would differ
 * there. */
width_inline struct scalar width_sync(struct scalar a, unsigned w)
{
	a = sync_from_bits(a, w);
	for (int round = 0; round < 3; round++)
		a = sync_bounds(a, w);
	return sync_from_bits(sync_to_bits(a, w), w);
}

width_inline bool width_is_sane(struct scalar a, unsigned w)
{
	return range_is_sane(a.r) && range_is_sane(range_of32(a.w));
}

width_inline struct scalar width_forget_bounds(struct scalar a, unsigned w)
{
	a.r = range_full(w);
	a.w = range_to32(range_full(w / 2));
	return a;
}

/* The low half as the whole value: the upper half is zero. */
width_inline struct scalar width_zext_low(struct scalar a, unsigned w)
{
	bool positive = a.w.smin >= 0 && a.w.smax >= 0;

	a.var = width_low(a.var, w);
	a.r.umin = a.w.umin;
	a.r.umax = a.w.umax;
	a.r.smin = positive ? a.w.smin : 0;
	a.r.smax = positive ? a.w.smax : (s64)width_umax(w / 2);
	return width_sync(a, w);
}

/* Keep `bits` low bits of the whole, zero-extended. */
width_inline struct scalar width_zext_to(struct scalar a, unsigned bits, unsigned w)
{
	u64 mask = width_umax(bits);

	a.var = tnum_zext(a.var, bits);
	if ((a.r.umin & ~mask) == (a.r.umax & ~mask)) {
		a.r.umin &= mask;
		a.r.umax &= mask;
	} else {
		a.r.umin = 0;
		a.r.umax = mask;
	}
	a.r.smin = (s64)a.r.umin;
	a.r.smax = (s64)a.r.umax;
	if (bits < w / 2)
		a.w = range_to32(range_full(w / 2));
	return width_sync(a, w);
}

/* `bits` low bits of a range, sign-extended: the range itself when neither the bits above nor the sign change in it;
 * else all. */
width_inline struct range range_sext(struct range r, unsigned bits, unsigned w)
{
	if (r.smin >> (bits - 1) == r.smax >> (bits - 1))
		return range_clamp_s(range_full(w), width_sext((u64)r.smin, bits), width_sext((u64)r.smax, bits));
	return range_clamp_s(range_full(w), width_smin(bits), width_smax(bits));
}

/* movsx to the whole width. */
width_inline struct scalar width_sext_to(struct scalar a, unsigned bits, unsigned w)
{
	if (tnum_is_const(a.var))
		return width_const((u64)width_sext(a.var.value, bits), w);
	return width_sync((struct scalar){{0, width_umax(w)}, range_sext(a.r, bits, w), range_to32(range_full(w / 2))},
			  w);
}

/* movsx to the low half, which is then zero-extended. */
width_inline struct scalar width_sext_low(struct scalar a, unsigned bits, unsigned w)
{
	struct tnum low = width_low(a.var, w);

	if (tnum_is_const(low))
		return width_const(width_zext((u64)width_sext(low.value, bits), w / 2), w);
	a.var = (struct tnum){0, width_umax(w)};
	a.w = range_to32(range_sext(range_of32(a.w), bits, w / 2));
	return width_zext_low(a, w);
}

#endif

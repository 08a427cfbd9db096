/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bounds of a number read as unsigned and as signed. struct range serves every width up to 64: at width w unsigned
 * bounds are below 2^w and signed bounds are sign-extended. struct range32 is how the low half is kept in a scalar.
 *
 * The operations are written over the width, so that the same code runs at 64 bits, at 32, and in tests at 4, where
 * every case can be tried. They are sound for wrapping arithmetic: where a bound would wrap, the range becomes full.
 */
#ifndef SKEP_RANGE_H
#define SKEP_RANGE_H

#include <stdbool.h>

#include "engine/verifier/values/tnum.h"

struct range {
	u64 umin, umax;
	s64 smin, smax;
};

struct range32 {
	u32 umin, umax;
	s32 smin, smax;
};

/* Written once over the width, compiled for each constant width. */
#define width_inline static inline __attribute__((always_inline))

width_inline u64 width_umax(unsigned w)
{
	return ~0ULL >> (64 - w);
}
width_inline s64 width_smax(unsigned w)
{
	return (s64)(width_umax(w) >> 1);
}
width_inline s64 width_smin(unsigned w)
{
	return -width_smax(w) - 1;
}
width_inline u64 width_zext(u64 v, unsigned w)
{
	return v & width_umax(w);
}
width_inline s64 width_sext(u64 v, unsigned w)
{
	return (s64)(v << (64 - w)) >> (64 - w);
}

width_inline struct range range_of32(struct range32 r)
{
	return (struct range){r.umin, r.umax, r.smin, r.smax};
}
width_inline struct range32 range_to32(struct range r)
{
	return (struct range32){(u32)r.umin, (u32)r.umax, (s32)r.smin, (s32)r.smax};
}

width_inline struct range range_full(unsigned w)
{
	return (struct range){0, width_umax(w), width_smin(w), width_smax(w)};
}
width_inline struct range range_const(u64 v, unsigned w)
{
	return (struct range){width_zext(v, w), width_zext(v, w), width_sext(v, w), width_sext(v, w)};
}
width_inline bool range_is_sane(struct range r)
{
	return r.umin <= r.umax && r.smin <= r.smax;
}
width_inline bool range_is_full(struct range r, unsigned w)
{
	return !r.umin && r.umax == width_umax(w) && r.smin == width_smin(w) && r.smax == width_smax(w);
}
width_inline bool range_in(struct range outer, struct range r)
{
	return outer.umin <= r.umin && outer.umax >= r.umax && outer.smin <= r.smin && outer.smax >= r.smax;
}

/* Intersections with one view; the result is not sane when nothing is in both. */
width_inline struct range range_clamp_u(struct range r, u64 min, u64 max)
{
	r.umin = max_of(r.umin, min);
	r.umax = min_of(r.umax, max);
	return r;
}
width_inline struct range range_clamp_s(struct range r, s64 min, s64 max)
{
	r.smin = max_of(r.smin, min);
	r.smax = min_of(r.smax, max);
	return r;
}
width_inline struct range range_intersect(struct range a, struct range b)
{
	return range_clamp_s(range_clamp_u(a, b.umin, b.umax), b.smin, b.smax);
}

/* What known bits say: the extremes set the unknown bits one way, but the sign bit the other way for signed bounds. */
width_inline struct range range_clamp_tnum(struct range r, struct tnum t, unsigned w)
{
	u64 sign = (u64)width_smin(w) & width_umax(w);

	r = range_clamp_u(r, t.value, t.value | t.mask);
	return range_clamp_s(r, width_sext(t.value | (t.mask & sign), w), width_sext(t.value | (t.mask & ~sign), w));
}

/*
 * The two views of one number teach each other. Unsigned bounds with the same sign are signed bounds, and the reverse.
 * A signed range across zero is, unsigned, two pieces: 0..smax and smin..~0; unsigned bounds that meet only one of them
 * choose it.
 */
width_inline struct range range_deduce(struct range r, unsigned w)
{
	if (width_sext(r.umin, w) <= width_sext(r.umax, w))
		r = range_clamp_s(r, width_sext(r.umin, w), width_sext(r.umax, w));
	if (width_zext(r.smin, w) <= width_zext(r.smax, w))
		return range_clamp_u(r, width_zext(r.smin, w), width_zext(r.smax, w));
	if (r.umax < width_zext(r.smin, w)) {
		r.smin = width_sext(r.umin, w);
		r.umax = min_of(r.umax, width_zext(r.smax, w));
	} else if (width_zext(r.smax, w) < r.umin) {
		r.smax = width_sext(r.umax, w);
		r.umin = max_of(r.umin, width_zext(r.smin, w));
	}
	return r;
}

/* Checked arithmetic at a width: whether the exact result does not fit; *res is the wrapped one. */
width_inline bool u_add(u64 a, u64 b, u64 *res, unsigned w)
{
	bool wraps = __builtin_add_overflow(a, b, res) || *res > width_umax(w);

	*res = width_zext(*res, w);
	return wraps;
}
width_inline bool u_sub(u64 a, u64 b, u64 *res, unsigned w)
{
	*res = width_zext(a - b, w);
	return a < b;
}
width_inline bool u_mul(u64 a, u64 b, u64 *res, unsigned w)
{
	return __builtin_mul_overflow(a, b, res) || *res > width_umax(w);
}
width_inline bool s_outside(s64 v, unsigned w)
{
	return v < width_smin(w) || v > width_smax(w);
}
width_inline bool s_add(s64 a, s64 b, s64 *res, unsigned w)
{
	return __builtin_add_overflow(a, b, res) || s_outside(*res, w);
}
width_inline bool s_sub(s64 a, s64 b, s64 *res, unsigned w)
{
	return __builtin_sub_overflow(a, b, res) || s_outside(*res, w);
}
width_inline bool s_mul(s64 a, s64 b, s64 *res, unsigned w)
{
	return __builtin_mul_overflow(a, b, res) || s_outside(*res, w);
}

/* Unsigned bounds stay in order when both ends wrap or none does. */
width_inline struct range range_add(struct range a, struct range b, unsigned w)
{
	struct range r, full = range_full(w);
	bool low = u_add(a.umin, b.umin, &r.umin, w), high = u_add(a.umax, b.umax, &r.umax, w);
	bool below = s_add(a.smin, b.smin, &r.smin, w), above = s_add(a.smax, b.smax, &r.smax, w);

	if (low != high)
		r.umin = full.umin, r.umax = full.umax;
	if (below || above)
		r.smin = full.smin, r.smax = full.smax;
	return r;
}

width_inline struct range range_sub(struct range a, struct range b, unsigned w)
{
	struct range r, full = range_full(w);
	bool low = u_sub(a.umin, b.umax, &r.umin, w), high = u_sub(a.umax, b.umin, &r.umax, w);
	bool below = s_sub(a.smin, b.smax, &r.smin, w), above = s_sub(a.smax, b.smin, &r.smax, w);

	if (low != high)
		r.umin = full.umin, r.umax = full.umax;
	if (below || above)
		r.smin = full.smin, r.smax = full.smax;
	return r;
}

/* A product is extreme at a corner of the two ranges. */
width_inline struct range range_mul(struct range a, struct range b, unsigned w)
{
	struct range r = range_full(w);
	u64 umin, umax;
	s64 p, q, x, y;

	if (!u_mul(a.umax, b.umax, &umax, w)) {
		u_mul(a.umin, b.umin, &umin, w);
		r.umin = umin;
		r.umax = umax;
	}
	if (s_mul(a.smin, b.smin, &p, w) || s_mul(a.smin, b.smax, &q, w) || s_mul(a.smax, b.smin, &x, w) ||
	    s_mul(a.smax, b.smax, &y, w))
		return r;
	r.smin = min_of(min_of(p, q), min_of(x, y));
	r.smax = max_of(max_of(p, q), max_of(x, y));
	return r;
}

/* Signed bounds from unsigned ones where these do not cross the sign; otherwise unknown. */
width_inline struct range range_from_u(u64 umin, u64 umax, unsigned w)
{
	struct range r = range_full(w);

	r.umin = umin;
	r.umax = umax;
	if (width_sext(umin, w) <= width_sext(umax, w)) {
		r.smin = width_sext(umin, w);
		r.smax = width_sext(umax, w);
	}
	return r;
}

/* Bitwise operations; `bits` is the result's tnum at this width. */
width_inline struct range range_and(struct range a, struct range b, struct tnum bits, unsigned w)
{
	return range_from_u(bits.value, min_of(a.umax, b.umax), w);
}
width_inline struct range range_or(struct range a, struct range b, struct tnum bits, unsigned w)
{
	return range_from_u(max_of(a.umin, b.umin), tnum_max(bits), w);
}
width_inline struct range range_xor(struct range a, struct range b, struct tnum bits, unsigned w)
{
	(void)a, (void)b;
	return range_from_u(bits.value, tnum_max(bits), w);
}

/* Shifts by a known amount below 64; an amount of w or more leaves nothing known. */
width_inline struct range range_lsh(struct range a, u64 n, unsigned w)
{
	struct range r = range_full(w);

	if (n < w && a.umax <= 1ULL << (w - 1 - n)) {
		r.umin = a.umin << n;
		r.umax = a.umax << n;
	}
	return r;
}
width_inline struct range range_rsh(struct range a, u64 n, unsigned w)
{
	struct range r = range_full(w);

	r.umin = a.umin >> n;
	r.umax = a.umax >> n;
	return r;
}
width_inline struct range range_arsh(struct range a, u64 n, unsigned w)
{
	struct range r = range_full(w);

	r.smin = a.smin >> n;
	r.smax = a.smax >> n;
	return r;
}

#endif

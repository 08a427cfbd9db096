/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tristate numbers, proved by trying all: every pair of tnums of BITS bits, placed at the bottom, across the middle and
 * at the top of 64 bits, and every pair of their members.
 */
#include "unit.h"
#include "engine/verifier/values/tnum.h"

#define BITS  5
#define TNUMS 243 /* 3^BITS */
#define ALL   ((1U << BITS) - 1)

static struct tnum all[TNUMS];
static const unsigned places[] = {0, 30, 64 - BITS};

static void make_all(void)
{
	unsigned n = 0;

	for (unsigned mask = 0; mask <= ALL; mask++)
		for (unsigned value = 0; value <= ALL; value++)
			if (!(value & mask))
				all[n++] = (struct tnum){value, mask};
	assert_int_equal(n, TNUMS);
}

/* The i-th member of a tnum whose mask lies in BITS bits from `at`; false when there are no more. */
static bool next_member(struct tnum t, u64 *x)
{
	u64 unknown = ((*x & t.mask) - t.mask) & t.mask; /* count within the mask */

	*x = t.value | unknown;
	return unknown != 0;
}

#define for_each_member(x, t) for (u64 x = (t).value, x##_on = 1; x##_on; x##_on = next_member(t, &x))

static struct tnum hull_none(void)
{
	return (struct tnum){1, 1};
}
static bool is_none(struct tnum t)
{
	return t.value & t.mask;
}
static struct tnum hull_add(struct tnum hull, u64 v)
{
	u64 mask;

	if (is_none(hull))
		return tnum_const(v);
	mask = hull.mask | (hull.value ^ v);
	return (struct tnum){v & ~mask, mask};
}

static struct tnum at(struct tnum t, unsigned place)
{
	return (struct tnum){t.value << place, t.mask << place};
}

static void check_well_formed(struct tnum t)
{
	assert_int_equal(t.value & t.mask, 0);
}

struct op {
	const char *name;
	struct tnum (*abstract)(struct tnum a, struct tnum b);
	u64 (*concrete)(u64 a, u64 b);
	bool best; /* gives the smallest tnum */
};

#define CONCRETE(name, expr)                                                                                           \
	static u64 name(u64 a, u64 b)                                                                                  \
	{                                                                                                              \
		return expr;                                                                                           \
	}
CONCRETE(c_add, a + b)
CONCRETE(c_sub, a - b)
CONCRETE(c_and, a &b)
CONCRETE(c_or, a | b)
CONCRETE(c_xor, a ^ b)
CONCRETE(c_mul, a *b)

static const struct op ops[] = {
    {"add", tnum_add, c_add, true}, {"sub", tnum_sub, c_sub, true}, {"and", tnum_and, c_and, true},
    {"or", tnum_or, c_or, true},    {"xor", tnum_xor, c_xor, true}, {"mul", tnum_mul, c_mul, false},
};

static void check_pair(const struct op *op, struct tnum a, struct tnum b)
{
	struct tnum res = op->abstract(a, b), hull = hull_none();

	check_well_formed(res);
	for_each_member(x, a) for_each_member(y, b)
	{
		u64 v = op->concrete(x, y);

		if (!tnum_contains(res, v))
			fail_msg("%s: %llx, %llx of (%llx;%llx), (%llx;%llx)", op->name, x, y, a.value, a.mask, b.value,
				 b.mask);
		hull = hull_add(hull, v);
	}
	if (op->best)
		assert_true(tnum_eq(res, hull));
	assert_true(tnum_in(res, hull));
}

static void binary_operations_hold_every_result(void **state)
{
	for (unsigned o = 0; o < ARRAY_SIZE(ops); o++)
		for (unsigned p = 0; p < ARRAY_SIZE(places); p++)
			for (unsigned i = 0; i < TNUMS; i++)
				for (unsigned j = 0; j < TNUMS; j++)
					check_pair(&ops[o], at(all[i], places[p]), at(all[j], p == 1 ? 0 : places[p]));
}

static u64 bswap(u64 x, u8 bits)
{
	return bits == 16 ? __builtin_bswap16(x) : bits == 32 ? __builtin_bswap32(x) : __builtin_bswap64(x);
}

struct unary_case {
	struct tnum res;
	struct tnum hull;
};

static void unary_add(struct unary_case *c, u64 v)
{
	assert_true(tnum_contains(c->res, v));
	c->hull = hull_add(c->hull, v);
}

#define check_unary(t, abstract, concrete)                                                                             \
	do {                                                                                                           \
		struct unary_case c = {abstract, hull_none()};                                                         \
		check_well_formed(c.res);                                                                              \
		for_each_member(x, t) unary_add(&c, concrete);                                                         \
		assert_true(tnum_eq(c.res, c.hull));                                                                   \
	} while (0)

static void shifts_and_conversions_are_exact(void **state)
{
	static const u8 widths[] = {8, 16, 32, 64}, swaps[] = {16, 32, 64};

	for (unsigned place = 0; place <= 64 - BITS; place++)
		for (unsigned i = 0; i < TNUMS; i++) {
			struct tnum t = at(all[i], place);

			for (u8 n = 0; n < 64; n += 7) {
				check_unary(t, tnum_lsh(t, n), x << n);
				check_unary(t, tnum_rsh(t, n), x >> n);
				check_unary(t, tnum_arsh(t, n, 64), (u64)((s64)x >> n));
				if (n < 32)
					check_unary(t, tnum_arsh(t, n, 32), (u64)(u32)((s32)x >> n));
			}
			check_unary(t, tnum_neg(t), -x);
			for (unsigned w = 0; w < ARRAY_SIZE(widths); w++) {
				u8 up = 64 - widths[w];

				check_unary(t, tnum_zext(t, widths[w]), x << up >> up);
				check_unary(t, tnum_sext(t, widths[w]), (u64)((s64)(x << up) >> up));
			}
			for (unsigned w = 0; w < ARRAY_SIZE(swaps); w++)
				check_unary(t, tnum_bswap(t, swaps[w]), bswap(x, swaps[w]));
			check_unary(t, tnum_subreg(t), (u64)(u32)x);
			check_unary(t, tnum_clear_subreg(t), x & ~0xffffffffULL);
		}
}

static void the_low_half_is_replaced(void **state)
{
	for (unsigned i = 0; i < TNUMS; i++)
		for (unsigned j = 0; j < TNUMS; j++) {
			struct tnum t = at(all[i], 30), low = at(all[j], 29), res = tnum_with_subreg(t, low);

			check_well_formed(res);
			assert_true(tnum_eq(tnum_subreg(res), tnum_subreg(low)));
			assert_true(tnum_eq(tnum_clear_subreg(res), tnum_clear_subreg(t)));
		}
}

static void set_operations_agree_with_membership(void **state)
{
	for (unsigned i = 0; i < TNUMS; i++)
		for (unsigned j = 0; j < TNUMS; j++) {
			struct tnum a = all[i], b = all[j], both = tnum_intersect(a, b), either = tnum_union(a, b);
			bool overlap = false, in = true;
			struct tnum hull = hull_none();

			for (u64 x = 0; x <= ALL; x++) {
				bool in_a = tnum_contains(a, x), in_b = tnum_contains(b, x);

				if (in_a || in_b)
					hull = hull_add(hull, x);
				overlap |= in_a && in_b;
				in &= in_a || !in_b;
			}
			assert_int_equal(tnum_overlap(a, b), overlap);
			assert_int_equal(tnum_in(a, b), in);
			assert_true(tnum_eq(either, hull));
			for (u64 x = 0; overlap && x <= ALL; x++)
				assert_int_equal(tnum_contains(both, x), tnum_contains(a, x) && tnum_contains(b, x));
		}
}

static void the_next_member_is_found(void **state)
{
	for (unsigned p = 0; p < ARRAY_SIZE(places); p++)
		for (unsigned i = 0; i < TNUMS; i++)
			for (u64 m = 0; m <= ALL + 1; m++) {
				u64 min = (m << places[p]) + (p & m), least = ~0ULL, x;
				struct tnum t = at(all[i], places[p]);
				bool found = false;

				if (m > ALL && p == 2)
					continue; /* past 64 bits */
				for_each_member(y, t) if (y >= min && (!found || y < least))
				{
					least = y;
					found = true;
				}
				assert_int_equal(tnum_at_least(t, min, &x), found);
				if (found)
					assert_int_equal(x, least);
			}
}

static void ranges_are_the_smallest_tnum_around_them(void **state)
{
	for (unsigned p = 0; p < ARRAY_SIZE(places); p++)
		for (u64 min = 0; min <= ALL; min++) {
			struct tnum hull = hull_none();

			for (u64 max = min; max <= ALL; max++) {
				hull = hull_add(hull, max);
				assert_true(tnum_eq(tnum_range(min, max), hull));
				assert_true(
				    tnum_in(tnum_range(min << places[p], max << places[p]), at(hull, places[p])));
			}
		}
	assert_true(tnum_is_unknown(tnum_range(0, ~0ULL)));
	assert_true(tnum_is_unknown(tnum_range(3, 2)));
}

static void alignment_is_of_every_member(void **state)
{
	for (unsigned i = 0; i < TNUMS; i++)
		for (u64 size = 1; size <= 1 << BITS; size <<= 1) {
			bool aligned = true;

			for_each_member(x, all[i]) aligned &= x % size == 0;
			assert_int_equal(tnum_is_aligned(all[i], size), aligned);
		}
	assert_true(tnum_is_aligned(TNUM_UNKNOWN, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(binary_operations_hold_every_result),
	    cmocka_unit_test(shifts_and_conversions_are_exact),
	    cmocka_unit_test(the_low_half_is_replaced),
	    cmocka_unit_test(set_operations_agree_with_membership),
	    cmocka_unit_test(the_next_member_is_found),
	    cmocka_unit_test(ranges_are_the_smallest_tnum_around_them),
	    cmocka_unit_test(alignment_is_of_every_member),
	};

	make_all();
	return cmocka_run_group_tests(tests, NULL, NULL);
}

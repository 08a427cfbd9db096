/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scalars, proved by trying all values at small widths. The operations of width.h, alu.h and branch.h are instantiated
 * at W bits with low halves of W / 2; abstract values are taken as they come (also where their views contradict or
 * could teach each other), and every member of each is tried. What runs at 64 bits is the same code, which is tried
 * there with random values.
 */
#include "unit.h"

#include <linux/bpf.h>

#include "engine/verifier/values/alu.h"
#include "engine/verifier/values/branch.h"
#include "engine/verifier/values/scalar.h"
#include "engine/verifier/values/width.h"

static u64 seed = 0x9e3779b97f4a7c15ULL;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed * 0x2545f4914f6cdd1dULL;
}

static bool contains(struct scalar a, u64 x, unsigned w)
{
	struct range low = range_of32(a.w);

	return tnum_contains(a.var, x) && range_in(a.r, range_const(x, w)) && range_in(low, range_const(x, w / 2));
}

static const u8 alu_ops[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_MOD,  BPF_AND,
			     BPF_OR,  BPF_XOR, BPF_LSH, BPF_RSH, BPF_ARSH, BPF_NEG};
static const u8 jmp_ops[] = {BPF_JEQ, BPF_JNE,	BPF_JSET, BPF_JGT,  BPF_JGE, BPF_JLT,
			     BPF_JLE, BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE};

/* The instruction's meaning (RFC 9669, sections 4.1 and 4.3) at a width of at most 64; the shift count is below it. */
static u64 concrete_alu(u8 op, u64 x, u64 y, unsigned w)
{
	x = width_zext(x, w);
	y = width_zext(y, w);
	switch (op) {
	case BPF_ADD:
		return width_zext(x + y, w);
	case BPF_SUB:
		return width_zext(x - y, w);
	case BPF_MUL:
		return width_zext(x * y, w);
	case BPF_DIV:
		return y ? x / y : 0;
	case BPF_MOD:
		return y ? x % y : x;
	case BPF_AND:
		return x & y;
	case BPF_OR:
		return x | y;
	case BPF_XOR:
		return x ^ y;
	case BPF_LSH:
		return width_zext(x << (y & (w - 1)), w);
	case BPF_RSH:
		return x >> (y & (w - 1));
	case BPF_ARSH:
		return width_zext((u64)(width_sext(x, w) >> (y & (w - 1))), w);
	default: /* BPF_NEG */
		return width_zext(-x, w);
	}
}

static bool concrete_jmp(u8 op, u64 x, u64 y, unsigned w)
{
	s64 sx = width_sext(x, w), sy = width_sext(y, w);

	x = width_zext(x, w);
	y = width_zext(y, w);
	switch (op) {
	case BPF_JEQ:
		return x == y;
	case BPF_JNE:
		return x != y;
	case BPF_JSET:
		return x & y;
	case BPF_JGT:
		return x > y;
	case BPF_JGE:
		return x >= y;
	case BPF_JLT:
		return x < y;
	case BPF_JLE:
		return x <= y;
	case BPF_JSGT:
		return sx > sy;
	case BPF_JSGE:
		return sx >= sy;
	case BPF_JSLT:
		return sx < sy;
	default:
		return sx <= sy;
	}
}

/* A scalar that holds x, each view as narrow or wide as chance has it. */
static struct tnum random_tnum(u64 x, unsigned w)
{
	u64 mask = rnd();

	switch (rnd() % 5) {
	case 0:
		mask = 0;
		break;
	case 1:
		mask = ~0ULL;
		break;
	case 2:
		mask = width_umax(1 + rnd() % w);
		break;
	case 3:
		mask &= rnd() & rnd();
		break;
	}
	mask = width_zext(mask, w);
	return (struct tnum){x & ~mask, mask};
}

static u64 below(u64 x) /* a number from 0 to x, often near an end */
{
	switch (rnd() % 4) {
	case 0:
		return 0;
	case 1:
		return x;
	case 2:
		return x - min_of(x, rnd() % 4);
	default:
		return x == ~0ULL ? rnd() : rnd() % (x + 1);
	}
}

static struct range random_range(u64 x, unsigned w)
{
	s64 sx = width_sext(x, w);
	struct range r;

	x = width_zext(x, w);
	r.umin = below(x);
	r.umax = x + below(width_umax(w) - x);
	r.smin = (s64)((u64)sx - below((u64)sx - (u64)width_smin(w)));
	r.smax = (s64)((u64)sx + below((u64)width_smax(w) - (u64)sx));
	return r;
}

static struct scalar random_scalar(u64 x, unsigned w)
{
	struct scalar a = {random_tnum(x, w), random_range(x, w), range_to32(random_range(x, w / 2))};
	struct scalar all = width_unknown(w);

	if (rnd() % 8 == 0)
		return width_const(x, w);
	if (rnd() % 3 == 0)
		a.var = all.var;
	if (rnd() % 3 == 0)
		a.r = all.r;
	if (rnd() % 2 == 0)
		a.w = all.w;
	return rnd() % 4 ? width_sync(a, w) : a;
}

#define show(a)                                                                                                        \
	(a).var.value, (a).var.mask, (a).r.umin, (a).r.umax, (a).r.smin, (a).r.smax, (a).w.umin, (a).w.umax,           \
	    (a).w.smin, (a).w.smax
#define SHOW "(%llx;%llx) u %llx..%llx s %lld..%lld u32 %x..%x s32 %d..%d"

static void must_hold(const char *what, unsigned op, struct scalar res, u64 v, unsigned w)
{
	if (!contains(res, v, w))
		fail_msg("%s %#x at %u bits: %llx is not in " SHOW, what, op, w, v, show(res));
}

/* For shifts by an amount that is not below the width the instruction masks it; those are not tracked. */
width_inline void check_alu(struct scalar a, struct scalar b, u64 x, u64 y, unsigned w)
{
	for (unsigned o = 0; o < ARRAY_SIZE(alu_ops); o++)
		for (int full = 0; full <= 1; full++) {
			u64 v = concrete_alu(alu_ops[o], x, y, full ? w : w / 2);

			must_hold("alu", alu_ops[o] | (u8)full, width_alu(alu_ops[o], full, a, b, w), v, w);
		}
	must_hold("ptr", BPF_ADD, width_ptr_alu(BPF_ADD, a, b, w), width_zext(x + y, w), w);
	must_hold("ptr", BPF_SUB, width_ptr_alu(BPF_SUB, a, b, w), width_zext(x - y, w), w);
}

width_inline void check_jmp(struct scalar a, struct scalar b, u64 x, u64 y, unsigned w)
{
	for (unsigned o = 0; o < ARRAY_SIZE(jmp_ops); o++)
		for (int low = 0; low <= 1; low++) {
			bool taken = concrete_jmp(jmp_ops[o], x, y, low ? w / 2 : w);
			enum branch_outcome known = width_branch(jmp_ops[o], low, a, b, w);
			struct scalar_pair res = width_refine(jmp_ops[o], low, taken, a, b, w);

			if (known != BRANCH_UNKNOWN && known != (taken ? BRANCH_ALWAYS : BRANCH_NEVER))
				fail_msg("jump %#x low %d: %llx, %llx of " SHOW " and " SHOW, jmp_ops[o], low, x, y,
					 show(a), show(b));
			assert_true(res.possible);
			must_hold("refined dst", jmp_ops[o], res.dst, x, w);
			must_hold("refined src", jmp_ops[o], res.src, y, w);
		}
}

width_inline void check_unary(struct scalar a, u64 x, unsigned w)
{
	must_hold("sync", 0, width_sync(a, w), x, w);
	must_hold("zext low", 0, width_zext_low(a, w), width_zext(x, w / 2), w);
	for (unsigned bits = 1; bits < w; bits++) {
		u64 sx = (u64)width_sext(x, bits);

		must_hold("zext", bits, width_zext_to(a, bits, w), width_zext(x, bits), w);
		must_hold("sext", bits, width_sext_to(a, bits, w), width_zext(sx, w), w);
		if (bits < w / 2)
			must_hold("sext low", bits, width_sext_low(a, bits, w), width_zext(sx, w / 2), w);
	}
}

/* Every tnum with every unsigned range with every signed range of 4 bits, and each of their members. */
static void views_of_four_bits_teach_each_other_only_what_holds(void **state)
{
	const unsigned w = 4;
	unsigned long members = 0;

	for (u64 mask = 0; mask < 16; mask++)
		for (u64 value = 0; value < 16; value++)
			for (u64 umin = 0; umin < 16; umin++)
				for (u64 umax = umin; umax < 16; umax++)
					for (s64 smin = -8; smin < 8; smin++)
						for (s64 smax = smin; smax < 8; smax++) {
							struct scalar a = width_unknown(w), b;

							if (value & mask)
								continue;
							a.var = (struct tnum){value, mask};
							a.r = (struct range){umin, umax, smin, smax};
							b = width_sync(a, w);
							for (u64 x = umin; x <= umax; x++)
								if (contains(a, x, w)) {
									must_hold("sync", 0, b, x, w);
									members++;
								}
						}
	assert_true(members > 400000);
}

/* The same for the low half's views: the upper half is found from any of them. */
static void halves_teach_each_other_only_what_holds(void **state)
{
	const unsigned w = 4;

	for (u64 umin = 0; umin < 16; umin++)
		for (u64 umax = umin; umax < 16; umax++)
			for (s64 smin = -8; smin < 8; smin++)
				for (s64 smax = smin; smax < 8; smax++)
					for (unsigned l = 0; l < 256; l++) {
						struct scalar a = width_unknown(w), b;

						a.r = (struct range){umin, umax, smin, smax};
						a.w = (struct range32){l & 3, l >> 2 & 3, (s32)(l >> 4 & 3) - 2,
								       (s32)(l >> 6 & 3) - 2};
						b = width_sync(a, w);
						for (u64 x = umin; x <= umax; x++)
							if (contains(a, x, w))
								must_hold("sync", 0, b, x, w);
					}
}

/* Ranges alone: unsigned and signed ranges of 4 bits in pairs, through every operation and jump. */
static void operations_on_ranges_of_four_bits(void **state)
{
	const unsigned w = 4;
	struct scalar all[272];
	unsigned n = 0;

	for (s64 min = -8; min < 16; min++)
		for (s64 max = min; max < (min < 0 ? 8 : 16); max++) {
			all[n] = width_unknown(w);
			if (min < 0)
				all[n].r = range_clamp_s(all[n].r, min, max);
			else
				all[n].r = range_clamp_u(all[n].r, (u64)min, (u64)max);
			all[n] = width_sync(all[n], w);
			n++;
		}
	for (unsigned i = 0; i < n; i++)
		for (unsigned j = 0; j < n; j += 6 + i % 3)
			for (u64 x = 0; x < 16; x++)
				for (u64 y = 0; contains(all[i], x, w) && y < 16; y++)
					if (contains(all[j], y, w)) {
						check_alu(all[i], all[j], x, y, w);
						check_jmp(all[i], all[j], x, y, w);
					}
}

/* Values whose views are drawn at random, with all of their members. */
#define TRY_ALL(name, w, rounds)                                                                                       \
	static void name(void **state)                                                                                 \
	{                                                                                                              \
		for (unsigned i = 0; i < rounds; i++) {                                                                \
			struct scalar a = random_scalar(width_zext(rnd(), w), w);                                      \
			struct scalar b = random_scalar(width_zext(rnd(), w), w);                                      \
                                                                                                                       \
			for (u64 x = 0; x <= width_umax(w); x++) {                                                     \
				if (!contains(a, x, w))                                                                \
					continue;                                                                      \
				check_unary(a, x, w);                                                                  \
				for (u64 y = 0; y <= width_umax(w); y++)                                               \
					if (contains(b, y, w)) {                                                       \
						check_alu(a, b, x, y, w);                                              \
						check_jmp(a, b, x, y, w);                                              \
					}                                                                              \
			}                                                                                              \
		}                                                                                                      \
	}

TRY_ALL(four_bits_with_every_member, 4, 800)
TRY_ALL(eight_bits_with_every_member, 8, 4)

static void random_values_of_64_bits(void **state)
{
	for (unsigned i = 0; i < 20000; i++) {
		u64 x = rnd() >> rnd() % 64, y = rnd() >> rnd() % 64;
		struct scalar a, b;

		x = rnd() % 3 ? x : -x;
		y = rnd() % 3 ? y : -y;
		if (rnd() % 4 == 0)
			y = x + rnd() % 3 - 1;
		a = random_scalar(x, 64);
		b = random_scalar(y, 64);
		check_alu(a, b, x, y, 64);
		check_jmp(a, b, x, y, 64);
		check_unary(a, x, 64);
		must_hold("bswap16", 0, scalar_bswap(a, 2), __builtin_bswap16(x), 64);
		must_hold("bswap32", 0, scalar_bswap(a, 4), __builtin_bswap32(x), 64);
		must_hold("bswap64", 0, scalar_bswap(a, 8), __builtin_bswap64(x), 64);
	}
}

/* An impossible branch is reported or at least leaves sane values, whatever it is given. */
static void impossible_branches_leave_sane_values(void **state)
{
	for (unsigned i = 0; i < 200000; i++) {
		struct scalar a = random_scalar(rnd(), 64), b = random_scalar(rnd(), 64);
		u8 op = jmp_ops[rnd() % ARRAY_SIZE(jmp_ops)];
		struct scalar_pair res;

		if (!scalar_is_sane(a = scalar_sync(a)) || !scalar_is_sane(b = scalar_sync(b)))
			continue;
		res = scalar_refine(op, rnd() & 1, rnd() & 1, a, b);
		assert_true(scalar_is_sane(res.dst) && scalar_is_sane(res.src));
	}
}

/* Register text of Linux 6.18 at log level 2 after the same instructions. */
static void precision_is_the_kernels(void **state)
{
	struct scalar byte = scalar_zext(scalar_unknown(), 1),
		      nibble = scalar_alu(BPF_AND, true, byte, scalar_const(15));
	struct scalar s;

	s = scalar_alu(BPF_NEG, true, byte, byte);
	assert_int_equal(s.r.smin, -255);
	assert_int_equal(s.r.smax, 0);
	assert_int_equal(s.w.smin, -255);
	s = scalar_alu(BPF_NEG, false, byte, byte);
	assert_int_equal(s.r.smin, 0);
	assert_int_equal(s.r.umax, 0xffffffff);
	assert_int_equal(s.w.smax, 0);
	s = scalar_alu(BPF_MUL, true, nibble, nibble);
	assert_int_equal(s.r.umax, 225);
	assert_int_equal(s.var.mask, 0xff);
	assert_true(scalar_is_unknown(scalar_alu(BPF_DIV, false, byte, scalar_const(7))));
	assert_true(scalar_is_unknown(scalar_alu(BPF_LSH, false, byte, nibble)));
	s = scalar_sext(scalar_unknown(), 4);
	assert_int_equal(s.r.smin, INT32_MIN);
	assert_int_equal(s.r.smax, INT32_MAX);
	s = scalar_refine(BPF_JGT, true, true, scalar_unknown(), scalar_const(7)).dst;
	assert_int_equal(s.w.umin, 8);
	assert_int_equal(s.r.umax, ~0ULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(views_of_four_bits_teach_each_other_only_what_holds),
	    cmocka_unit_test(halves_teach_each_other_only_what_holds),
	    cmocka_unit_test(operations_on_ranges_of_four_bits),
	    cmocka_unit_test(four_bits_with_every_member),
	    cmocka_unit_test(eight_bits_with_every_member),
	    cmocka_unit_test(random_values_of_64_bits),
	    cmocka_unit_test(impossible_branches_leave_sane_values),
	    cmocka_unit_test(precision_is_the_kernels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

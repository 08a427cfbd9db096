/* SPDX-License-Identifier: BSD-2-Clause */
/* Tristate number arithmetic (tnum.h). */
#include "engine/verifier/values/tnum.h"

#include "common/util/strbuf.h"

/* A tnum from known bits and a mask, where the unknown bits of `bits` do not matter. */
static struct tnum tnum_of(u64 bits, u64 mask)
{
	return (struct tnum){.value = bits & ~mask, .mask = mask};
}

static u64 low_bits(u8 bits)
{
	return bits >= 64 ? ~0ULL : (1ULL << bits) - 1;
}

struct tnum tnum_range(u64 min, u64 max)
{
	u64 differ = min ^ max;

	if (min > max)
		return TNUM_UNKNOWN;
	if (!differ)
		return tnum_const(min);
	/* Below the highest bit in which the ends differ, every combination lies between them or may. */
	return tnum_of(min, low_bits(64 - __builtin_clzll(differ)));
}

struct tnum tnum_lsh(struct tnum a, u8 shift)
{
	return (struct tnum){a.value << shift, a.mask << shift};
}

struct tnum tnum_rsh(struct tnum a, u8 shift)
{
	return (struct tnum){a.value >> shift, a.mask >> shift};
}

/* Shifting value and mask alike copies the sign's state: a known sign fills the value, an unknown one the mask. */
struct tnum tnum_arsh(struct tnum a, u8 shift, u8 bits)
{
	if (bits == 32)
		return (struct tnum){(u32)((s32)a.value >> shift), (u32)((s32)a.mask >> shift)};
	return (struct tnum){(u64)((s64)a.value >> shift), (u64)((s64)a.mask >> shift)};
}

/* A bit of the sum is unknown where an operand's is, or where the carry into it depends on unknown bits: there the
 * sums of the least and of the greatest operands differ. */
struct tnum tnum_add(struct tnum a, struct tnum b)
{
	u64 least = a.value + b.value;
	u64 greatest = least + (a.mask + b.mask);

	return tnum_of(least, (least ^ greatest) | a.mask | b.mask);
}

/* As the sum, with the borrows of the greatest and of the least difference. */
struct tnum tnum_sub(struct tnum a, struct tnum b)
{
	u64 middle = a.value - b.value;
	u64 greatest = middle + a.mask;
	u64 least = middle - b.mask;

	return tnum_of(middle, (least ^ greatest) | a.mask | b.mask);
}

struct tnum tnum_neg(struct tnum a)
{
	return tnum_sub(tnum_const(0), a);
}

struct tnum tnum_and(struct tnum a, struct tnum b)
{
	u64 may = tnum_max(a) & tnum_max(b), must = a.value & b.value;

	return (struct tnum){must, may ^ must};
}

struct tnum tnum_or(struct tnum a, struct tnum b)
{
	u64 may = tnum_max(a) | tnum_max(b), must = a.value | b.value;

	return (struct tnum){must, may & ~must};
}

struct tnum tnum_xor(struct tnum a, struct tnum b)
{
	return tnum_of(a.value ^ b.value, a.mask | b.mask);
}

/* Long multiplication. For an unknown bit of the multiplier the sum so far either stays or grows by the partial
 * product: the union of the two keeps more than adding a partial product of unknown bits would. */
struct tnum tnum_mul(struct tnum a, struct tnum b)
{
	struct tnum sum = tnum_const(0);

	for (; a.value | a.mask; a = tnum_rsh(a, 1), b = tnum_lsh(b, 1)) {
		if (a.value & 1)
			sum = tnum_add(sum, b);
		else if (a.mask & 1)
			sum = tnum_union(sum, tnum_add(sum, b));
	}
	return sum;
}

struct tnum tnum_bswap(struct tnum a, u8 bits)
{
	switch (bits) {
	case 16:
		return (struct tnum){__builtin_bswap16(a.value), __builtin_bswap16(a.mask)};
	case 32:
		return (struct tnum){__builtin_bswap32(a.value), __builtin_bswap32(a.mask)};
	default:
		return (struct tnum){__builtin_bswap64(a.value), __builtin_bswap64(a.mask)};
	}
}

struct tnum tnum_intersect(struct tnum a, struct tnum b)
{
	return tnum_of(a.value | b.value, a.mask & b.mask);
}

struct tnum tnum_union(struct tnum a, struct tnum b)
{
	return tnum_of(a.value & b.value, a.mask | b.mask | (a.value ^ b.value));
}

bool tnum_overlap(struct tnum a, struct tnum b)
{
	return !((a.value ^ b.value) & ~(a.mask | b.mask));
}

bool tnum_in(struct tnum a, struct tnum b)
{
	return !(b.mask & ~a.mask) && a.value == (b.value & ~a.mask);
}

bool tnum_is_aligned(struct tnum a, u64 size)
{
	return !size || !(tnum_max(a) & (size - 1));
}

bool tnum_at_least(struct tnum a, u64 min, u64 *x)
{
	u64 conflict = (min ^ a.value) & ~a.mask, free, count;
	u8 top;

	if (!conflict) {
		*x = min;
		return true;
	}
	/* Above the highest known bit that min has otherwise, x is as min: if the bit is 1 in a, that is enough. If it
	 * is 0, the unknown bits above must count one further. Below, all unknown bits are 0. */
	top = 63 - __builtin_clzll(conflict);
	free = a.mask & ~low_bits(top + 1);
	count = min & free;
	if (!(a.value >> top & 1)) {
		count = ((count | ~free) + 1) & free;
		if (!count)
			return false;
	}
	*x = a.value | count;
	return true;
}

struct tnum tnum_zext(struct tnum a, u8 bits)
{
	return (struct tnum){a.value & low_bits(bits), a.mask & low_bits(bits)};
}

struct tnum tnum_sext(struct tnum a, u8 bits)
{
	u8 up = 64 - bits;

	return tnum_arsh(tnum_lsh(a, up), up, 64);
}

struct tnum tnum_subreg(struct tnum a)
{
	return tnum_zext(a, 32);
}

struct tnum tnum_clear_subreg(struct tnum a)
{
	return (struct tnum){a.value & ~0xffffffffULL, a.mask & ~0xffffffffULL};
}

struct tnum tnum_with_subreg(struct tnum a, struct tnum low)
{
	return tnum_or(tnum_clear_subreg(a), tnum_subreg(low));
}

void tnum_print(struct strbuf *sb, struct tnum a)
{
	strbuf_addf(sb, "(0x%llx; 0x%llx)", (unsigned long long)a.value, (unsigned long long)a.mask);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tristate numbers: what is known of each bit of a 64-bit value. A bit that is set in `mask` is unknown; the others are
 * as in `value`. Invariant of every well-formed tnum: value & mask == 0. The tnum (v, m) stands for the set { x : (x &
 * ~m) == v }.
 *
 * Pure functions; every operation is sound: for x in a and y in b, op(x, y) is in op(a, b). Arithmetic follows
 * Vishwanathan, Shachnai, Narayana, Nagarakatte: "Sound, Precise, and Fast Abstract Interpretation with Tristate
 * Numbers" (CGO 2022).
 */
#ifndef SKEP_TNUM_H
#define SKEP_TNUM_H

#include <stdbool.h>

#include "common/util/util.h"

struct tnum {
	u64 value;
	u64 mask;
};

struct strbuf;

#define TNUM_UNKNOWN ((struct tnum){.value = 0, .mask = ~0ULL})

static inline struct tnum tnum_const(u64 v)
{
	return (struct tnum){.value = v, .mask = 0};
}
static inline bool tnum_is_const(struct tnum a)
{
	return a.mask == 0;
}
static inline bool tnum_is_unknown(struct tnum a)
{
	return a.mask == ~0ULL;
}
static inline bool tnum_eq(struct tnum a, struct tnum b)
{
	return a.value == b.value && a.mask == b.mask;
}
static inline u64 tnum_min(struct tnum a)
{
	return a.value;
}
static inline u64 tnum_max(struct tnum a)
{
	return a.value | a.mask;
}
static inline bool tnum_contains(struct tnum a, u64 x)
{
	return (x & ~a.mask) == a.value;
}

/* The smallest tnum that holds min..max (unsigned, min <= max; otherwise unknown). */
struct tnum tnum_range(u64 min, u64 max);

struct tnum tnum_lsh(struct tnum a, u8 shift); /* shift < 64 */
struct tnum tnum_rsh(struct tnum a, u8 shift);
struct tnum tnum_arsh(struct tnum a, u8 shift, u8 bits); /* bits: 32 (result zero-extended) or 64 */
struct tnum tnum_add(struct tnum a, struct tnum b);
struct tnum tnum_sub(struct tnum a, struct tnum b);
struct tnum tnum_neg(struct tnum a);
struct tnum tnum_and(struct tnum a, struct tnum b);
struct tnum tnum_or(struct tnum a, struct tnum b);
struct tnum tnum_xor(struct tnum a, struct tnum b);
struct tnum tnum_mul(struct tnum a, struct tnum b);
struct tnum tnum_bswap(struct tnum a, u8 bits); /* bits: 16, 32 (result zero-extended) or 64 */

/* Values in both: exact unless the two are disjoint, when the result means nothing (ask tnum_overlap first). */
struct tnum tnum_intersect(struct tnum a, struct tnum b);
/* Smallest tnum that holds both. */
struct tnum tnum_union(struct tnum a, struct tnum b);
/* Whether some value is in both. */
bool tnum_overlap(struct tnum a, struct tnum b);
/* Whether every value of b is in a. */
bool tnum_in(struct tnum a, struct tnum b);
/* Whether every value is a multiple of size (a power of two, or 0: yes). */
bool tnum_is_aligned(struct tnum a, u64 size);

/* The smallest value of a that is at least min; false when there is none. */
bool tnum_at_least(struct tnum a, u64 min, u64 *x);

/* The low `bits` bits, zero- or sign-extended (1 <= bits <= 64). */
struct tnum tnum_zext(struct tnum a, u8 bits);
struct tnum tnum_sext(struct tnum a, u8 bits);
/* The low 32 bits; the value without them; `a` with the low 32 bits of `low`. */
struct tnum tnum_subreg(struct tnum a);
struct tnum tnum_clear_subreg(struct tnum a);
struct tnum tnum_with_subreg(struct tnum a, struct tnum low);

/* "(0x0; 0xff)", the form of the log. */
void tnum_print(struct strbuf *sb, struct tnum a);

#endif

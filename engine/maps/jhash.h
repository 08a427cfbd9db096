/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hash of hash maps: Bob Jenkins' lookup3 (public domain, burtleburtle.net/bob/c/lookup3.c), over
 * little-endian words (its word and byte variants agree on such machines). With a zero seed the order of get_next_key is
 * thereby the kernel's.
 */
#ifndef SKEP_MAP_JHASH_H
#define SKEP_MAP_JHASH_H

#include <string.h>

#include "common/util/util.h"

static inline u32 jhash_rot(u32 v, unsigned int k)
{
	return v << k | v >> (32 - k);
}

#define JHASH_MIX(a, b, c)                                                                                             \
	do {                                                                                                           \
		(a) -= (c); (a) ^= jhash_rot(c, 4); (c) += (b);                                                        \
		(b) -= (a); (b) ^= jhash_rot(a, 6); (a) += (c);                                                        \
		(c) -= (b); (c) ^= jhash_rot(b, 8); (b) += (a);                                                        \
		(a) -= (c); (a) ^= jhash_rot(c, 16); (c) += (b);                                                       \
		(b) -= (a); (b) ^= jhash_rot(a, 19); (a) += (c);                                                       \
		(c) -= (b); (c) ^= jhash_rot(b, 4); (b) += (a);                                                        \
	} while (0)

#define JHASH_FINAL(a, b, c)                                                                                           \
	do {                                                                                                           \
		(c) ^= (b); (c) -= jhash_rot(b, 14);                                                                   \
		(a) ^= (c); (a) -= jhash_rot(c, 11);                                                                   \
		(b) ^= (a); (b) -= jhash_rot(a, 25);                                                                   \
		(c) ^= (b); (c) -= jhash_rot(b, 16);                                                                   \
		(a) ^= (c); (a) -= jhash_rot(c, 4);                                                                    \
		(b) ^= (a); (b) -= jhash_rot(a, 14);                                                                   \
		(c) ^= (b); (c) -= jhash_rot(b, 24);                                                                   \
	} while (0)

static inline u32 jhash_load(const u8 *p)
{
	u32 w;

	memcpy(&w, p, 4);
	return w;
}

/* Little-endian word of the n <= 4 bytes at p. */
static inline u32 jhash_word(const u8 *p, u32 n)
{
	switch (n) {
	case 1:
		return p[0];
	case 2:
		return p[0] | (u32)p[1] << 8;
	case 3:
		return p[0] | (u32)p[1] << 8 | (u32)p[2] << 16;
	default:
		return jhash_load(p);
	}
}

static inline u32 jhash(const void *key, u32 len, u32 seed)
{
	const u8 *p = key;
	u32 a = 0xdeadbeef + len + seed;
	u32 b = a, c = a;

	for (; len > 12; len -= 12, p += 12) {
		a += jhash_load(p);
		b += jhash_load(p + 4);
		c += jhash_load(p + 8);
		JHASH_MIX(a, b, c);
	}
	if (len > 8) {
		c += jhash_word(p + 8, len - 8);
		len = 8;
	}
	if (len > 4) {
		b += jhash_word(p + 4, len - 4);
		len = 4;
	}
	if (!len)
		return c;
	a += jhash_word(p, len);
	JHASH_FINAL(a, b, c);
	return c;
}

#endif

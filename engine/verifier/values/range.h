/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bounds of a number read as unsigned and as signed. struct range serves every width up to 64: at width w unsigned bounds are
 * below 2^w and signed bounds are sign-extended. struct range32 is how the low half is kept in a scalar.
 * The operations are static inline functions over the width, so that the same code runs at 64, 32 and, in tests, 4 bits.
 */
#ifndef SKEP_RANGE_H
#define SKEP_RANGE_H

#include <stdbool.h>

#include "common/util/util.h"

struct range {
	u64 umin, umax;
	s64 smin, smax;
};

struct range32 {
	u32 umin, umax;
	s32 smin, smax;
};

#endif

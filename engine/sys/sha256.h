/* SPDX-License-Identifier: BSD-2-Clause */
/* SHA-256 (FIPS 180-4) of a buffer. */
#ifndef SKEP_SYS_SHA256_H
#define SKEP_SYS_SHA256_H

#include "common/util/util.h"

#define SHA256_SIZE 32

void sha256(const void *data, size_t len, u8 digest[SHA256_SIZE]);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fuzz target is one file NAME.c here, listed in meson.build, that defines these two. It aborts when a property
 * that must hold does not.
 */
#ifndef SKEP_FUZZ_H
#define SKEP_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Inputs to start from; the last one has NULL. */
struct fuzz_seed {
	const void *data;
	size_t size;
};
extern const struct fuzz_seed fuzz_seeds[];

#define FUZZ_TEXT(s) {(s), sizeof(s) - 1}
#define FUZZ_BYTES(a) {(a), sizeof(a)}

#endif

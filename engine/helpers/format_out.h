/* SPDX-License-Identifier: BSD-2-Clause */
/* What format.c prints with: one function a conversion, into a buffer that may be too small. */
#ifndef SKEP_HELPERS_FORMAT_OUT_H
#define SKEP_HELPERS_FORMAT_OUT_H

#include <stdbool.h>

#include "common/util/util.h"

#define FMT_WIDTH_MAX ((1 << 23) - 1)

struct fmt_out {
	char *s;
	size_t size;
	size_t len;          /* of the whole text, also of what did not fit */
	size_t strings_left; /* bytes that strings may still take, their NULs included */
};

struct fmt_spec {
	int width; /* -1: none */
	bool zero, plus, left, space;
};

enum fmt_mem { FMT_ANY, FMT_KERNEL, FMT_USER };
enum fmt_pointer { FMT_HASHED, FMT_RAW, FMT_SYMBOL };

void fmt_char(struct fmt_out *out, char c);
void fmt_padded_char(struct fmt_out *out, const struct fmt_spec *spec, char c);
void fmt_signed(struct fmt_out *out, const struct fmt_spec *spec, s64 v);
void fmt_unsigned(struct fmt_out *out, const struct fmt_spec *spec, u64 v, unsigned int base, bool upper);
void fmt_pointer(struct fmt_out *out, const struct fmt_spec *spec, u64 v, enum fmt_pointer how);
/* The string at an address, empty where it cannot be read; 0, or -ENOSPC. */
int fmt_string(struct fmt_out *out, const struct fmt_spec *spec, u64 addr, enum fmt_mem mem);
/* The internet address at an address, zeros where it cannot be read; `usual`: without leading zeros, with colons. */
void fmt_ip(struct fmt_out *out, u64 addr, bool v6, bool usual);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The format strings of bpf_trace_printk, bpf_snprintf and their kin (bpf-helpers(7)): which ones are taken, and what they print.
 * Conversions: %d %i %u %x %X with l or ll, %c, %s (memory of either kind), %pks, %pus (kernel, user), %p %pK (hashed), %px, %pB %ps
 * %pS (symbols), %pi4 %pI4 %pi6 %pI6; flags 0 + - and space, a width.
 */
#ifndef SKEP_HELPERS_FORMAT_H
#define SKEP_HELPERS_FORMAT_H

#include "common/util/util.h"

/* Most bytes that one call prints, its NUL included; and most that its strings may take. */
#define BPRINTF_MAX 1024
#define BPRINTF_MAX_ARGS 12

/* Whether the kernel takes `fmt`, which has `size` bytes and must end within them, with nr_args arguments: 0 or -EINVAL. */
int bprintf_check(const char *fmt, u32 size, u32 nr_args);
/* Print into out (out_size bytes, always ended by a NUL unless that is 0): the length that the whole text has, or -EINVAL.
 * Needs a run: strings are read from its task's and the kernel's memory. */
long bprintf(char *out, size_t out_size, const char *fmt, u32 size, const u64 *args, u32 nr_args);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* One loop under several conditions: alone, under skep on the user engine, on the kernel. The rounds take turns, so that noise falls on all
 * alike; medians are shown. The loop is a command that prints ns per turn on stderr. */
#ifndef BENCH_UNDER_H
#define BENCH_UNDER_H

#include <stdbool.h>
#include <stddef.h>

#define UNDER_ROUNDS 5

struct variant {
	const char *name;
	const char *argv[14];
	bool may_fail; /* needs bpf(2) */
	double ns[UNDER_ROUNDS];
	bool failed;
};

double bench_now_ns(void);
/* Run all variants and print the table; ratios are to the first. 0, or 1 when one failed that may not. */
int under_run(const char *title, struct variant *variants, size_t n);

#endif

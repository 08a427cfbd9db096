/* SPDX-License-Identifier: BSD-2-Clause */
/* A conformance case on the running kernel: as a subprogram of a classifier, its memory and its result in maps. */
#ifndef SKEP_CONFORMANCE_KERNEL_H
#define SKEP_CONFORMANCE_KERNEL_H

#include "case.h"

/* Whether this process may load programs. */
bool kernel_available(void);
/* 0 with *r0 (and mem as the program left it); or -errno with log (the verifier's), or "" when something else failed. */
int kernel_run(const struct conformance_case *c, u8 *mem, u64 *r0, char *log, u32 log_size);

/* The same, run `repeat` times; nanoseconds a run in *ns. 0 or -errno. */
int kernel_time(const struct conformance_case *c, u32 repeat, u32 *ns);

#endif

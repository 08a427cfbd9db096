/* SPDX-License-Identifier: BSD-2-Clause */
/* Walking a task's user stack by its frame pointers, as the kernel does. */
#ifndef SKEP_HELPERS_USER_STACK_H
#define SKEP_HELPERS_USER_STACK_H

#include "common/util/util.h"

struct skep_regs;
struct skep_task;

/* kernel.perf_event_max_stack */
#define USER_STACK_MAX 127

/* The instruction pointer and the return addresses above it, innermost first: at most max of them, their number. */
u32 user_stack_walk(struct skep_task *task, const struct skep_regs *regs, u64 *ips, u32 max);

#endif

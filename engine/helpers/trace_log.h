/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The trace log: what bpf_trace_printk writes, in the lines of the kernel's trace_pipe. Every open trace_pipe gets every line from
 * then on; the first to be opened also gets what was logged before (as much as the backlog holds).
 */
#ifndef SKEP_TRACE_LOG_H
#define SKEP_TRACE_LOG_H

#include <stddef.h>

#include "common/util/util.h"

struct skep_engine;

/* One line of bpf_trace_printk's text (without a newline of its own). From any thread; never waits: a reader that does not
 * keep up is told how many lines it lost. */
void trace_log_printk(struct skep_engine *engine, const char *comm, u32 pid, u32 cpu, const char *text, size_t len);
/* A new reader: a descriptor to read from and poll, or -errno. */
int trace_log_open(struct skep_engine *engine, int flags);

#endif

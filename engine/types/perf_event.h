/* SPDX-License-Identifier: BSD-2-Clause */
/* The context of BPF_PROG_TYPE_PERF_EVENT as the engine keeps it; programs see struct bpf_perf_event_data. */
#ifndef SKEP_TYPES_PERF_EVENT_H
#define SKEP_TYPES_PERF_EVENT_H

#include "engine/kernel/trace.h"

struct bpf_perf_event_data_kern {
	struct pt_regs *regs;
	u64 sample_period;
	u64 addr;
};

#endif

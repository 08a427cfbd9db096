/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_PROG_TYPE_TRACEPOINT: the context is the event's record, as its tracefs format lays it out. What was read at most
 * (prog->max_ctx_offset) must fit the event that the program is attached to.
 */
#include "engine/types/rooms.h"

#define RECORD_HIDDEN 8  /* the common fields are not shown to programs */
#define RECORD_MAX 8192

static bool tracepoint_is_valid_access(int off, int size, enum bpf_access_type access, const struct bpf_prog *prog,
				       struct bpf_access_info *info)
{
	return access == BPF_READ && ctx_within(off, size, RECORD_HIDDEN, RECORD_MAX);
}

const struct prog_type_ops tracepoint_ops = {
	.type = BPF_PROG_TYPE_TRACEPOINT,
	.check_load = check_load_any_attach_type,
	.func_proto = tracing_func_proto,
	.is_valid_access = tracepoint_is_valid_access,
};

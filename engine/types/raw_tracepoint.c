/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_PROG_TYPE_RAW_TRACEPOINT and _WRITABLE: the context is the tracepoint's arguments, a u64 each, untyped. The writable
 * type has a buffer that it may change behind the first argument.
 */
#include "engine/types/rooms.h"
#include "engine/types/raw_tracepoint.h"

static bool raw_tracepoint_is_valid_access(int off, int size, enum bpf_access_type access, const struct bpf_prog *prog,
					   struct bpf_access_info *info)
{
	return access == BPF_READ && ctx_within(off, size, 0, RAW_TP_MAX_ARGS * 8);
}

static bool raw_tracepoint_writable_is_valid_access(int off, int size, enum bpf_access_type access,
						    const struct bpf_prog *prog, struct bpf_access_info *info)
{
	if (off == 0) {
		if (size != 8 || info->is_ldsx)
			return false;
		info->reg_type = PTR_TO_TP_BUFFER;
	}
	return raw_tracepoint_is_valid_access(off, size, access, prog, info);
}

const struct prog_type_ops raw_tracepoint_ops = {
	.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.check_load = check_load_any_attach_type,
	.func_proto = tracing_func_proto,
	.is_valid_access = raw_tracepoint_is_valid_access,
	.ctx_struct = "bpf_raw_tracepoint_args",
};

const struct prog_type_ops raw_tracepoint_writable_ops = {
	.type = BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
	.check_load = check_load_any_attach_type,
	.func_proto = tracing_func_proto,
	.is_valid_access = raw_tracepoint_writable_is_valid_access,
	.ctx_struct = "bpf_raw_tracepoint_args",
};

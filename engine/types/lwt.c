/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_PROG_TYPE_LWT_IN, _OUT and _XMIT: packets on a route with a lightweight tunnel. */
#include "engine/types/rooms.h"
#include "engine/types/skb.h"

static bool lwt_is_valid_access(int off, int size, enum bpf_access_type access, const struct bpf_prog *prog,
				struct bpf_access_info *info)
{
	return skb_is_valid_access(SKB_LWT, off, size, access, info);
}

#define LWT_OPS(prog_type, ...)                                                                                        \
	{                                                                                                              \
		.type = prog_type, .check_load = check_load_any_attach_type, .func_proto = base_func_proto,            \
		.is_valid_access = lwt_is_valid_access, .convert_ctx_access = skb_convert_ctx_access,                  \
		.test_run = skb_test_run, .ctx_struct = "__sk_buff", .packet_access = true, __VA_ARGS__                \
	}

const struct prog_type_ops lwt_in_ops = LWT_OPS(BPF_PROG_TYPE_LWT_IN);
const struct prog_type_ops lwt_out_ops = LWT_OPS(BPF_PROG_TYPE_LWT_OUT);
const struct prog_type_ops lwt_xmit_ops = LWT_OPS(BPF_PROG_TYPE_LWT_XMIT, .packet_write = true);

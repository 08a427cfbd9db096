/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_PROG_TYPE_SOCKET_FILTER: how many bytes of a packet a socket gets. Reads the packet through helpers and ld_abs
 * only. */
#include "engine/types/rooms.h"
#include "engine/types/skb.h"

static bool socket_filter_is_valid_access(int off, int size, enum bpf_access_type access, const struct bpf_prog *prog,
					  struct bpf_access_info *info)
{
	return skb_is_valid_access(SKB_FILTER, off, size, access, info);
}

const struct prog_type_ops socket_filter_ops = {
	.type = BPF_PROG_TYPE_SOCKET_FILTER,
	.check_load = check_load_any_attach_type,
	.func_proto = base_func_proto,
	.is_valid_access = socket_filter_is_valid_access,
	.convert_ctx_access = skb_convert_ctx_access,
	.test_run = skb_test_run,
	.ctx_struct = "__sk_buff",
	.ld_abs = true,
};

// SPDX-License-Identifier: BSD-2-Clause
// A field of the context that programs may only read is written.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("xdp")
int grow(struct xdp_md *ctx)
{
	ctx->data_end += 64; /* bpf_xdp_adjust_tail(ctx, 64) */
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

// SPDX-License-Identifier: BSD-2-Clause
// A loop whose end the verifier cannot see.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("xdp")
int spin(struct xdp_md *ctx)
{
	volatile u32 n = 0;

	while (ctx->rx_queue_index != 7)
		n = n * 3 + 1;
	return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

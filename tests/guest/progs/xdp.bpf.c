// SPDX-License-Identifier: BSD-2-Clause
// Echo requests and replies that come in by an interface.
enum what { ECHO_REPLIES };
#include "count.h"

SEC("xdp")
int on_packet(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	u8 *type = data + sizeof(*eth) + sizeof(*ip);

	if ((void *)(type + 1) > end || eth->h_proto != 0x0008 || ip->ihl != 5 || ip->protocol != IPPROTO_ICMP)
		return XDP_PASS;
	if (!*type)
		add(ECHO_REPLIES, 1);
	return XDP_PASS;
}

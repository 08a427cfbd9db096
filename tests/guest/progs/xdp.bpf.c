// SPDX-License-Identifier: BSD-2-Clause
// Echo requests and replies that come in by an interface.
enum what { ECHO_REPLIES };
#include "count.h"

/* A map that is nothing without its types, of kinds that came late: a kernel before 5.17 has to be given others. */
struct typed {
	struct bpf_spin_lock lock;
	u64 echoes;
	double never;
	int *tagged __attribute__((btf_type_tag("user")));
} __attribute__((btf_decl_tag("mark")));

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct typed);
} locked SEC(".maps");

static __always_inline void add_locked(void)
{
	u32 zero = 0;
	struct typed *t = bpf_map_lookup_elem(&locked, &zero);

	if (!t)
		return;
	bpf_spin_lock(&t->lock);
	t->echoes++;
	bpf_spin_unlock(&t->lock);
}

SEC("xdp")
int on_packet(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = data + sizeof(*eth);
	u8 *type = data + sizeof(*eth) + sizeof(*ip);

	if ((void *)(type + 1) > end || eth->h_proto != 0x0008 || ip->ihl != 5 || ip->protocol != IPPROTO_ICMP)
		return XDP_PASS;
	if (*type)
		return XDP_PASS;
	add(ECHO_REPLIES, 1);
	add_locked();
	return XDP_PASS;
}

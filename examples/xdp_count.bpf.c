// SPDX-License-Identifier: BSD-2-Clause
//
// Packets by protocol, and a little of each kind of change an XDP program can make:
//
//     skep run examples/xdp_count.bpf.c --pcap examples/sample.pcap --pcap-out out.pcap
//
// IPv4 UDP to port 9 (discard) is dropped; ICMP echo requests are answered (XDP_TX, addresses swapped); frames with one VLAN
// tag lose it (bpf_xdp_adjust_head); everything else passes.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

#define ETH_P_IP 0x0800
#define ETH_P_8021Q 0x8100
#define ICMP_ECHOREPLY 0
#define ICMP_ECHO 8

enum seen { SEEN_OTHER, SEEN_IPV4, SEEN_ICMP, SEEN_TCP, SEEN_UDP, SEEN_VLAN, SEEN_KINDS };

struct counters {
	u64 packets;
	u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SEEN_KINDS);
	__type(key, enum seen);
	__type(value, struct counters);
} packets SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, u8); /* IP protocol */
	__type(value, u64);
} protocols SEC(".maps");

static __always_inline void count(enum seen what, u64 bytes)
{
	struct counters *c = bpf_map_lookup_elem(&packets, &what);

	if (c) {
		c->packets++;
		c->bytes += bytes;
	}
}

static __always_inline void count_protocol(u8 protocol)
{
	u64 one = 1, *n = bpf_map_lookup_elem(&protocols, &protocol);

	if (n)
		__sync_fetch_and_add(n, 1);
	else
		bpf_map_update_elem(&protocols, &protocol, &one, BPF_ANY);
}

static __always_inline int drop_vlan_tag(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	u8 addresses[12];

	if ((void *)(eth + 1) + 4 > data_end)
		return XDP_DROP;
	__builtin_memcpy(addresses, eth, sizeof(addresses));
	if (bpf_xdp_adjust_head(ctx, 4))
		return XDP_ABORTED;
	data = (void *)(long)ctx->data;
	data_end = (void *)(long)ctx->data_end;
	if (data + sizeof(struct ethhdr) > data_end)
		return XDP_ABORTED;
	__builtin_memcpy(data, addresses, sizeof(addresses));
	return XDP_PASS;
}

static __always_inline int answer_echo(struct ethhdr *eth, struct iphdr *ip, struct icmphdr *icmp)
{
	u8 mac[6];
	u32 addr = ip->saddr, sum;

	__builtin_memcpy(mac, eth->h_source, 6);
	__builtin_memcpy(eth->h_source, eth->h_dest, 6);
	__builtin_memcpy(eth->h_dest, mac, 6);
	ip->saddr = ip->daddr;
	ip->daddr = addr;
	icmp->type = ICMP_ECHOREPLY;
	sum = (u32)icmp->checksum + bpf_htons(ICMP_ECHO << 8);
	icmp->checksum = (u16)(sum + (sum >> 16));
	return XDP_TX;
}

SEC("xdp")
int xdp_count(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *data_end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	u64 bytes = data_end - data;
	struct iphdr *ip;

	if ((void *)(eth + 1) > data_end)
		return XDP_DROP;
	if (eth->h_proto == bpf_htons(ETH_P_8021Q)) {
		count(SEEN_VLAN, bytes);
		return drop_vlan_tag(ctx);
	}
	ip = (void *)(eth + 1);
	if (eth->h_proto != bpf_htons(ETH_P_IP) || (void *)(ip + 1) > data_end) {
		count(SEEN_OTHER, bytes);
		return XDP_PASS;
	}
	count_protocol(ip->protocol);
	switch (ip->ihl == 5 ? ip->protocol : 0) {
	case IPPROTO_ICMP: {
		struct icmphdr *icmp = (void *)(ip + 1);

		count(SEEN_ICMP, bytes);
		if ((void *)(icmp + 1) <= data_end && icmp->type == ICMP_ECHO)
			return answer_echo(eth, ip, icmp);
		return XDP_PASS;
	}
	case IPPROTO_UDP: {
		struct udphdr *udp = (void *)(ip + 1);

		count(SEEN_UDP, bytes);
		if ((void *)(udp + 1) <= data_end && udp->dest == bpf_htons(9))
			return XDP_DROP;
		return XDP_PASS;
	}
	case IPPROTO_TCP:
		count(SEEN_TCP, bytes);
		return XDP_PASS;
	default:
		count(SEEN_IPV4, bytes);
		return XDP_PASS;
	}
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

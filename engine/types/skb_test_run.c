/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TEST_RUN of programs with a struct __sk_buff. The input is an Ethernet frame that came in on loopback, or on the
 * device that the context names. Types of traffic control see it from its Ethernet header on; to the others it begins
 * behind, and their output has zeros there.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "engine/engine.h"
#include "engine/hooks/device.h"
#include "engine/object/kmem.h"
#include "engine/sys/caller.h"
#include "engine/types/skb.h"
#include "engine/types/test_run.h"

#define HEADROOM 64
#define DATA_MAX (TEST_FRAME_SIZE - HEADROOM - TEST_TAIL_RESERVE)
#define WIRE_LEN_MAX 65536
#define GSO_SEGS_MAX 65535
#define FIELD_END(type, field) (offsetof(type, field) + sizeof(((type *)0)->field))

/* Everything that a run needs, in kmem. */
struct skb_test {
	struct bpf_skb ctx;
	struct net_device loopback;
	struct sock sock;
	u8 page[TEST_FRAME_SIZE] __attribute__((aligned(16)));
};

/* The parts of a context that a caller may set; all else must be zero. */
static const struct {
	u16 from, to;
} settable[] = {
#define SPAN(first, last) {offsetof(struct __sk_buff, first), FIELD_END(struct __sk_buff, last)}
	SPAN(mark, mark),	SPAN(priority, ifindex),  SPAN(cb, cb),
	SPAN(tstamp, gso_segs), SPAN(gso_size, gso_size), SPAN(hwtstamp, hwtstamp),
#undef SPAN
};

static int check_ctx(const struct __sk_buff *user)
{
	const u8 *bytes = (const u8 *)user;

	for (size_t i = 0, span = 0; i < sizeof(*user); i++) {
		if (span < ARRAY_SIZE(settable) && i >= settable[span].to)
			span++;
		if (bytes[i] && (span == ARRAY_SIZE(settable) || i < settable[span].from))
			return -EINVAL;
	}
	return 0;
}

static int take_ctx(struct bpf_skb *ctx, const struct __sk_buff *user)
{
	int err = check_ctx(user);

	if (err)
		return err;
	if (user->wire_len && (user->wire_len < ctx->skb.len || user->wire_len > WIRE_LEN_MAX))
		return -EINVAL;
	if (user->gso_segs > GSO_SEGS_MAX)
		return -EINVAL;
	ctx->skb.mark = user->mark;
	ctx->skb.priority = user->priority;
	ctx->skb.skb_iif = (int)user->ingress_ifindex;
	ctx->skb.tstamp = (ktime_t)user->tstamp;
	memcpy(ctx->cb, user->cb, sizeof(ctx->cb));
	ctx->wire_len = user->wire_len ? user->wire_len : ctx->skb.len;
	ctx->gso_segs = (u16)user->gso_segs;
	ctx->gso_size = (u16)user->gso_size;
	ctx->hwtstamp = user->hwtstamp;
	return 0;
}

static void give_ctx(const struct bpf_skb *ctx, struct __sk_buff *user)
{
	user->mark = ctx->skb.mark;
	user->priority = ctx->skb.priority;
	user->ingress_ifindex = (u32)ctx->skb.skb_iif;
	user->ifindex = (u32)ctx->skb.dev->ifindex;
	user->tstamp = (u64)ctx->skb.tstamp;
	memcpy(user->cb, ctx->cb, sizeof(ctx->cb));
	user->wire_len = ctx->wire_len;
	user->gso_segs = ctx->gso_segs;
	user->hwtstamp = ctx->hwtstamp;
}

/* Whom the frame is for, by its destination. */
static u8 packet_type(const struct ethhdr *eth)
{
	static const u8 own[ETH_ALEN]; /* devices here have no address but zeros, loopback's */

	if (eth->h_dest[0] & 1)
		return PACKET_MULTICAST;
	return memcmp(eth->h_dest, own, ETH_ALEN) ? PACKET_OTHERHOST : PACKET_HOST;
}

/* Ethernet II names its protocol; 802.3 says its length, and has an LLC header or, on raw IPX, none. */
static __be16 packet_protocol(const u8 *frame, u32 len)
{
	const struct ethhdr *eth = (const struct ethhdr *)frame;

	if (ntohs(eth->h_proto) >= ETH_P_802_3_MIN)
		return eth->h_proto;
	if (len >= ETH_HLEN + 2 && frame[ETH_HLEN] == 0xff && frame[ETH_HLEN + 1] == 0xff)
		return htons(ETH_P_802_3);
	return htons(ETH_P_802_2);
}

/* The socket that the packet belongs to has its addresses, the packet's source being its own. -EINVAL: no whole header.
 */
static int fill_sock(struct sock *sock, __be16 protocol, const u8 *payload, u32 len)
{
	struct iphdr ip;
	struct ipv6hdr ip6;

	if (protocol == htons(ETH_P_IP)) {
		if (len < sizeof(ip))
			return -EINVAL;
		memcpy(&ip, payload, sizeof(ip));
		sock->__sk_common.skc_family = AF_INET;
		sock->__sk_common.skc_rcv_saddr = ip.saddr;
		sock->__sk_common.skc_daddr = ip.daddr;
	} else if (protocol == htons(ETH_P_IPV6)) {
		if (len < sizeof(ip6))
			return -EINVAL;
		memcpy(&ip6, payload, sizeof(ip6));
		sock->__sk_common.skc_family = AF_INET6;
		memcpy(&sock->__sk_common.skc_v6_rcv_saddr, &ip6.saddr, sizeof(ip6.saddr));
		memcpy(&sock->__sk_common.skc_v6_daddr, &ip6.daddr, sizeof(ip6.daddr));
	}
	return 0;
}

static bool sees_ethernet(const struct bpf_prog *prog)
{
	return prog->type == BPF_PROG_TYPE_SCHED_CLS || prog->type == BPF_PROG_TYPE_SCHED_ACT;
}

static int fill(struct skb_test *test, const struct bpf_prog *prog, const struct __sk_buff *user, u32 size)
{
	u8 *frame = test->page + HEADROOM;
	struct bpf_skb *ctx = &test->ctx;
	struct sk_buff *skb = &ctx->skb;
	u32 skip = sees_ethernet(prog) ? 0 : ETH_HLEN;
	struct device *device = user ? device_find(prog->obj.engine, user->ifindex) : NULL;

	if (user && user->ifindex && !test_device_exists(prog->obj.engine, user->ifindex))
		return -ENODEV;
	test->loopback = (struct net_device){.ifindex = TEST_LOOPBACK_IFINDEX, .name = "lo", .num_rx_queues = 1};
	test->sock.sk_rx_queue_mapping = -1;
	skb->dev = device ? device->dev : &test->loopback;
	skb->sk = &test->sock;
	skb->head = test->page;
	skb->data = frame + skip;
	skb->len = size - skip;
	skb->tail = HEADROOM + size;
	skb->end = TEST_FRAME_SIZE - TEST_TAIL_RESERVE;
	skb->mac_header = HEADROOM;
	skb->mac_len = ETH_HLEN;
	skb->network_header = skb->transport_header = HEADROOM + ETH_HLEN;
	skb->truesize = TEST_FRAME_SIZE;
	skb->protocol = packet_protocol(frame, size);
	skb->pkt_type = packet_type((const struct ethhdr *)frame);
	ctx->data_meta = skb->data;
	ctx->data_end = skb->data + skb->len;
	return fill_sock(&test->sock, skb->protocol, frame + ETH_HLEN, size - ETH_HLEN);
}

/* Internet checksum of the packet from its network header on, which a device would have given. */
static u16 checksum(const struct sk_buff *skb)
{
	const u8 *p = skb->head + skb->network_header, *end = skb->data + skb->len;
	u64 sum = 0;

	for (; p + 1 < end; p += 2)
		sum += (u32)p[0] << 8 | p[1];
	if (p < end)
		sum += (u32)p[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (u16)sum;
}

static int run_and_finish(struct skb_test *test, struct bpf_prog *prog, const union bpf_attr *attr,
			  union bpf_attr *uattr, struct __sk_buff *user, struct caller *caller)
{
	struct sk_buff *skb = &test->ctx.skb;
	struct run_ctx run = {.packet = &test->ctx};
	struct test_output out = {0};
	struct test_result result;
	u16 sum = checksum(skb);
	int err;

	result = test_repeat(prog, skb, &run, attr->test.repeat);
	if ((attr->test.flags & BPF_F_TEST_SKB_CHECKSUM_COMPLETE) && checksum(skb) != sum)
		return -EBADMSG;
	if (!sees_ethernet(prog)) {
		skb->data -= ETH_HLEN;
		skb->len += ETH_HLEN;
		memset(skb->data, 0, ETH_HLEN);
	}
	out.data = skb->data;
	out.len = skb->len;
	err = test_finish(caller, attr, uattr, &out, &result);
	if (err || !user)
		return err;
	give_ctx(&test->ctx, user);
	return test_ctx_out(caller, attr, uattr, user, sizeof(*user));
}

int skb_test_run(struct bpf_prog *prog, const union bpf_attr *attr, union bpf_attr *uattr, struct caller *caller)
{
	struct skep_engine *engine = prog->obj.engine;
	u32 size = attr->test.data_size_in;
	struct __sk_buff user = {0};
	struct skb_test *test;
	int err, has_ctx;

	if ((attr->test.flags & ~(u32)BPF_F_TEST_SKB_CHECKSUM_COMPLETE) || attr->test.cpu || attr->test.batch_size)
		return -EINVAL;
	if (size < ETH_HLEN || size > DATA_MAX)
		return -EINVAL;
	test = kmem_alloc(engine->kmem, sizeof(*test));
	if (!test)
		return -ENOMEM;
	err = copy_from_caller(caller, test->page + HEADROOM, attr->test.data_in, size);
	has_ctx = err ? err : test_ctx_in(caller, attr, &user, sizeof(user));
	err = has_ctx < 0 ? has_ctx : fill(test, prog, has_ctx ? &user : NULL, size);
	if (!err && has_ctx)
		err = take_ctx(&test->ctx, &user);
	if (!err)
		err = run_and_finish(test, prog, attr, uattr, has_ctx ? &user : NULL, caller);
	kmem_free(engine->kmem, test);
	return err;
}

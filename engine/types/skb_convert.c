/* SPDX-License-Identifier: BSD-2-Clause */
/* From struct __sk_buff, which programs see, to struct bpf_skb, which they run on. */
#include "engine/types/rooms.h"
#include "engine/types/skb.h"

/* Where a field of __sk_buff lives in struct bpf_skb, when one access does it. Offsets count from the context, the
 * sk_buff. */
struct skb_place {
	u16 off;  /* in __sk_buff */
	u8 size;  /* there; 0: of its own */
	s16 to;
};

#define sizeof_field(type, member) sizeof(((type *)0)->member)
#define PLACE(field, type, member)                                                                                     \
	{                                                                                                              \
		offsetof(struct __sk_buff, field), sizeof_field(type, member), offsetof(type, member)                  \
	}
#define IN_SKB(field, member) PLACE(field, struct sk_buff, member)
#define IN_CTX(field, member) PLACE(field, struct bpf_skb, member)

static const struct skb_place skb_places[] = {
	IN_SKB(len, len),
	IN_SKB(pkt_type, pkt_type),
	IN_SKB(mark, mark),
	IN_SKB(queue_mapping, queue_mapping),
	IN_SKB(protocol, protocol),
	IN_SKB(vlan_tci, vlan_tci),
	IN_SKB(vlan_proto, vlan_proto),
	IN_SKB(priority, priority),
	IN_SKB(ingress_ifindex, skb_iif),
	IN_SKB(tc_index, tc_index),
	IN_SKB(hash, hash),
	IN_SKB(napi_id, napi_id),
	IN_SKB(data, data),
	IN_SKB(tstamp, tstamp),
	IN_SKB(tstamp_type, tstamp_type),
	IN_SKB(sk, sk),
	IN_CTX(tc_classid, tc_classid),
	IN_CTX(data_end, data_end),
	IN_CTX(data_meta, data_meta),
	IN_CTX(wire_len, wire_len),
	IN_CTX(gso_segs, gso_segs),
	IN_CTX(gso_size, gso_size),
	IN_CTX(hwtstamp, hwtstamp),
};

/* Fields of the socket: reads through skb->sk, 0 when there is none. */
#define IN_SOCK(field, member, shift) \
	{offsetof(struct __sk_buff, field), sizeof_field(struct __sk_buff, field), \
	 sizeof_field(struct sock_common, member) > 4 ? 4 : sizeof_field(struct sock_common, member), \
	 offsetof(struct sock_common, member), shift}
static const struct sock_place {
	u16 off, len; /* in __sk_buff */
	u8 size;
	s16 to;
	u8 shift; /* ports in network order stand in the upper half */
} sock_places[] = {
	IN_SOCK(family, skc_family, 0),
	IN_SOCK(remote_ip4, skc_daddr, 0),
	IN_SOCK(local_ip4, skc_rcv_saddr, 0),
	IN_SOCK(remote_ip6, skc_v6_daddr, 0),
	IN_SOCK(local_ip6, skc_v6_rcv_saddr, 0),
	IN_SOCK(remote_port, skc_dport, __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 16 : 0),
	IN_SOCK(local_port, skc_num, 0),
};

#define NO_QUEUE_MAPPING 0xffff

/* A load, or the same store elsewhere. */
static u32 access_at(enum bpf_access_type access, const struct bpf_insn *insn, struct bpf_insn *out, u32 size, int off)
{
	if (access == BPF_WRITE)
		out[0] = insn_store_as(insn, size_code(size), off);
	else
		out[0] = insn_ldx(size_code(size), insn->dst_reg, insn->src_reg, off);
	return 1;
}

/* A queue that does not exist is not stored: skb->queue_mapping + 1 must not wrap. */
static u32 store_queue_mapping(const struct bpf_insn *insn, struct bpf_insn *out)
{
	u32 n = 0;

	if (BPF_CLASS(insn->code) == BPF_ST) {
		if ((u32)insn->imm >= NO_QUEUE_MAPPING) {
			out[0] = (struct bpf_insn){.code = BPF_JMP | BPF_JA};
			return 1;
		}
	} else {
		out[n++] = insn_jmp_imm(BPF_JGE, insn->src_reg, NO_QUEUE_MAPPING, 1);
	}
	out[n++] = insn_store_as(insn, BPF_H, offsetof(struct sk_buff, queue_mapping));
	return n;
}

static u32 load_vlan_present(const struct bpf_insn *insn, struct bpf_insn *out)
{
	out[0] = insn_ldx(BPF_W, insn->dst_reg, insn->src_reg, offsetof(struct sk_buff, vlan_all));
	out[1] = insn_jmp_imm(BPF_JEQ, insn->dst_reg, 0, 1);
	out[2] = insn_alu32_imm(BPF_MOV, insn->dst_reg, 1);
	return 3;
}

static u32 load_ifindex(const struct bpf_insn *insn, struct bpf_insn *out)
{
	out[0] = insn_ldx(BPF_DW, insn->dst_reg, insn->src_reg, offsetof(struct sk_buff, dev));
	out[1] = insn_jmp_imm(BPF_JEQ, insn->dst_reg, 0, 1);
	out[2] = insn_ldx(BPF_W, insn->dst_reg, insn->dst_reg, offsetof(struct net_device, ifindex));
	return 3;
}

static u32 load_from_sock(const struct bpf_insn *insn, struct bpf_insn *out, const struct sock_place *place)
{
	u32 n = 0;

	out[n++] = insn_ldx(BPF_DW, insn->dst_reg, insn->src_reg, offsetof(struct sk_buff, sk));
	out[n++] = insn_jmp_imm(BPF_JEQ, insn->dst_reg, 0, place->shift ? 2 : 1);
	out[n++] = insn_ldx(size_code(place->size), insn->dst_reg, insn->dst_reg, place->to + (insn->off - place->off));
	if (place->shift)
		out[n++] = insn_alu32_imm(BPF_LSH, insn->dst_reg, place->shift);
	return n;
}

u32 skb_convert_ctx_access(enum bpf_access_type access, const struct bpf_insn *insn, struct bpf_insn *out,
			   struct bpf_prog *prog, u32 *target_size)
{
	int off = insn->off, cb = offsetof(struct __sk_buff, cb);

	if (off >= cb && off < cb + (int)sizeof_field(struct __sk_buff, cb)) {
		*target_size = code_size(insn->code);
		return access_at(access, insn, out, *target_size, offsetof(struct bpf_skb, cb) + off - cb);
	}
	*target_size = 4;
	switch (off) {
	case offsetof(struct __sk_buff, vlan_present):
		return load_vlan_present(insn, out);
	case offsetof(struct __sk_buff, ifindex):
		return load_ifindex(insn, out);
	case offsetof(struct __sk_buff, queue_mapping):
		if (access == BPF_WRITE)
			return store_queue_mapping(insn, out);
		break;
	}
	for (size_t i = 0; i < ARRAY_SIZE(skb_places); i++)
		if (skb_places[i].off == off) {
			*target_size = skb_places[i].size;
			return access_at(access, insn, out, skb_places[i].size, skb_places[i].to);
		}
	for (size_t i = 0; i < ARRAY_SIZE(sock_places); i++)
		if (off >= sock_places[i].off && off < sock_places[i].off + sock_places[i].len) {
			*target_size = sock_places[i].shift ? 4 : sock_places[i].size;
			return load_from_sock(insn, out, &sock_places[i]);
		}
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine's kernel types of networking: what packet programs see by kernel pointer. Field names are the kernel's, so that
 * CO-RE finds them; offsets are the engine's own. Read by the host compiler and by clang -target bpf: same layout on both.
 */
#ifndef SKEP_KERNEL_NET_H
#define SKEP_KERNEL_NET_H

#include <linux/types.h>

struct net_device {
	char name[16];
	int ifindex;
	unsigned int mtu;
	unsigned int flags;
	unsigned short type;
	unsigned char addr_len;
	const unsigned char *dev_addr;
};

struct xdp_rxq_info {
	struct net_device *dev;
	__u32 queue_index;
	__u32 frag_size;
};

struct xdp_txq_info {
	struct net_device *dev;
};

struct xdp_buff {
	void *data;
	void *data_end;
	void *data_meta;
	void *data_hard_start;
	struct xdp_rxq_info *rxq;
	struct xdp_txq_info *txq;
	__u32 frame_sz;
	__u32 flags;
};

struct sock_common {
	__be32 skc_daddr;
	__be32 skc_rcv_saddr;
	__be16 skc_dport;
	__u16 skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	int skc_bound_dev_if;
	__be32 skc_v6_daddr[4];
	__be32 skc_v6_rcv_saddr[4];
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_type;
	__u16 sk_protocol;
	__u32 sk_priority;
	__u32 sk_mark;
	__s32 sk_rx_queue_mapping; /* -1: none */
};

struct sk_buff {
	struct net_device *dev;
	struct sock *sk;
	__u64 tstamp;
	char cb[48];
	unsigned int len;
	unsigned int data_len;
	__u16 mac_len;
	__u16 hdr_len;
	__u16 queue_mapping;
	__u8 pkt_type;
	__u8 tstamp_type;
	__u16 tc_index;
	__be16 protocol;
	__u32 priority;
	int skb_iif;
	__u32 hash;
	union {
		__u32 vlan_all;
		struct {
			__be16 vlan_proto;
			__u16 vlan_tci;
		};
	};
	unsigned int napi_id;
	__u32 mark;
	__wsum csum;
	__u8 ip_summed;
	__u16 transport_header;
	__u16 network_header;
	__u16 mac_header;
	unsigned int tail;
	unsigned int end;
	unsigned char *head;
	unsigned char *data;
	unsigned int truesize;
};

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine's kernel: packets, devices, sockets. */
#ifndef SKEP_KERNEL_NET_H
#define SKEP_KERNEL_NET_H

#include "engine/kernel/base.h"

#define IFNAMSIZ_KERNEL 16

typedef struct {
	struct net *net;
} possible_net_t;

struct net {
	refcount_t passive;
	u64 net_cookie;
	unsigned int ifindex;
	struct user_namespace *user_ns;
	struct {
		u32 ns_type;
		unsigned int inum;
	} ns;
	struct net_device *loopback_dev;
};

struct net_device {
	unsigned int flags;
	unsigned int mtu;
	unsigned short hard_header_len;
	unsigned short needed_headroom;
	unsigned short type;
	unsigned char addr_len;
	int ifindex;
	possible_net_t nd_net;
	char name[IFNAMSIZ_KERNEL];
	const unsigned char *dev_addr;
	unsigned char perm_addr[32];
	unsigned int num_rx_queues;
	unsigned int num_tx_queues;
	struct bpf_prog *xdp_prog;
};

struct xdp_mem_info {
	u32 type;
	u32 id;
};

struct xdp_rxq_info {
	struct net_device *dev;
	u32 queue_index;
	u32 reg_state;
	struct xdp_mem_info mem;
	u32 frag_size;
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
	u32 frame_sz;
	u32 flags;
};

struct sock_common {
	union {
		__addrpair skc_addrpair;
		struct {
			__be32 skc_daddr;
			__be32 skc_rcv_saddr;
		};
	};
	union {
		unsigned int skc_hash;
		__u16 skc_u16hashes[2];
	};
	union {
		__portpair skc_portpair;
		struct {
			__be16 skc_dport;
			__u16 skc_num;
		};
	};
	unsigned short skc_family;
	volatile unsigned char skc_state;
	unsigned char skc_reuse : 4;
	unsigned char skc_reuseport : 1;
	unsigned char skc_ipv6only : 1;
	unsigned char skc_net_refcnt : 1;
	int skc_bound_dev_if;
	possible_net_t skc_net;
	struct in6_addr skc_v6_daddr;
	struct in6_addr skc_v6_rcv_saddr;
	atomic64_t skc_cookie;
	refcount_t skc_refcnt;
};

struct socket {
	int state;
	short type;
	unsigned long flags;
	struct file *file;
	struct sock *sk;
};

struct sock {
	struct sock_common __sk_common;
	struct {
		atomic_t rmem_alloc;
		int len;
	} sk_backlog;
	int sk_rcvbuf;
	int sk_sndbuf;
	struct socket *sk_socket;
	int sk_err;
	u32 sk_priority;
	u32 sk_mark;
	kuid_t sk_uid;
	u16 sk_protocol;
	u16 sk_type;
	u16 sk_gso_max_segs;
	unsigned char sk_shutdown;
	long sk_rcvtimeo;
	long sk_sndtimeo;
	int sk_wmem_queued;
	u32 sk_ack_backlog;
	u32 sk_max_ack_backlog;
	s32 sk_rx_queue_mapping; /* -1: none */
	void *sk_user_data;
	struct bpf_local_storage *sk_bpf_storage;
};

struct inet_sock {
	struct sock sk;
	__be32 inet_saddr;
	__s16 uc_ttl;
	__be16 inet_sport;
	atomic_t inet_id;
	__u8 tos;
};

struct sk_buff {
	union {
		struct {
			struct sk_buff *next;
			struct sk_buff *prev;
			struct net_device *dev;
		};
		struct list_head list;
	};
	struct sock *sk;
	union {
		ktime_t tstamp;
		u64 skb_mstamp_ns;
	};
	char cb[48];
	unsigned int len;
	unsigned int data_len;
	__u16 mac_len;
	__u16 hdr_len;
	__u16 queue_mapping;
	/* The kernel's are bitfields; here they are bytes, which context rewriting loads as they are. */
	__u8 cloned;
	__u8 pkt_type;
	__u8 ip_summed;
	__u8 tstamp_type;
	__u8 encapsulation;
	__u16 tc_index;
	union {
		__wsum csum;
		struct {
			__u16 csum_start;
			__u16 csum_offset;
		};
	};
	__u32 priority;
	int skb_iif;
	__u32 hash;
	union {
		u32 vlan_all;
		struct {
			__be16 vlan_proto;
			__u16 vlan_tci;
		};
	};
	unsigned int napi_id;
	union {
		__u32 mark;
		__u32 reserved_tailroom;
	};
	__u16 inner_transport_header;
	__u16 inner_network_header;
	__u16 inner_mac_header;
	__be16 protocol;
	__u16 transport_header;
	__u16 network_header;
	__u16 mac_header;
	unsigned int tail;
	unsigned int end;
	unsigned char *head;
	unsigned char *data;
	unsigned int truesize;
	refcount_t users;
};

#endif

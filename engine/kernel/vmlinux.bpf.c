/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes the engine's vmlinux BTF. Compiled with `clang -target bpf -g` only for its type information; the variables
 * and functions whose names start with keep_ hold types and are taken out again (engine/kernel/embed.c).
 */
#define _LINUX_IF_H /* it wants libc's <sys/socket.h>; of it only this is needed: */
#define IFNAMSIZ 16
#include "engine/kernel/bpf_types.h"
#include "engine/kernel/fs.h"
#include "engine/kernel/net.h"
#include "engine/kernel/task.h"
#include "engine/kernel/trace.h"

struct sockaddr {
	sa_family_t sa_family;
	char sa_data[14];
};

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/mpls.h>
#include <linux/openat2.h>
#include <linux/tcp.h>
#include <linux/time_types.h>
#include <linux/udp.h>
#include <linux/uio.h>
#include <linux/un.h>

/* Headers that the kernel keeps to itself but that packet programs use. */
struct vlan_hdr {
	__be16 h_vlan_TCI;
	__be16 h_vlan_encapsulated_proto;
};

struct vlan_ethhdr {
	unsigned char h_dest[6];
	unsigned char h_source[6];
	__be16 h_vlan_proto;
	__be16 h_vlan_TCI;
	__be16 h_vlan_encapsulated_proto;
};


#define TRACEPOINT(NAME, ARGS) TRACEPOINT_(NAME, TP_UNPACK ARGS)
#define TP_UNPACK(...) __VA_ARGS__
#define TRACEPOINT_(...) TRACEPOINT__(__VA_ARGS__)
#define TRACEPOINT__(NAME, ...)                                     \
	typedef void (*btf_trace_##NAME)(void *, __VA_ARGS__);      \
	btf_trace_##NAME keep_btf_trace_##NAME;                     \
	__attribute__((noinline)) void __bpf_trace_##NAME(void *__data, __VA_ARGS__) \
	{                                                           \
	}
#include "engine/kernel/tracepoints.def"

#define KEEP(TYPE) KEEP_(TYPE, __COUNTER__)
#define KEEP_(TYPE, N) KEEP__(TYPE, N)
#define KEEP__(TYPE, N) TYPE keep_##N;
#include "engine/kernel/types.def"

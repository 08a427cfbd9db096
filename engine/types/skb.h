/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The skb room: what all program types with a struct __sk_buff context share. Which fields a type may read and write is
 * one table (skb_fields.def); each type's file says which family it is and what else it may do.
 */
#ifndef SKEP_TYPES_SKB_H
#define SKEP_TYPES_SKB_H

#include "engine/kernel/net.h"
#include "engine/types/prog_type.h"

struct kmem;

/* Families of types that agree on their context. */
enum skb_family {
	SKB_FILTER = 1 << 0, /* socket_filter */
	SKB_SCHED = 1 << 1,  /* sched_cls, sched_act */
	SKB_CGROUP = 1 << 2, /* cgroup_skb */
	SKB_LWT = 1 << 3,
	SKB_ALL = SKB_FILTER | SKB_SCHED | SKB_CGROUP | SKB_LWT,
};

/* What the context of these programs points to: the sk_buff that kernel pointers show, and what only contexts reach.
 * The frame lies in [head, head + end); data and len are kept in skb, data_end and data_meta here. */
struct bpf_skb {
	struct sk_buff skb;
	unsigned char *data_end;
	unsigned char *data_meta;
	u64 hwtstamp;
	u32 cb[5];
	u32 tc_classid;
	u32 wire_len;
	u16 gso_segs;
	u16 gso_size;
};

static inline struct bpf_skb *ctx_to_skb(const void *ctx)
{
	return container_of(ctx, struct bpf_skb, skb);
}

bool skb_is_valid_access(enum skb_family family, int off, int size, enum bpf_access_type access,
			 struct bpf_access_info *info);
u32 skb_convert_ctx_access(enum bpf_access_type access, const struct bpf_insn *insn, struct bpf_insn *out,
			   struct bpf_prog *prog, u32 *target_size);
int skb_test_run(struct bpf_prog *prog, const union bpf_attr *attr, union bpf_attr *uattr, struct caller *caller);

#endif

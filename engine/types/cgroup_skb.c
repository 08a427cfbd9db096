/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_PROG_TYPE_CGROUP_SKB: whether a packet of a cgroup's socket passes. */
#include <errno.h>

#include "engine/object/prog.h"
#include "engine/types/rooms.h"
#include "engine/types/skb.h"

static int cgroup_skb_check_load(const union bpf_attr *attr)
{
	if (attr->expected_attach_type != BPF_CGROUP_INET_INGRESS &&
	    attr->expected_attach_type != BPF_CGROUP_INET_EGRESS)
		return -EINVAL;
	return check_load_any_attach_type(attr);
}

static bool cgroup_skb_is_valid_access(int off, int size, enum bpf_access_type access, const struct bpf_prog *prog,
				       struct bpf_access_info *info)
{
	return skb_is_valid_access(SKB_CGROUP, off, size, access, info);
}

/* Bit 0: pass; on egress bit 1: congestion. */
static bool cgroup_skb_retval_range(const struct bpf_prog *prog, struct bpf_retval_range *range)
{
	*range = (struct bpf_retval_range){0, prog->expected_attach_type == BPF_CGROUP_INET_EGRESS ? 3 : 1};
	return true;
}

const struct prog_type_ops cgroup_skb_ops = {
	.type = BPF_PROG_TYPE_CGROUP_SKB,
	.check_load = cgroup_skb_check_load,
	.func_proto = base_func_proto,
	.is_valid_access = cgroup_skb_is_valid_access,
	.convert_ctx_access = skb_convert_ctx_access,
	.retval_range = cgroup_skb_retval_range,
	.test_run = skb_test_run,
	.ctx_struct = "__sk_buff",
	.packet_access = true,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_PROG_TYPE_SCHED_CLS and _ACT: classifiers and actions of traffic control. */
#include "engine/types/rooms.h"
#include "engine/types/skb.h"

static const struct bpf_func_proto *sched_func_proto(enum bpf_func_id id, const struct bpf_prog *prog)
{
	const struct bpf_func_proto *proto = skb_read_func_proto(id, prog);

	return proto ? proto : net_func_proto(id, prog);
}

static bool sched_is_valid_access(int off, int size, enum bpf_access_type access, const struct bpf_prog *prog,
				  struct bpf_access_info *info)
{
	return skb_is_valid_access(SKB_SCHED, off, size, access, info);
}

#define SCHED_OPS(prog_type)                                                                                           \
	{                                                                                                              \
		.type = prog_type, .check_load = check_load_any_attach_type, .func_proto = sched_func_proto,           \
		.is_valid_access = sched_is_valid_access, .convert_ctx_access = skb_convert_ctx_access,                \
		.ctx_struct = "__sk_buff", .packet_access = true, .packet_write = true,      \
		.ld_abs = true,                                                                                        \
	}

const struct prog_type_ops sched_cls_ops = SCHED_OPS(BPF_PROG_TYPE_SCHED_CLS);
const struct prog_type_ops sched_act_ops = SCHED_OPS(BPF_PROG_TYPE_SCHED_ACT);

/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_PROG_TYPE_SCHED_CLS and _ACT: classifiers and actions of traffic control. */
#include "engine/types/rooms.h"
#include "engine/types/skb.h"

static bool sched_is_valid_access(int off, int size, enum bpf_access_type access, const struct bpf_prog *prog,
				  struct bpf_access_info *info)
{
	return skb_is_valid_access(SKB_SCHED, off, size, access, info);
}

#define SCHED_OPS(prog_type)                                                                                           \
	{                                                                                                              \
		.type = prog_type, .check_load = check_load_any_attach_type, .func_proto = base_func_proto,           \
		.is_valid_access = sched_is_valid_access, .convert_ctx_access = skb_convert_ctx_access,                \
		.test_run = skb_test_run, .ctx_struct = "__sk_buff", .packet_access = true, .packet_write = true,      \
		.ld_abs = true,                                                                                        \
	}

const struct prog_type_ops sched_cls_ops = SCHED_OPS(BPF_PROG_TYPE_SCHED_CLS);
const struct prog_type_ops sched_act_ops = SCHED_OPS(BPF_PROG_TYPE_SCHED_ACT);

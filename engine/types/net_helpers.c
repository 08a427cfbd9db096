/* SPDX-License-Identifier: BSD-2-Clause */
/* The helpers that all networking types share beyond the base. */
#include "engine/types/skb.h"

const struct bpf_func_proto *net_func_proto(enum bpf_func_id id, const struct bpf_prog *prog)
{
	return base_func_proto(id, prog);
}

const struct bpf_func_proto *skb_read_func_proto(enum bpf_func_id id, const struct bpf_prog *prog)
{
	return NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The XDP room's packet: what an XDP program's context is, for the hook, TEST_RUN and the helpers. */
#ifndef SKEP_TYPES_XDP_H
#define SKEP_TYPES_XDP_H

#include "engine/kernel/net.h"
#include "engine/types/prog_type.h"

#define XDP_FRAME_RESERVE 40 /* bytes at the start of the headroom that programs cannot have, as in the kernel */

#define XDP_FRAG_SIZE 4096

/*
 * struct xdp_buff, at which the context points, with what it refers to. The frame is [xdp.data, xdp.data_end) within
 * [xdp.data_hard_start, end); metadata lies before it, at xdp.data_meta. What a frame has beyond its linear part is in
 * frags: programs reach it by helpers alone.
 */
struct bpf_xdp {
	struct xdp_buff xdp;
	struct xdp_rxq_info rxq;
	struct xdp_txq_info txq;
	void *end;            /* the frame may grow up to here */
	u8 *frags;            /* in pages of XDP_FRAG_SIZE, all but the last full */
	u32 frags_len;
	u32 redirect_ifindex; /* bpf_redirect's target */
};

static inline struct bpf_xdp *ctx_to_xdp(const void *ctx)
{
	return container_of(ctx, struct bpf_xdp, xdp);
}

int xdp_test_run(struct bpf_prog *prog, const union bpf_attr *attr, union bpf_attr *uattr, struct caller *caller);

#endif

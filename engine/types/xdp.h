/* SPDX-License-Identifier: BSD-2-Clause */
/* The XDP room's packet: what an XDP program's context is, for the hook, TEST_RUN and the helpers. */
#ifndef SKEP_TYPES_XDP_H
#define SKEP_TYPES_XDP_H

#include "engine/kernel/net.h"
#include "engine/types/prog_type.h"

/* struct xdp_buff, at which the context points, with what it refers to. The frame is [xdp.data, xdp.data_end) within
 * [xdp.data_hard_start, xdp.data_hard_start + xdp.frame_sz); metadata lies before it. */
struct bpf_xdp {
	struct xdp_buff xdp;
	struct xdp_rxq_info rxq;
	struct xdp_txq_info txq;
	struct net_device dev;
	u32 redirect_ifindex; /* bpf_redirect's target */
};

static inline struct bpf_xdp *ctx_to_xdp(const void *ctx)
{
	return container_of(ctx, struct bpf_xdp, xdp);
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The packets behind the contexts of XDP and socket filter programs. */
#ifndef SKEP_HELPERS_PACKET_H
#define SKEP_HELPERS_PACKET_H

#include "engine/types/skb.h"
#include "engine/types/xdp.h"

/* Bytes [offset, offset + len) of the frame, or NULL when it is shorter. */
static inline u8 *xdp_bytes(const struct xdp_buff *xdp, u64 offset, u64 len)
{
	u64 have = (u64)((u8 *)xdp->data_end - (u8 *)xdp->data);

	return len <= have && offset <= have - len ? (u8 *)xdp->data + offset : NULL;
}

static inline u8 *skb_bytes(const struct sk_buff *skb, u64 offset, u64 len)
{
	return len <= skb->len && offset <= skb->len - len ? skb->data + offset : NULL;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The packets behind the contexts of XDP and socket filter programs. */
#ifndef SKEP_HELPERS_PACKET_H
#define SKEP_HELPERS_PACKET_H

#include "engine/types/skb.h"
#include "engine/types/xdp.h"

/* Bytes [offset, offset + len) of the packet, or NULL when it is shorter. */
static inline u8 *skb_bytes(const struct sk_buff *skb, u64 offset, u64 len)
{
	return len <= skb->len && offset <= skb->len - len ? skb->data + offset : NULL;
}

#endif

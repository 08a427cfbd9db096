/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of the types with a struct __sk_buff: reading them; checksums of any memory. */
#include <errno.h>
#include <string.h>

#include "engine/helpers/helper.h"
#include "engine/helpers/packet.h"

/* Longest offset that skb_load_bytes takes: INT_MAX. */
#define OFFSET_MAX 0x7fffffffU

HELPER(skb_load_bytes, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_MEM_UNINIT, ARG_CONST_SIZE})
{
	const u8 *p = (u32)r2 > OFFSET_MAX ? NULL : skb_bytes(u64_to_ptr(r1), (u32)r2, (u32)r4);

	if (!p) {
		memset(u64_to_ptr(r3), 0, (u32)r4);
		return HELPER_ERR(-EFAULT);
	}
	memmove(u64_to_ptr(r3), p, (u32)r4);
	return 0;
}

HELPER(skb_load_bytes_relative, .ret_type = RET_INTEGER,
       .arg_type = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_MEM_UNINIT, ARG_CONST_SIZE, ARG_ANYTHING})
{
	enum { START_MAC = 0, START_NET = 1 };
	const struct sk_buff *skb = u64_to_ptr(r1);
	const u8 *start, *end = skb->data + skb->len;
	u32 offset = (u32)r2, len = (u32)r4;

	if ((u32)r5 == START_MAC)
		start = skb->head + skb->mac_header;
	else if ((u32)r5 == START_NET)
		start = skb->head + skb->network_header;
	else
		goto fail;
	if (offset > 0xffff || start < skb->head || start > end || len > (u64)(end - start) || offset > (u64)(end - start) - len)
		goto fail;
	memmove(u64_to_ptr(r3), start + offset, len);
	return 0;
fail:
	memset(u64_to_ptr(r3), 0, len);
	return HELPER_ERR(-EFAULT);
}

/* Ones' complement arithmetic in 32 bits, with the carry taken round. */
static u32 csum_add(u32 a, u32 b)
{
	u64 sum = (u64)a + b;

	return (u32)(sum + (sum >> 32));
}

/* The sum of the 32-bit words of a buffer, whose last one may be short. */
static u32 csum_partial(const u8 *p, u32 n, u32 sum)
{
	for (; n; p += min_of(n, 4U), n -= min_of(n, 4U)) {
		u32 w = 0;

		memcpy(&w, p, min_of(n, 4U));
		sum = csum_add(sum, w);
	}
	return sum;
}

static u16 csum_fold(u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (u16)(sum + (sum >> 16));
}

HELPER(csum_diff, .pkt_access = true, .ret_type = RET_INTEGER,
       .arg_type = {ARG_MEM_RDONLY_OR_NULL, ARG_CONST_SIZE_OR_ZERO, ARG_MEM_RDONLY_OR_NULL, ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING})
{
	u32 from_size = (u32)r2, to_size = (u32)r4, sum = (u32)r5;

	sum = csum_partial(u64_to_ptr(r3), to_size, sum);
	if (from_size)
		sum = csum_add(sum, ~csum_partial(u64_to_ptr(r1), from_size, 0));
	return csum_fold(sum);
}

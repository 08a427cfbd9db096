/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of the types with a struct __sk_buff: reading and writing them. Frames are linear and the programs' own. */
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

HELPER(skb_store_bytes, .changes_packet = true, .ret_type = RET_INTEGER,
       .arg_type = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_MEM_RDONLY, ARG_CONST_SIZE, ARG_ANYTHING})
{
	struct sk_buff *skb = u64_to_ptr(r1);
	u8 *p = (u32)r2 > OFFSET_MAX ? NULL : skb_bytes(skb, (u32)r2, (u32)r4);

	if (r5 & ~(u64)(BPF_F_RECOMPUTE_CSUM | BPF_F_INVALIDATE_HASH))
		return HELPER_ERR(-EINVAL);
	if (!p)
		return HELPER_ERR(-EFAULT);
	memmove(p, u64_to_ptr(r3), (u32)r4);
	if (r5 & BPF_F_INVALIDATE_HASH)
		skb->hash = 0;
	return 0;
}

/* All of a frame is linear already. */
HELPER(skb_pull_data, .changes_packet = true, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX, ARG_ANYTHING})
{
	const struct sk_buff *skb = u64_to_ptr(r1);

	return (u32)r2 > skb->len ? HELPER_ERR(-ENOMEM) : 0;
}

HELPER(set_hash_invalid, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX})
{
	((struct sk_buff *)u64_to_ptr(r1))->hash = 0;
	return 0;
}

HELPER(set_hash, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX, ARG_ANYTHING})
{
	((struct sk_buff *)u64_to_ptr(r1))->hash = (u32)r2;
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Internet checksums: of any memory (bpf_csum_diff), and kept right in a packet when a field of it changes. */
#include <errno.h>
#include <string.h>

#include "engine/helpers/helper.h"
#include "engine/helpers/packet.h"

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

static u16 load16(const u8 *p)
{
	u16 v;

	memcpy(&v, p, 2);
	return v;
}

static void store16(u8 *p, u16 v)
{
	memcpy(p, &v, 2);
}

/* The checksum at p after a field of the packet changed: by a difference (size 0), or from one value of `size` bytes to another. False:
 * no such size. */
static bool replace_checksum(u8 *p, u32 size, u64 from, u64 to)
{
	u32 sum = (u16)~load16(p);

	switch (size) {
	case 0:
		if (from)
			return false;
		sum = csum_add((u32)to, sum);
		break;
	case 2:
		sum = csum_add(csum_add(sum, (u16)~(u16)from), (u16)to);
		break;
	case 4:
		sum = csum_add(csum_add(sum, ~(u32)from), (u32)to);
		break;
	default:
		return false;
	}
	store16(p, (u16)~csum_fold(sum));
	return true;
}

static u8 *checksum_at(const struct sk_buff *skb, u32 offset)
{
	return offset > 0xffff || (offset & 1) ? NULL : skb_bytes(skb, offset, 2);
}

#define REPLACE_CONTRACT                                                                                               \
	.changes_packet = true, .ret_type = RET_INTEGER,                                                               \
	.arg_type = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_ANYTHING, ARG_ANYTHING, ARG_ANYTHING}

HELPER(l3_csum_replace, REPLACE_CONTRACT)
{
	u8 *p = checksum_at(u64_to_ptr(r1), (u32)r2);

	if (r5 & ~(u64)BPF_F_HDR_FIELD_MASK)
		return HELPER_ERR(-EINVAL);
	if (!p)
		return HELPER_ERR(-EFAULT);
	return replace_checksum(p, r5 & BPF_F_HDR_FIELD_MASK, r3, r4) ? 0 : HELPER_ERR(-EINVAL);
}

HELPER(l4_csum_replace, REPLACE_CONTRACT)
{
	u64 known = BPF_F_MARK_MANGLED_0 | BPF_F_MARK_ENFORCE | BPF_F_PSEUDO_HDR | BPF_F_HDR_FIELD_MASK | BPF_F_IPV6;
	bool zero_is_none = r5 & BPF_F_MARK_MANGLED_0; /* as in UDP */
	u8 *p = checksum_at(u64_to_ptr(r1), (u32)r2);

	if (r5 & ~known)
		return HELPER_ERR(-EINVAL);
	if (!p)
		return HELPER_ERR(-EFAULT);
	if (zero_is_none && !(r5 & BPF_F_MARK_ENFORCE) && !load16(p))
		return 0;
	if (!replace_checksum(p, r5 & BPF_F_HDR_FIELD_MASK, r3, r4))
		return HELPER_ERR(-EINVAL);
	if (zero_is_none && !load16(p))
		store16(p, 0xffff);
	return 0;
}

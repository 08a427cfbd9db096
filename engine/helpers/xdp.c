/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of XDP programs: moving their ends, copying, redirecting. */
#include <errno.h>
#include <string.h>

#include "engine/helpers/helper.h"
#include "engine/helpers/packet.h"

#define XDP_META_MAX 255
#define ETH_HEADER 14
/* The kernel keeps this much behind a frame for the sk_buff that it may become. */
#define XDP_TAILROOM 320

static bool has_meta(const struct xdp_buff *xdp)
{
	return xdp->data_meta && xdp->data_meta <= xdp->data;
}

HELPER(xdp_adjust_head, .changes_packet = true, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX, ARG_ANYTHING})
{
	struct xdp_buff *xdp = u64_to_ptr(r1);
	s64 delta = (s32)r2;
	s64 meta_len = has_meta(xdp) ? (u8 *)xdp->data - (u8 *)xdp->data_meta : 0;
	s64 room = (u8 *)xdp->data - (u8 *)xdp->data_hard_start - meta_len;
	s64 len = (u8 *)xdp->data_end - (u8 *)xdp->data;

	if (delta < -room || delta > len - ETH_HEADER)
		return HELPER_ERR(-EINVAL);
	if (meta_len)
		memmove((u8 *)xdp->data_meta + delta, xdp->data_meta, (size_t)meta_len);
	if (has_meta(xdp))
		xdp->data_meta = (u8 *)xdp->data_meta + delta;
	xdp->data = (u8 *)xdp->data + delta;
	return 0;
}

HELPER(xdp_adjust_tail, .changes_packet = true, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX, ARG_ANYTHING})
{
	struct xdp_buff *xdp = u64_to_ptr(r1);
	s64 delta = (s32)r2;
	s64 room = (s64)xdp->frame_sz - XDP_TAILROOM - ((u8 *)xdp->data_end - (u8 *)xdp->data_hard_start);
	s64 len = (u8 *)xdp->data_end - (u8 *)xdp->data;

	if (delta > room || len + delta < ETH_HEADER)
		return HELPER_ERR(-EINVAL);
	if (delta > 0)
		memset(xdp->data_end, 0, (size_t)delta);
	xdp->data_end = (u8 *)xdp->data_end + delta;
	return 0;
}

HELPER(xdp_adjust_meta, .changes_packet = true, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX, ARG_ANYTHING})
{
	struct xdp_buff *xdp = u64_to_ptr(r1);
	s64 delta = (s32)r2;
	s64 at;

	if (xdp->data_meta > xdp->data)
		return HELPER_ERR(-ENOTSUPP);
	at = (u8 *)xdp->data_meta - (u8 *)xdp->data_hard_start + delta;
	if (at < 0 || at > (u8 *)xdp->data - (u8 *)xdp->data_hard_start)
		return HELPER_ERR(-EINVAL);
	delta = (u8 *)xdp->data - (u8 *)xdp->data_hard_start - at; /* its length from here on */
	if (delta % 4 || delta > XDP_META_MAX)
		return HELPER_ERR(-EACCES);
	xdp->data_meta = (u8 *)xdp->data_hard_start + at;
	return 0;
}

HELPER(xdp_get_buff_len, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX})
{
	const struct xdp_buff *xdp = u64_to_ptr(r1);

	return (u64)((u8 *)xdp->data_end - (u8 *)xdp->data);
}

HELPER(xdp_load_bytes, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_MEM_UNINIT, ARG_CONST_SIZE})
{
	const u8 *p = xdp_bytes(u64_to_ptr(r1), (u32)r2, (u32)r4);

	if (!p)
		return HELPER_ERR(-EINVAL);
	memmove(u64_to_ptr(r3), p, (u32)r4);
	return 0;
}

HELPER(xdp_store_bytes, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_MEM_RDONLY, ARG_CONST_SIZE})
{
	u8 *p = xdp_bytes(u64_to_ptr(r1), (u32)r2, (u32)r4);

	if (!p)
		return HELPER_ERR(-EINVAL);
	memmove(p, u64_to_ptr(r3), (u32)r4);
	return 0;
}

/* The target is kept with the packet, where the hook finds it. */
HELPER(xdp_redirect, .ret_type = RET_INTEGER, .arg_type = {ARG_ANYTHING, ARG_ANYTHING})
{
	enum { ABORTED = 0, REDIRECT = 4 };
	struct bpf_xdp *xdp = run_current->packet;

	if (r2 || !xdp)
		return ABORTED;
	xdp->redirect_ifindex = (u32)r1;
	return REDIRECT;
}

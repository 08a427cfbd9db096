/* SPDX-License-Identifier: BSD-2-Clause */
/* Packets of XDP programs: moving their ends, copying, redirecting. */
#include <errno.h>
#include <string.h>

#include "engine/helpers/helper.h"
#include "engine/helpers/packet.h"

#define XDP_META_MAX 252 /* what skb_shared_info can tell of, in whole words */
#define ETH_HEADER 14
#define OFFSET_MAX 0xffff

static bool has_meta(const struct xdp_buff *xdp)
{
	return xdp->data_meta && xdp->data_meta <= xdp->data;
}

static u8 *first_usable(const struct xdp_buff *xdp)
{
	return (u8 *)xdp->data_hard_start + XDP_FRAME_RESERVE;
}

static u64 linear_len(const struct xdp_buff *xdp)
{
	return (u64)((u8 *)xdp->data_end - (u8 *)xdp->data);
}

HELPER(xdp_adjust_head, .changes_packet = true, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX, ARG_ANYTHING})
{
	struct xdp_buff *xdp = u64_to_ptr(r1);
	s64 delta = (s32)r2;
	s64 meta_len = has_meta(xdp) ? (u8 *)xdp->data - (u8 *)xdp->data_meta : 0;
	s64 room = (u8 *)xdp->data - first_usable(xdp) - meta_len;

	if (delta < -room || delta > (s64)linear_len(xdp) - ETH_HEADER)
		return HELPER_ERR(-EINVAL);
	if (meta_len)
		memmove((u8 *)xdp->data_meta + delta, xdp->data_meta, (size_t)meta_len);
	if (has_meta(xdp))
		xdp->data_meta = (u8 *)xdp->data_meta + delta;
	xdp->data = (u8 *)xdp->data + delta;
	return 0;
}

/* A frame of several pages grows and shrinks at the end of its last page. */
static int adjust_frags(struct bpf_xdp *x, s64 delta)
{
	u32 cut = (u32)-delta;

	if (delta >= 0) {
		u32 room = (u32)round_up_u64(x->frags_len, XDP_FRAG_SIZE) - x->frags_len;

		if (delta > room)
			return -EINVAL;
		memset(x->frags + x->frags_len, 0, (size_t)delta);
		x->frags_len += (u32)delta;
		return 0;
	}
	if ((s64)(linear_len(&x->xdp) + x->frags_len) + delta < ETH_HEADER)
		return -EINVAL;
	if (cut > x->frags_len) {
		x->xdp.data_end = (u8 *)x->xdp.data_end - (cut - x->frags_len);
		cut = x->frags_len;
	}
	x->frags_len -= cut;
	return 0;
}

HELPER(xdp_adjust_tail, .changes_packet = true, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX, ARG_ANYTHING})
{
	struct bpf_xdp *x = ctx_to_xdp(u64_to_ptr(r1));
	struct xdp_buff *xdp = &x->xdp;
	s64 delta = (s32)r2;

	if (x->frags_len)
		return HELPER_ERR(adjust_frags(x, delta));
	if (delta > (u8 *)x->end - (u8 *)xdp->data_end || (s64)linear_len(xdp) + delta < ETH_HEADER)
		return HELPER_ERR(-EINVAL);
	if (delta > 0)
		memset(xdp->data_end, 0, (size_t)delta);
	xdp->data_end = (u8 *)xdp->data_end + delta;
	return 0;
}

HELPER(xdp_adjust_meta, .changes_packet = true, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX, ARG_ANYTHING})
{
	struct xdp_buff *xdp = u64_to_ptr(r1);
	s64 delta = (s32)r2, len;

	if (xdp->data_meta > xdp->data)
		return HELPER_ERR(-ENOTSUPP);
	len = (u8 *)xdp->data - (u8 *)xdp->data_meta - delta; /* of the metadata, from here on */
	if (len < 0 || len > (u8 *)xdp->data - first_usable(xdp))
		return HELPER_ERR(-EINVAL);
	if (len % 4 || len > XDP_META_MAX)
		return HELPER_ERR(-EACCES);
	xdp->data_meta = (u8 *)xdp->data - len;
	return 0;
}

HELPER(xdp_get_buff_len, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX})
{
	const struct bpf_xdp *x = ctx_to_xdp(u64_to_ptr(r1));

	return linear_len(&x->xdp) + x->frags_len;
}

/* Copy between the frame, from offset on, and buf. 0, -EFAULT for what no frame has, -EINVAL for what this one has not. */
static int copy_frame(const struct bpf_xdp *x, u64 offset, void *buf, u64 len, bool store)
{
	u64 linear = linear_len(&x->xdp), first;
	u8 *at = buf;

	if (offset > OFFSET_MAX || len > OFFSET_MAX)
		return -EFAULT;
	if (offset + len > linear + x->frags_len)
		return -EINVAL;
	first = offset < linear ? min_of(len, linear - offset) : 0;
	for (int part = 0; part < 2; part++) {
		u8 *frame = part ? x->frags + (offset + first - linear) : (u8 *)x->xdp.data + offset;
		u64 n = part ? len - first : first;

		if (n)
			memmove(store ? frame : at, store ? at : frame, n);
		at += n;
	}
	return 0;
}

HELPER(xdp_load_bytes, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_MEM_UNINIT, ARG_CONST_SIZE})
{
	return HELPER_ERR(copy_frame(ctx_to_xdp(u64_to_ptr(r1)), (u32)r2, u64_to_ptr(r3), (u32)r4, false));
}

HELPER(xdp_store_bytes, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX, ARG_ANYTHING, ARG_MEM_RDONLY, ARG_CONST_SIZE})
{
	return HELPER_ERR(copy_frame(ctx_to_xdp(u64_to_ptr(r1)), (u32)r2, u64_to_ptr(r3), (u32)r4, true));
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

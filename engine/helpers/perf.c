/* SPDX-License-Identifier: BSD-2-Clause */
/* Perf event arrays: writing samples. Counters do not exist here, so reading them fails as it does for events that cannot count. */
#include <errno.h>
#include <string.h>

#include "engine/helpers/helper.h"
#include "engine/helpers/packet.h"
#include "engine/maps/map.h"
#include "engine/object/perf_event.h"

/* The event that the flags name; NULL and *err as the kernel answers. */
static struct obj *event_of(const struct bpf_map *map, u64 flags, int *err)
{
	u64 index = flags & BPF_F_INDEX_MASK;
	struct obj *event;

	if (index == BPF_F_CURRENT_CPU)
		index = run_current->cpu;
	if (index >= map->max_entries) {
		*err = -E2BIG;
		return NULL;
	}
	event = perf_event_array_get(map, (u32)index);
	if (!event)
		*err = -ENOENT;
	return event;
}

static int output(const struct bpf_map *map, u64 flags, const struct perf_part *parts, u32 n)
{
	int err = 0;
	struct obj *event = event_of(map, flags, &err);

	if (!event)
		return err;
	if (!perf_event_is_output(event))
		return -EINVAL;
	if (perf_event_cpu(event) >= 0 && (u32)perf_event_cpu(event) != run_current->cpu)
		return -EOPNOTSUPP;
	/* Samples of a disabled event, or into a full ring, are lost; the kernel tells the program of neither but a full ring. */
	return perf_event_enabled(event) ? perf_event_output(event, parts, n) : 0;
}

#define OUTPUT_CONTRACT                                                                                                \
	.gpl_only = true, .ret_type = RET_INTEGER,                                                                     \
	.arg_type = {ARG_PTR_TO_CTX, ARG_CONST_MAP_PTR, ARG_ANYTHING, ARG_MEM_RDONLY, ARG_CONST_SIZE_OR_ZERO}

HELPER(perf_event_output, OUTPUT_CONTRACT)
{
	const struct perf_part part = {u64_to_ptr(r4), r5};

	if (r3 & ~(u64)BPF_F_INDEX_MASK)
		return HELPER_ERR(-EINVAL);
	return HELPER_ERR(output(u64_to_ptr(r2), r3, &part, 1));
}

/* Packet types may have the beginning of the packet appended: as many bytes as the flags' upper half says. The packet is one piece,
 * or two. */
static u64 output_with_packet(u64 map, u64 flags, u64 data, u64 size, const struct perf_part packet[2])
{
	u64 len = (flags & BPF_F_CTXLEN_MASK) >> 32, first = min_of(len, (u64)packet[0].len);
	const struct perf_part parts[] = {{u64_to_ptr(data), size}, {packet[0].data, first}, {packet[1].data, len - first}};

	if (flags & ~(u64)(BPF_F_CTXLEN_MASK | BPF_F_INDEX_MASK))
		return HELPER_ERR(-EINVAL);
	if (len > packet[0].len + packet[1].len)
		return HELPER_ERR(-EFAULT);
	return HELPER_ERR(output(u64_to_ptr(map), flags, parts, len > first ? 3 : len ? 2 : 1));
}

HELPER(xdp_event_output, OUTPUT_CONTRACT)
{
	const struct bpf_xdp *x = ctx_to_xdp(u64_to_ptr(r1));
	const struct perf_part packet[] = {{x->xdp.data, (size_t)((u8 *)x->xdp.data_end - (u8 *)x->xdp.data)}, {x->frags, x->frags_len}};

	return output_with_packet(r2, r3, r4, r5, packet);
}

HELPER(skb_event_output, OUTPUT_CONTRACT)
{
	const struct sk_buff *skb = u64_to_ptr(r1);
	const struct perf_part packet[] = {{skb->data, skb->len}, {NULL, 0}};

	return output_with_packet(r2, r3, r4, r5, packet);
}

HELPER(perf_event_read, .gpl_only = true, .ret_type = RET_INTEGER, .arg_type = {ARG_CONST_MAP_PTR, ARG_ANYTHING})
{
	int err = 0;

	if (r2 & ~(u64)BPF_F_INDEX_MASK)
		return HELPER_ERR(-EINVAL);
	return event_of(u64_to_ptr(r1), r2, &err) ? HELPER_ERR(-EOPNOTSUPP) : HELPER_ERR(err);
}

HELPER(perf_event_read_value, .gpl_only = true, .ret_type = RET_INTEGER,
       .arg_type = {ARG_CONST_MAP_PTR, ARG_ANYTHING, ARG_MEM_UNINIT, ARG_CONST_SIZE})
{
	int err = -EINVAL;

	if ((u32)r4 == sizeof(struct bpf_perf_event_value) && !(r2 & ~(u64)BPF_F_INDEX_MASK) && event_of(u64_to_ptr(r1), r2, &err))
		err = -EOPNOTSUPP;
	memset(u64_to_ptr(r3), 0, (u32)r4);
	return HELPER_ERR(err);
}

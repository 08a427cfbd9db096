/* SPDX-License-Identifier: BSD-2-Clause */
/* Ring buffers. */
#include <errno.h>

#include "engine/helpers/helper.h"
#include "engine/maps/ringbuf.h"

HELPER(ringbuf_output, .ret_type = RET_INTEGER,
       .arg_type = {ARG_CONST_MAP_PTR, ARG_MEM_RDONLY, ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING})
{
	return HELPER_ERR(ringbuf_output(u64_to_ptr(r1), u64_to_ptr(r2), r3, r4));
}

HELPER(ringbuf_reserve, .ret_type = RET_PTR_TO_MEM | MEM_RINGBUF | PTR_MAYBE_NULL,
       .arg_type = {ARG_CONST_MAP_PTR, ARG_CONST_ALLOC_SIZE_OR_ZERO, ARG_ANYTHING})
{
	return r3 ? 0 : ptr_to_u64(ringbuf_reserve(u64_to_ptr(r1), r2));
}

HELPER(ringbuf_submit, .ret_type = RET_VOID, .arg_type = {ARG_PTR_TO_RINGBUF_MEM | OBJ_RELEASE, ARG_ANYTHING})
{
	ringbuf_commit(u64_to_ptr(r1), r2, false);
	return 0;
}

HELPER(ringbuf_discard, .ret_type = RET_VOID, .arg_type = {ARG_PTR_TO_RINGBUF_MEM | OBJ_RELEASE, ARG_ANYTHING})
{
	ringbuf_commit(u64_to_ptr(r1), r2, true);
	return 0;
}

HELPER(ringbuf_query, .ret_type = RET_INTEGER, .arg_type = {ARG_CONST_MAP_PTR, ARG_ANYTHING})
{
	return ringbuf_query(u64_to_ptr(r1), r2);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Elements of maps, and bpf_spin_lock in them. */
#include <errno.h>

#include "engine/helpers/helper.h"
#include "engine/interp/interp.h"
#include "engine/maps/lock.h"
#include "engine/maps/map.h"

static struct bpf_map *map_arg(u64 r)
{
	return u64_to_ptr(r);
}

HELPER(map_lookup_elem, .pkt_access = true, .ret_type = RET_PTR_TO_MAP_VALUE | PTR_MAYBE_NULL,
       .arg_type = {ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_KEY})
{
	return ptr_to_u64(map_arg(r1)->ops->lookup(map_arg(r1), u64_to_ptr(r2)));
}

HELPER(map_update_elem, .pkt_access = true, .ret_type = RET_INTEGER,
       .arg_type = {ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_KEY, ARG_PTR_TO_MAP_VALUE, ARG_ANYTHING})
{
	return HELPER_ERR(map_arg(r1)->ops->update(map_arg(r1), u64_to_ptr(r2), u64_to_ptr(r3), r4));
}

HELPER(map_delete_elem, .pkt_access = true, .ret_type = RET_INTEGER, .arg_type = {ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_KEY})
{
	return HELPER_ERR(map_arg(r1)->ops->delete(map_arg(r1), u64_to_ptr(r2)));
}

HELPER(map_push_elem, .pkt_access = true, .ret_type = RET_INTEGER,
       .arg_type = {ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_VALUE, ARG_ANYTHING})
{
	return HELPER_ERR(map_arg(r1)->ops->push(map_arg(r1), u64_to_ptr(r2), r3));
}

HELPER(map_pop_elem, .ret_type = RET_INTEGER, .arg_type = {ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_VALUE | MEM_UNINIT | MEM_WRITE})
{
	return HELPER_ERR(map_arg(r1)->ops->pop(map_arg(r1), u64_to_ptr(r2)));
}

HELPER(map_peek_elem, .ret_type = RET_INTEGER, .arg_type = {ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_VALUE | MEM_UNINIT | MEM_WRITE})
{
	return HELPER_ERR(map_arg(r1)->ops->peek(map_arg(r1), u64_to_ptr(r2)));
}

HELPER(map_lookup_percpu_elem, .pkt_access = true, .ret_type = RET_PTR_TO_MAP_VALUE | PTR_MAYBE_NULL,
       .arg_type = {ARG_CONST_MAP_PTR, ARG_PTR_TO_MAP_KEY, ARG_ANYTHING})
{
	return ptr_to_u64(map_arg(r1)->ops->lookup_percpu(map_arg(r1), u64_to_ptr(r2), (u32)r3));
}

struct element_call {
	struct bpf_map *map;
	const struct interp_callback *callback;
	u64 ctx;
};

static u64 call_for_element(void *closure, void *key, void *value)
{
	const struct element_call *call = closure;

	return interp_call(call->callback->code, call->callback->subprog, ptr_to_u64(call->map), ptr_to_u64(key), ptr_to_u64(value),
			   call->ctx, 0);
}

HELPER(for_each_map_elem, .ret_type = RET_INTEGER,
       .arg_type = {ARG_CONST_MAP_PTR, ARG_PTR_TO_FUNC, ARG_PTR_TO_STACK | PTR_MAYBE_NULL, ARG_ANYTHING})
{
	struct element_call call = {map_arg(r1), u64_to_ptr(r2), r3};

	return HELPER_ERR(call.map->ops->for_each(call.map, call_for_element, &call, r4));
}

HELPER(spin_lock, .ret_type = RET_VOID, .arg_type = {ARG_PTR_TO_SPIN_LOCK})
{
	map_lock(u64_to_ptr(r1));
	return 0;
}

HELPER(spin_unlock, .ret_type = RET_VOID, .arg_type = {ARG_PTR_TO_SPIN_LOCK})
{
	map_unlock(u64_to_ptr(r1));
	return 0;
}

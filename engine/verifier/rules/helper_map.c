/* SPDX-License-Identifier: BSD-2-Clause */
/* Which helpers take which types of map, seen from both sides. */
#include "engine/maps/map.h"
#include "engine/verifier/rules/helper.h"

#define FUNCS_MAX 8
#define MAPS_MAX 6

/* Map types that only these helpers may be given. */
static const struct {
	enum bpf_map_type map;
	u32 funcs[FUNCS_MAX];
} map_funcs[] = {
	{BPF_MAP_TYPE_PROG_ARRAY, {BPF_FUNC_tail_call}},
	{BPF_MAP_TYPE_PERF_EVENT_ARRAY,
	 {BPF_FUNC_perf_event_read, BPF_FUNC_perf_event_output, BPF_FUNC_skb_output, BPF_FUNC_perf_event_read_value,
	  BPF_FUNC_xdp_output}},
	{BPF_MAP_TYPE_RINGBUF,
	 {BPF_FUNC_ringbuf_output, BPF_FUNC_ringbuf_reserve, BPF_FUNC_ringbuf_query, BPF_FUNC_ringbuf_reserve_dynptr,
	  BPF_FUNC_ringbuf_submit_dynptr, BPF_FUNC_ringbuf_discard_dynptr}},
	{BPF_MAP_TYPE_USER_RINGBUF, {BPF_FUNC_user_ringbuf_drain}},
	{BPF_MAP_TYPE_STACK_TRACE, {BPF_FUNC_get_stackid}},
	{BPF_MAP_TYPE_CGROUP_ARRAY, {BPF_FUNC_skb_under_cgroup, BPF_FUNC_current_task_under_cgroup}},
	{BPF_MAP_TYPE_CGROUP_STORAGE, {BPF_FUNC_get_local_storage}},
	{BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, {BPF_FUNC_get_local_storage}},
	{BPF_MAP_TYPE_DEVMAP, {BPF_FUNC_redirect_map, BPF_FUNC_map_lookup_elem}},
	{BPF_MAP_TYPE_DEVMAP_HASH, {BPF_FUNC_redirect_map, BPF_FUNC_map_lookup_elem}},
	{BPF_MAP_TYPE_CPUMAP, {BPF_FUNC_redirect_map}},
	{BPF_MAP_TYPE_XSKMAP, {BPF_FUNC_redirect_map, BPF_FUNC_map_lookup_elem}},
	{BPF_MAP_TYPE_ARRAY_OF_MAPS, {BPF_FUNC_map_lookup_elem}},
	{BPF_MAP_TYPE_HASH_OF_MAPS, {BPF_FUNC_map_lookup_elem}},
	{BPF_MAP_TYPE_SOCKMAP,
	 {BPF_FUNC_sk_redirect_map, BPF_FUNC_sock_map_update, BPF_FUNC_msg_redirect_map, BPF_FUNC_sk_select_reuseport,
	  BPF_FUNC_map_lookup_elem, BPF_FUNC_map_update_elem, BPF_FUNC_map_delete_elem}},
	{BPF_MAP_TYPE_SOCKHASH,
	 {BPF_FUNC_sk_redirect_hash, BPF_FUNC_sock_hash_update, BPF_FUNC_msg_redirect_hash, BPF_FUNC_sk_select_reuseport,
	  BPF_FUNC_map_lookup_elem, BPF_FUNC_map_update_elem, BPF_FUNC_map_delete_elem}},
	{BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, {BPF_FUNC_sk_select_reuseport}},
	{BPF_MAP_TYPE_QUEUE, {BPF_FUNC_map_peek_elem, BPF_FUNC_map_pop_elem, BPF_FUNC_map_push_elem}},
	{BPF_MAP_TYPE_STACK, {BPF_FUNC_map_peek_elem, BPF_FUNC_map_pop_elem, BPF_FUNC_map_push_elem}},
	{BPF_MAP_TYPE_SK_STORAGE, {BPF_FUNC_sk_storage_get, BPF_FUNC_sk_storage_delete, BPF_FUNC_kptr_xchg}},
	{BPF_MAP_TYPE_INODE_STORAGE, {BPF_FUNC_inode_storage_get, BPF_FUNC_inode_storage_delete, BPF_FUNC_kptr_xchg}},
	{BPF_MAP_TYPE_TASK_STORAGE, {BPF_FUNC_task_storage_get, BPF_FUNC_task_storage_delete, BPF_FUNC_kptr_xchg}},
	{BPF_MAP_TYPE_CGRP_STORAGE, {BPF_FUNC_cgrp_storage_get, BPF_FUNC_cgrp_storage_delete, BPF_FUNC_kptr_xchg}},
	{BPF_MAP_TYPE_BLOOM_FILTER, {BPF_FUNC_map_peek_elem, BPF_FUNC_map_push_elem}},
};

/* Helpers that take only these types of map. */
static const struct {
	u32 func;
	enum bpf_map_type maps[MAPS_MAX];
} func_maps[] = {
	{BPF_FUNC_tail_call, {BPF_MAP_TYPE_PROG_ARRAY}},
	{BPF_FUNC_perf_event_read, {BPF_MAP_TYPE_PERF_EVENT_ARRAY}},
	{BPF_FUNC_perf_event_output, {BPF_MAP_TYPE_PERF_EVENT_ARRAY}},
	{BPF_FUNC_perf_event_read_value, {BPF_MAP_TYPE_PERF_EVENT_ARRAY}},
	{BPF_FUNC_skb_output, {BPF_MAP_TYPE_PERF_EVENT_ARRAY}},
	{BPF_FUNC_xdp_output, {BPF_MAP_TYPE_PERF_EVENT_ARRAY}},
	{BPF_FUNC_ringbuf_output, {BPF_MAP_TYPE_RINGBUF}},
	{BPF_FUNC_ringbuf_reserve, {BPF_MAP_TYPE_RINGBUF}},
	{BPF_FUNC_ringbuf_query, {BPF_MAP_TYPE_RINGBUF}},
	{BPF_FUNC_ringbuf_reserve_dynptr, {BPF_MAP_TYPE_RINGBUF}},
	{BPF_FUNC_ringbuf_submit_dynptr, {BPF_MAP_TYPE_RINGBUF}},
	{BPF_FUNC_ringbuf_discard_dynptr, {BPF_MAP_TYPE_RINGBUF}},
	{BPF_FUNC_user_ringbuf_drain, {BPF_MAP_TYPE_USER_RINGBUF}},
	{BPF_FUNC_get_stackid, {BPF_MAP_TYPE_STACK_TRACE}},
	{BPF_FUNC_current_task_under_cgroup, {BPF_MAP_TYPE_CGROUP_ARRAY}},
	{BPF_FUNC_skb_under_cgroup, {BPF_MAP_TYPE_CGROUP_ARRAY}},
	{BPF_FUNC_redirect_map, {BPF_MAP_TYPE_DEVMAP, BPF_MAP_TYPE_DEVMAP_HASH, BPF_MAP_TYPE_CPUMAP, BPF_MAP_TYPE_XSKMAP}},
	{BPF_FUNC_sk_redirect_map, {BPF_MAP_TYPE_SOCKMAP}},
	{BPF_FUNC_msg_redirect_map, {BPF_MAP_TYPE_SOCKMAP}},
	{BPF_FUNC_sock_map_update, {BPF_MAP_TYPE_SOCKMAP}},
	{BPF_FUNC_sk_redirect_hash, {BPF_MAP_TYPE_SOCKHASH}},
	{BPF_FUNC_msg_redirect_hash, {BPF_MAP_TYPE_SOCKHASH}},
	{BPF_FUNC_sock_hash_update, {BPF_MAP_TYPE_SOCKHASH}},
	{BPF_FUNC_get_local_storage, {BPF_MAP_TYPE_CGROUP_STORAGE, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE}},
	{BPF_FUNC_sk_select_reuseport, {BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, BPF_MAP_TYPE_SOCKMAP, BPF_MAP_TYPE_SOCKHASH}},
	{BPF_FUNC_map_pop_elem, {BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK}},
	{BPF_FUNC_map_peek_elem, {BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK, BPF_MAP_TYPE_BLOOM_FILTER}},
	{BPF_FUNC_map_push_elem, {BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK, BPF_MAP_TYPE_BLOOM_FILTER}},
	{BPF_FUNC_map_lookup_percpu_elem,
	 {BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_LRU_PERCPU_HASH}},
	{BPF_FUNC_sk_storage_get, {BPF_MAP_TYPE_SK_STORAGE}},
	{BPF_FUNC_sk_storage_delete, {BPF_MAP_TYPE_SK_STORAGE}},
	{BPF_FUNC_inode_storage_get, {BPF_MAP_TYPE_INODE_STORAGE}},
	{BPF_FUNC_inode_storage_delete, {BPF_MAP_TYPE_INODE_STORAGE}},
	{BPF_FUNC_task_storage_get, {BPF_MAP_TYPE_TASK_STORAGE}},
	{BPF_FUNC_task_storage_delete, {BPF_MAP_TYPE_TASK_STORAGE}},
	{BPF_FUNC_cgrp_storage_get, {BPF_MAP_TYPE_CGRP_STORAGE}},
	{BPF_FUNC_cgrp_storage_delete, {BPF_MAP_TYPE_CGRP_STORAGE}},
};

static bool map_takes(enum bpf_map_type type, u32 func)
{
	for (u32 i = 0; i < ARRAY_SIZE(map_funcs); i++) {
		if (map_funcs[i].map != type)
			continue;
		for (u32 j = 0; j < FUNCS_MAX; j++)
			if (map_funcs[i].funcs[j] == func)
				return true;
		return false;
	}
	return true;
}

static bool func_takes(u32 func, enum bpf_map_type type)
{
	for (u32 i = 0; i < ARRAY_SIZE(func_maps); i++) {
		if (func_maps[i].func != func)
			continue;
		for (u32 j = 0; j < MAPS_MAX; j++)
			if (func_maps[i].maps[j] == type)
				return true;
		return false;
	}
	return true;
}

int helper_map_fits(struct verifier_env *env, const struct helper_call *call)
{
	if (!call->map || (map_takes(call->map->type, call->id) && func_takes(call->id, call->map->type)))
		return 0;
	return reject(env, HELPER_MAP_TYPE, call->map->type, call->name, call->id);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_MAP_TYPE_STACK_TRACE: stacks by the hash of their addresses, which is what programs and readers know them by. */
#ifndef SKEP_MAP_STACK_TRACE_H
#define SKEP_MAP_STACK_TRACE_H

#include "engine/maps/map.h"

/* Addresses that a stack may have in this map. */
u32 stack_trace_depth(const struct bpf_map *map);
/* The id of a stack of n addresses, which is put into the map; -EEXIST when another one has its place (unless flags has
 * BPF_F_REUSE_STACKID). BPF_F_FAST_STACK_CMP: stacks are told apart by their hash alone. */
long stack_trace_put(struct bpf_map *map, const u64 *ips, u32 n, u64 flags);

#endif

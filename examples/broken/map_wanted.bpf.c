// SPDX-License-Identifier: BSD-2-Clause
// A helper that wants a map is given something else.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tp/syscalls/sys_enter_execve")
int lookup(struct trace_event_raw_sys_enter *ctx)
{
	u32 key = 0;
	u64 not_a_map = 0;
	u64 *value = bpf_map_lookup_elem(&not_a_map, &key);

	return value ? (int)*value : 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

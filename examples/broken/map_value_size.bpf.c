// SPDX-License-Identifier: BSD-2-Clause
// More bytes are read from a map value than it has.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

SEC("tp/syscalls/sys_enter_execve")
int read_more(struct trace_event_raw_sys_enter *ctx)
{
	u32 uid = (u32)bpf_get_current_uid_gid();
	u64 *n = bpf_map_lookup_elem(&counts, &uid);

	return n ? (int)n[1] : 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

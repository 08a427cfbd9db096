// SPDX-License-Identifier: BSD-2-Clause
// The result of a map lookup is used without asking whether it is NULL.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, u32);
	__type(value, u64);
} counts SEC(".maps");

SEC("tp/syscalls/sys_enter_execve")
int count(struct trace_event_raw_sys_enter *ctx)
{
	u32 uid = (u32)bpf_get_current_uid_gid();
	u64 *n = bpf_map_lookup_elem(&counts, &uid);

	*n += 1;
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

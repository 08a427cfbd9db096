// SPDX-License-Identifier: BSD-2-Clause
// An array on the stack is written beyond its end.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tp/syscalls/sys_enter_execve")
int fill(struct trace_event_raw_sys_enter *ctx)
{
	volatile char buf[16];
	u32 i = (u32)ctx->id & 31; /* should be & 15 */

	buf[i] = 1;
	return buf[0];
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

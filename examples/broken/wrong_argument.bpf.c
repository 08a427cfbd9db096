// SPDX-License-Identifier: BSD-2-Clause
// A helper that wants a pointer to memory is given a number.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tp/syscalls/sys_enter_execve")
int name(struct trace_event_raw_sys_enter *ctx)
{
	long where = (long)ctx->id;

	bpf_get_current_comm((void *)where, 16);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

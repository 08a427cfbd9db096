// SPDX-License-Identifier: BSD-2-Clause
// A helper that only GPL-compatible programs may call, in one that is not.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("tp/syscalls/sys_enter_execve")
int print(struct trace_event_raw_sys_enter *ctx)
{
	bpf_printk("execve");
	return 0;
}

char LICENSE[] SEC("license") = "Proprietary";

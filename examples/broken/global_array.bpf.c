// SPDX-License-Identifier: BSD-2-Clause
// An index taken from the caller reaches past the end of a global array.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

char message[12] = "Hello World";
volatile int position;

SEC("tp/syscalls/sys_enter_execve")
int hello(struct trace_event_raw_sys_enter *ctx)
{
	int i = position;

	if (i >= 0 && i <= (int)sizeof(message)) /* should be < */
		return message[i];
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

// SPDX-License-Identifier: BSD-2-Clause
// A variable is read on a path that never wrote it.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("socket")
__attribute__((naked)) int read_r3(struct __sk_buff *skb)
{
	asm volatile("r0 = r3;"
		     "exit;");
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

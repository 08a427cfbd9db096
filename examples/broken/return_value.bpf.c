// SPDX-License-Identifier: BSD-2-Clause
// A program returns a value that its type does not allow.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

SEC("cgroup_skb/egress")
int verdict(struct __sk_buff *skb)
{
	return 7; /* 0: drop, 1: pass, 2 and 3 with congestion notification */
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

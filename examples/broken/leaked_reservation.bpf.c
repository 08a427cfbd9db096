// SPDX-License-Identifier: BSD-2-Clause
// A ring buffer reservation is neither submitted nor discarded on one path.
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

SEC("tp/syscalls/sys_enter_execve")
int emit(struct trace_event_raw_sys_enter *ctx)
{
	u64 *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return 0;
	*event = bpf_get_current_pid_tgid();
	if (*event & 1)
		return 0; /* forgot bpf_ringbuf_discard(event, 0) */
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* SPDX-License-Identifier: BSD-2-Clause */
/* Counting what the process of guest-target did: seen[kind], in the process of that name alone. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

#define ENOENT 2
#define EPERM 1

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16);
	__type(key, enum what);
	__type(value, u64);
} seen SEC(".maps");

static __always_inline void add(enum what what, u64 n)
{
	u64 zero = 0, *count;

	bpf_map_update_elem(&seen, &what, &zero, BPF_NOEXIST);
	count = bpf_map_lookup_elem(&seen, &what);
	if (count)
		__sync_fetch_and_add(count, n);
}

/* As guest-target names itself when its work begins. */
static __always_inline bool is_target(void)
{
	char want[16] = "guest-counted", name[16];

	if (bpf_get_current_comm(name, sizeof(name)))
		return false;
	for (int i = 0; i < 14; i++)
		if (name[i] != want[i])
			return false;
	return true;
}

static __always_inline bool is_path(const char *path)
{
	const char want[6] = "/skep";

	for (int i = 0; i < 5; i++)
		if (path[i] != want[i])
			return false;
	return true;
}

char LICENSE[] SEC("license") = "GPL";

// SPDX-License-Identifier: BSD-2-Clause
// A function of the kernel by kprobes: arguments, a field that CO-RE finds, the result.
enum what { ENTERED, PATHS, LEFT, ABSENT };
#include "count.h"

SEC("kprobe/do_unlinkat")
int BPF_KPROBE(on_enter, int dir, struct filename *name)
{
	const char *path;
	char text[8];

	if (!is_target())
		return 0;
	add(ENTERED, 1);
	path = BPF_CORE_READ(name, name);
	if (bpf_probe_read_kernel_str(text, sizeof(text), path) > 0 && is_path(text))
		add(PATHS, 1);
	return 0;
}

SEC("kretprobe/do_unlinkat")
int BPF_KRETPROBE(on_leave, int ret)
{
	if (!is_target())
		return 0;
	add(LEFT, 1);
	if (ret == -ENOENT)
		add(ABSENT, 1);
	return 0;
}

// SPDX-License-Identifier: BSD-2-Clause
// A function of the kernel by its trampoline: typed arguments, and the result at the exit.
enum what { ENTERED, PATHS, LEFT, ABSENT };
#include "count.h"

SEC("fentry/do_unlinkat")
int BPF_PROG(on_enter, int dir, struct filename *name)
{
	char text[8];

	if (!is_target())
		return 0;
	add(ENTERED, 1);
	if (bpf_probe_read_kernel_str(text, sizeof(text), name->name) > 0 && is_path(text))
		add(PATHS, 1);
	return 0;
}

SEC("fexit/do_unlinkat")
int BPF_PROG(on_leave, int dir, struct filename *name, int ret)
{
	if (!is_target())
		return 0;
	add(LEFT, 1);
	if (ret == -ENOENT)
		add(ABSENT, 1);
	return 0;
}

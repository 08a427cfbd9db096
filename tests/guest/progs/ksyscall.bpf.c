// SPDX-License-Identifier: BSD-2-Clause
// A system call by its entry function, with arguments and result.
enum what { ENTERED, PATHS, LEFT, ABSENT };
#include "count.h"

SEC("ksyscall/unlinkat")
int BPF_KSYSCALL(on_enter, int dir, const char *path)
{
	char text[8];

	if (!is_target())
		return 0;
	add(ENTERED, 1);
	if (dir == -100 && bpf_probe_read_user_str(text, sizeof(text), path) > 0 && is_path(text))
		add(PATHS, 1);
	return 0;
}

SEC("kretsyscall/unlinkat")
int BPF_KRETPROBE(on_leave, long ret)
{
	if (!is_target())
		return 0;
	add(LEFT, 1);
	if (ret == -ENOENT)
		add(ABSENT, 1);
	return 0;
}

// SPDX-License-Identifier: BSD-2-Clause
// Functions of programs and libraries. TARGET: the path of guest-target.
enum what { CALLS, ARGUMENTS, RETURNS, RESULTS, LIBRARY };
#include "count.h"

SEC("uprobe/" TARGET ":work")
int BPF_KPROBE(on_work, int n)
{
	if (!is_target())
		return 0;
	add(CALLS, 1);
	add(ARGUMENTS, n);
	return 0;
}

SEC("uretprobe/" TARGET ":work")
int BPF_KRETPROBE(after_work, int ret)
{
	if (!is_target())
		return 0;
	add(RETURNS, 1);
	add(RESULTS, ret);
	return 0;
}

SEC("uprobe/libc.so.6:getpgid")
int on_library(void *ctx)
{
	if (is_target())
		add(LIBRARY, 1);
	return 0;
}

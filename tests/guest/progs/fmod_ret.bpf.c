// SPDX-License-Identifier: BSD-2-Clause
// A function of the kernel that may be told its result: the target may open nothing.
enum what { DENIED };
#include "count.h"

SEC("fmod_ret/security_file_open")
int BPF_PROG(on_open, struct file *file, int ret)
{
	if (!is_target())
		return ret;
	add(DENIED, 1);
	return -EPERM;
}

// SPDX-License-Identifier: BSD-2-Clause
// A hook of the security modules: the target may open nothing.
enum what { DENIED };
#include "count.h"

SEC("lsm/file_open")
int BPF_PROG(on_open, struct file *file, int ret)
{
	if (!is_target())
		return ret;
	add(DENIED, 1);
	return -EPERM;
}

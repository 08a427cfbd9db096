/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/helpers/user_stack.h"

#include "engine/hooks/task.h"

u32 user_stack_walk(struct skep_task *task, const struct skep_regs *regs, u64 *ips, u32 max)
{
	u64 frame[2]; /* the caller's frame pointer, the return address */
	u64 bp = regs->bp;
	u32 n = 0;

	if (max)
		ips[n++] = regs->ip;
	while (n < max && bp && bp % 8 == 0 && task->mem.read && !task->mem.read(task->mem.cookie, bp, frame, sizeof(frame))) {
		if (!frame[1])
			break;
		ips[n++] = frame[1];
		/* The stack grows downwards: frames that do not ascend are no chain. */
		if (frame[0] <= bp)
			break;
		bp = frame[0];
	}
	return n;
}

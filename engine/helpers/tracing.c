/* SPDX-License-Identifier: BSD-2-Clause */
/* What tracing programs ask of their attach point; stacks. */
#include <errno.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/helpers/helper.h"
#include "engine/helpers/user_stack.h"
#include "engine/hooks/task.h"
#include "engine/maps/stack_trace.h"

HELPER(get_func_ip, .gpl_only = true, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX})
{
	return run_current->attach_func_ip;
}

HELPER(get_attach_cookie, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX})
{
	return run_current->bpf_cookie;
}

#define STACK_FLAGS (BPF_F_SKIP_FIELD_MASK | BPF_F_USER_STACK)

/* Return addresses of the task's user stack into buf, the rest of which becomes zero; bytes written, or -errno. The engine's kernel
 * has no stack of its own to show. */
static long get_stack(struct skep_task *task, const struct skep_regs *regs, u8 *buf, u32 size, u64 flags)
{
	u64 ips[USER_STACK_MAX];
	u32 skip = flags & BPF_F_SKIP_FIELD_MASK;
	u32 n, want;

	if ((flags & ~(u64)(STACK_FLAGS | BPF_F_USER_BUILD_ID)) || size % 8 || (flags & BPF_F_USER_BUILD_ID)) {
		memset(buf, 0, size);
		return -EINVAL;
	}
	want = min_of(skip + size / 8, (u32)USER_STACK_MAX);
	if (!(flags & BPF_F_USER_STACK) || !task || !regs || !(n = user_stack_walk(task, regs, ips, want)) || n < skip) {
		memset(buf, 0, size);
		return -EFAULT;
	}
	n = min_of(n - skip, size / 8);
	memcpy(buf, ips + skip, (size_t)n * 8);
	memset(buf + (size_t)n * 8, 0, size - n * 8);
	return (long)n * 8;
}

HELPER(get_stack, .gpl_only = true, .ret_type = RET_INTEGER,
       .arg_type = {ARG_PTR_TO_CTX, ARG_MEM_UNINIT, ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING})
{
	return HELPER_ERR(get_stack(run_current->task, run_current->regs, u64_to_ptr(r2), (u32)r3, r4));
}

HELPER(get_task_stack, .ret_type = RET_INTEGER,
       .arg_type = {ARG_PTR_TO_BTF_ID, ARG_MEM_UNINIT, ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING}, .arg_btf_name = {"task_struct"})
{
	struct skep_task *task = task_by_kernel(run_current->engine, r1);

	return HELPER_ERR(get_stack(task, task ? (const struct skep_regs *)task_user_regs(task) : NULL, u64_to_ptr(r2), (u32)r3, r4));
}

static u64 get_stackid(struct bpf_map *map, u64 flags)
{
	u64 known = STACK_FLAGS | BPF_F_FAST_STACK_CMP | BPF_F_REUSE_STACKID;
	const struct run_ctx *run = run_current;
	u32 skip = flags & BPF_F_SKIP_FIELD_MASK;
	u64 ips[USER_STACK_MAX];
	u32 n = 0;

	if (flags & ~known)
		return HELPER_ERR(-EINVAL);
	if ((flags & BPF_F_USER_STACK) && run->task && run->regs)
		n = user_stack_walk(run->task, run->regs, ips, min_of(skip + stack_trace_depth(map), (u32)USER_STACK_MAX));
	if (n <= skip)
		return HELPER_ERR(-EFAULT);
	return HELPER_ERR(stack_trace_put(map, ips + skip, n - skip, flags));
}

HELPER(get_stackid, .gpl_only = true, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX, ARG_CONST_MAP_PTR, ARG_ANYTHING})
{
	return get_stackid(u64_to_ptr(r2), r3);
}

/* The same for perf events, without the licence, as the kernel has it. */
HELPER(get_stackid_pe, .ret_type = RET_INTEGER, .arg_type = {ARG_PTR_TO_CTX, ARG_CONST_MAP_PTR, ARG_ANYTHING})
{
	return get_stackid(u64_to_ptr(r2), r3);
}

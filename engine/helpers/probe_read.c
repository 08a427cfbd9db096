/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading (and, for user memory, writing) where a plain load may not go. Kernel addresses are those of kmem, of map segments
 * and of the program's own stack: nothing else of the process is ever read. User addresses are the current task's.
 */
#include <errno.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/helpers/helper.h"
#include "engine/hooks/task.h"
#include "engine/object/kmem.h"

#define USER_SPACE_END (1ULL << 47)

struct skep_task *helper_task(void)
{
	return run_current->task ? run_current->task : task_idle(run_current->engine);
}

int helper_read_user(void *dst, u64 addr, size_t n)
{
	struct skep_task *task = run_current->task;

	if (!n)
		return 0;
	if (task && task->mem.read && !task->mem.read(task->mem.cookie, addr, dst, n))
		return 0;
	memset(dst, 0, n);
	return -EFAULT;
}

/* Strings are read by pieces, and only what belongs to the string is copied on: the rest of dst stays as it was. */
#define STR_PIECE 256

struct str_copy {
	char *dst;
	size_t done;
	bool ended;
};

static void str_add(struct str_copy *copy, const char *piece, size_t len)
{
	const char *end = memchr(piece, 0, len);
	size_t take = end ? (size_t)(end - piece) + 1 : len;

	memcpy(copy->dst + copy->done, piece, take);
	copy->done += take;
	copy->ended = end != NULL;
}

/* The length with the NUL, which a string that was cut short gets too. */
static long str_end(const struct str_copy *copy)
{
	copy->dst[copy->done - 1] = 0;
	return (long)copy->done;
}

/* Pieces end with their page, so that a string at the end of memory is read. */
static long read_user_pieces(const struct skep_task_mem *mem, char *dst, u64 addr, size_t n)
{
	struct str_copy copy = {.dst = dst};
	char piece[STR_PIECE];

	while (copy.done < n && !copy.ended) {
		size_t len = min_of(n - copy.done, 4096 - (size_t)((addr + copy.done) & 4095));

		len = min_of(len, sizeof(piece));
		if (mem->read(mem->cookie, addr + copy.done, piece, len))
			return -EFAULT;
		str_add(&copy, piece, len);
	}
	return str_end(&copy);
}

long helper_read_user_str(char *dst, u64 addr, size_t n)
{
	const struct skep_task *task = run_current->task;
	long got = -EFAULT;

	if (!n)
		return 0;
	if (task && task->mem.read)
		got = read_user_pieces(&task->mem, dst, addr, n);
	else if (task && task->mem.read_str)
		got = task->mem.read_str(task->mem.cookie, addr, dst, n);
	if (got <= 0) {
		memset(dst, 0, n);
		return -EFAULT;
	}
	got = min_of(got, (long)n);
	dst[got - 1] = 0;
	return got;
}

int helper_read_kernel(void *dst, u64 addr, size_t n)
{
	const struct run_ctx *run = run_current;
	u8 none;

	if (addr >= run->stack_lo && addr < run->stack_hi && n <= run->stack_hi - addr) {
		memmove(dst, u64_to_ptr(addr), n);
		return 0;
	}
	if (!kmem_read(run->engine->kmem, n ? dst : &none, addr, n ? n : 1))
		return 0;
	if (!n && addr >= USER_SPACE_END)
		return 0;
	/* The kernel tells an address of user space, which it does not even try, from one of its own that is not there. */
	return addr < USER_SPACE_END ? -ERANGE : -EFAULT;
}

long helper_read_kernel_str(char *dst, u64 addr, size_t n)
{
	struct str_copy copy = {.dst = dst};
	char piece[STR_PIECE];

	if (!n)
		return 0;
	while (copy.done < n && !copy.ended) {
		/* Halve what reaches over the end of readable memory; single bytes at last. */
		size_t len = min_of(n - copy.done, (size_t)64);
		int err;

		while ((err = helper_read_kernel(piece, addr + copy.done, len))) {
			if (len == 1) {
				memset(dst, 0, n);
				return err;
			}
			len /= 2;
		}
		str_add(&copy, piece, len);
	}
	return str_end(&copy);
}

int helper_read_any(void *dst, u64 addr, size_t n)
{
	return helper_read_kernel(dst, addr, n) ? helper_read_user(dst, addr, n) : 0;
}

long helper_read_any_str(char *dst, u64 addr, size_t n)
{
	long got = helper_read_kernel_str(dst, addr, n);

	return got < 0 ? helper_read_user_str(dst, addr, n) : got;
}

#define PROBE_READ_CONTRACT                                                                                            \
	.gpl_only = true, .ret_type = RET_INTEGER, .arg_type = {ARG_MEM_UNINIT, ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING}

HELPER(probe_read, PROBE_READ_CONTRACT)
{
	return HELPER_ERR(helper_read_any(u64_to_ptr(r1), r3, (u32)r2));
}

HELPER(probe_read_user, PROBE_READ_CONTRACT)
{
	return HELPER_ERR(helper_read_user(u64_to_ptr(r1), r3, (u32)r2));
}

HELPER(probe_read_kernel, PROBE_READ_CONTRACT)
{
	return HELPER_ERR(helper_read_kernel(u64_to_ptr(r1), r3, (u32)r2));
}

HELPER(probe_read_str, PROBE_READ_CONTRACT)
{
	return HELPER_ERR(helper_read_any_str(u64_to_ptr(r1), r3, (u32)r2));
}

HELPER(probe_read_user_str, PROBE_READ_CONTRACT)
{
	return HELPER_ERR(helper_read_user_str(u64_to_ptr(r1), r3, (u32)r2));
}

HELPER(probe_read_kernel_str, PROBE_READ_CONTRACT)
{
	return HELPER_ERR(helper_read_kernel_str(u64_to_ptr(r1), r3, (u32)r2));
}

HELPER(copy_from_user, .might_sleep = true, .ret_type = RET_INTEGER,
       .arg_type = {ARG_MEM_UNINIT, ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING})
{
	return HELPER_ERR(helper_read_user(u64_to_ptr(r1), r3, (u32)r2));
}

HELPER(copy_from_user_task, .gpl_only = true, .might_sleep = true, .ret_type = RET_INTEGER,
       .arg_type = {ARG_MEM_UNINIT, ARG_CONST_SIZE_OR_ZERO, ARG_ANYTHING, ARG_PTR_TO_BTF_ID, ARG_ANYTHING},
       .arg_btf_name = {[3] = "task_struct"})
{
	const struct skep_task *task = r5 ? NULL : task_by_kernel(run_current->engine, r4);
	u32 n = (u32)r2;

	if (r5)
		return HELPER_ERR(-EINVAL);
	if (!n || (task && task->mem.read && !task->mem.read(task->mem.cookie, r3, u64_to_ptr(r1), n)))
		return 0;
	memset(u64_to_ptr(r1), 0, n);
	return HELPER_ERR(-EFAULT);
}

HELPER(probe_write_user, .gpl_only = true, .ret_type = RET_INTEGER, .arg_type = {ARG_ANYTHING, ARG_MEM_RDONLY, ARG_CONST_SIZE})
{
	const struct skep_task *task = run_current->task;

	if (!task)
		return HELPER_ERR(-EPERM);
	if (!task->mem.write || task->mem.write(task->mem.cookie, r1, u64_to_ptr(r2), (u32)r3))
		return HELPER_ERR(-EFAULT);
	return 0;
}

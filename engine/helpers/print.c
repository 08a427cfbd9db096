/* SPDX-License-Identifier: BSD-2-Clause */
/* Text: the trace log, bpf_snprintf, numbers in strings. */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "engine/helpers/format.h"
#include "engine/helpers/helper.h"
#include "engine/helpers/trace_log.h"
#include "engine/hooks/task.h"

/* Who the line says it is from: comm's first 15 characters. */
static u32 who(char comm[TASK_COMM_LEN + 1])
{
	struct skep_task *task = run_current->task;

	memset(comm, 0, TASK_COMM_LEN + 1);
	if (task) {
		memcpy(comm, task_kernel(task)->comm, TASK_COMM_LEN);
		return (u32)task_kernel(task)->pid;
	}
	prctl(PR_GET_NAME, comm);
	return (u32)gettid();
}

static u64 trace(const char *fmt, u32 size, const u64 *args, u32 nr_args)
{
	char text[BPRINTF_MAX], comm[TASK_COMM_LEN + 1];
	long n = bprintf(text, sizeof(text), fmt, size, args, nr_args);

	if (n >= 0) {
		u32 pid = who(comm);

		trace_log_printk(run_current->engine, comm, pid, run_current->cpu, text, strlen(text));
	}
	return HELPER_ERR(n);
}

HELPER(trace_printk, .gpl_only = true, .ret_type = RET_INTEGER, .arg_type = {ARG_MEM_RDONLY, ARG_CONST_SIZE})
{
	const u64 args[] = {r3, r4, r5};

	return trace(u64_to_ptr(r1), (u32)r2, args, ARRAY_SIZE(args));
}

static bool data_ok(u64 data, u32 len)
{
	return len % 8 == 0 && len <= BPRINTF_MAX_ARGS * 8 && (!len || data);
}

HELPER(trace_vprintk, .gpl_only = true, .ret_type = RET_INTEGER,
       .arg_type = {ARG_MEM_RDONLY, ARG_CONST_SIZE, ARG_MEM_RDONLY_OR_NULL, ARG_CONST_SIZE_OR_ZERO})
{
	if (!data_ok(r3, (u32)r4))
		return HELPER_ERR(-EINVAL);
	return trace(u64_to_ptr(r1), (u32)r2, u64_to_ptr(r3), (u32)r4 / 8);
}

HELPER(snprintf, .gpl_only = true, .ret_type = RET_INTEGER,
       .arg_type = {ARG_PTR_TO_MEM | PTR_MAYBE_NULL | MEM_WRITE, ARG_CONST_SIZE_OR_ZERO, ARG_PTR_TO_CONST_STR, ARG_MEM_RDONLY_OR_NULL,
		    ARG_CONST_SIZE_OR_ZERO})
{
	const char *fmt = u64_to_ptr(r3);
	long n;

	if (!data_ok(r4, (u32)r5))
		return HELPER_ERR(-EINVAL);
	/* The verifier knows the string and that it ends. */
	n = bprintf(u64_to_ptr(r1), (u32)r2, fmt, (u32)strlen(fmt) + 1, u64_to_ptr(r4), (u32)r5 / 8);
	return HELPER_ERR(n < 0 ? n : n + 1);
}

HELPER(strncmp, .ret_type = RET_INTEGER, .arg_type = {ARG_MEM_RDONLY, ARG_CONST_SIZE, ARG_PTR_TO_CONST_STR})
{
	const u8 *a = u64_to_ptr(r1), *b = u64_to_ptr(r3);

	for (u32 i = 0; i < (u32)r2; i++) {
		if (a[i] != b[i])
			return HELPER_ERR(a[i] < b[i] ? -1 : 1);
		if (!a[i])
			break;
	}
	return 0;
}

#define STRTO_BASE_MASK 0x1f

static int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'Z' ? c - 'A' + 10 : 99;
}

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || (u8)c == 0xa0;
}

/* Magnitude and sign of the number at the beginning of a buffer: characters used, or -errno. */
static long parse_number(const char *buf, size_t len, u64 flags, u64 *magnitude, bool *negative)
{
	u32 base = flags & STRTO_BASE_MASK;
	size_t i = 0, first;
	u64 v = 0;

	if (!buf || !len || (base != 0 && base != 8 && base != 10 && base != 16) || (flags & ~(u64)STRTO_BASE_MASK))
		return -EINVAL;
	while (i < len && is_blank(buf[i]))
		i++;
	*negative = i < len && buf[i] == '-';
	i += *negative;
	if (i >= len)
		return -EINVAL;
	/* As many characters as a number can have. */
	len = min_of(len, i + 63);
	if (!base)
		base = buf[i] != '0' ? 10 : i + 2 < len && (buf[i + 1] | 32) == 'x' && digit_of(buf[i + 2]) < 16 ? 16 : 8;
	if (base == 16 && i + 1 < len && buf[i] == '0' && (buf[i + 1] | 32) == 'x')
		i += 2;
	for (first = i; i < len && digit_of(buf[i]) < (int)base; i++)
		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, (u64)digit_of(buf[i]), &v))
			return -ERANGE;
	if (i == first)
		return -EINVAL;
	*magnitude = v;
	return (long)i;
}

#define STRTO_CONTRACT                                                                                                 \
	.ret_type = RET_INTEGER, .arg_type = {ARG_MEM_RDONLY, ARG_CONST_SIZE, ARG_ANYTHING, ARG_FIXED_OUT}, .arg_size = {[3] = 8}

HELPER(strtol, STRTO_CONTRACT)
{
	s64 *result = u64_to_ptr(r4);
	bool negative;
	u64 v;
	long n = parse_number(u64_to_ptr(r1), r2, r3, &v, &negative);

	*result = 0;
	if (n < 0)
		return HELPER_ERR(n);
	if (v > (u64)INT64_MAX + negative)
		return HELPER_ERR(-ERANGE);
	*result = negative ? (s64)(0 - v) : (s64)v;
	return (u64)n;
}

HELPER(strtoul, STRTO_CONTRACT)
{
	u64 *result = u64_to_ptr(r4);
	bool negative;
	u64 v;
	long n = parse_number(u64_to_ptr(r1), r2, r3, &v, &negative);

	*result = 0;
	if (n < 0)
		return HELPER_ERR(n);
	if (negative)
		return HELPER_ERR(-EINVAL);
	*result = v;
	return (u64)n;
}

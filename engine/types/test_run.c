/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/types/test_run.h"

#include <errno.h>
#include <time.h>

#include "engine/hooks/device.h"
#include "engine/sys/caller.h"
#include "engine/sys/commands.h"

#define RUNS_AT_ONCE 4096 /* other programs get the CPU slot after so many */

#define put(caller, uattr, field, value) put_attr(caller, ptr_to_u64(uattr), field, value)

int test_ctx_in(struct caller *caller, const union bpf_attr *attr, void *ctx, u32 max)
{
	u32 size = attr->test.ctx_size_in;
	int err;

	if (!attr->test.ctx_in && !attr->test.ctx_out)
		return 0;
	if (!attr->test.ctx_in)
		return 1;
	err = check_tail_zero(caller, attr->test.ctx_in, max, size);
	if (!err)
		err = copy_from_caller(caller, ctx, attr->test.ctx_in, min_of(size, max));
	return err ? err : 1;
}

int test_ctx_out(struct caller *caller, const union bpf_attr *attr, union bpf_attr *uattr, const void *ctx, u32 size)
{
	u32 len = min_of(size, attr->test.ctx_size_out);

	if (!attr->test.ctx_out)
		return 0;
	if (copy_to_caller(caller, attr->test.ctx_out, ctx, len) || put(caller, uattr, test.ctx_size_out, size))
		return -EFAULT;
	return len < size ? -ENOSPC : 0;
}

static u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

struct test_result test_repeat(struct bpf_prog *prog, const void *ctx, struct run_ctx *run, u32 repeat)
{
	struct test_result result = {0};
	u64 spent = 0;

	repeat = max_of(repeat, 1U);
	for (u32 left = repeat; left;) {
		u32 n = min_of(left, (u32)RUNS_AT_ONCE);
		u64 start;

		run_enter(prog->obj.engine, run);
		start = now_ns();
		for (u32 i = 0; i < n; i++)
			result.retval = (u32)prog_run_entered(prog, ctx, run);
		spent += now_ns() - start;
		run_leave(run);
		left -= n;
	}
	result.duration = (u32)min_of(spent / repeat, (u64)UINT32_MAX);
	return result;
}

/* The linear part, then the rest, as far as data_size_out reaches (0: everything). */
static int put_data(struct caller *caller, const union bpf_attr *attr, const struct test_output *out, u32 room)
{
	u32 head = min_of(room - out->frags_len, out->len);

	if (copy_to_caller(caller, attr->test.data_out, out->data, head))
		return -EFAULT;
	return copy_to_caller(caller, attr->test.data_out + head, out->frags, min_of(room - head, out->frags_len));
}

int test_finish(struct caller *caller, const union bpf_attr *attr, union bpf_attr *uattr, const struct test_output *out,
		const struct test_result *result)
{
	u32 size = out->len + out->frags_len, room = size;
	int err = 0;

	if (attr->test.data_size_out && attr->test.data_size_out < size) {
		room = attr->test.data_size_out;
		err = -ENOSPC;
	}
	if (attr->test.data_out) {
		if (room < out->frags_len)
			return -ENOSPC;
		if (put_data(caller, attr, out, room))
			return -EFAULT;
	}
	if (put(caller, uattr, test.data_size_out, size) || put(caller, uattr, test.retval, result->retval) ||
	    put(caller, uattr, test.duration, result->duration))
		return -EFAULT;
	return err;
}

int test_put_retval(struct caller *caller, union bpf_attr *uattr, u32 retval)
{
	return put(caller, uattr, test.retval, retval) ? -EFAULT : 0;
}

bool test_device_exists(const struct skep_engine *engine, u32 ifindex)
{
	return ifindex == TEST_LOOPBACK_IFINDEX || device_find(engine, ifindex);
}

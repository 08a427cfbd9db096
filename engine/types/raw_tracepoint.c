/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_PROG_TYPE_RAW_TRACEPOINT and _WRITABLE: the context is the tracepoint's arguments, a u64 each, untyped. The
 * writable type has a buffer that it may change behind the first argument.
 */
#include "engine/types/raw_tracepoint.h"

#include <errno.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/object/kmem.h"
#include "engine/sys/caller.h"
#include "engine/types/rooms.h"
#include "engine/types/test_run.h"

static bool raw_tracepoint_is_valid_access(int off, int size, enum bpf_access_type access, const struct bpf_prog *prog,
					   struct bpf_access_info *info)
{
	return access == BPF_READ && ctx_within(off, size, 0, RAW_TP_MAX_ARGS * 8);
}

static bool raw_tracepoint_writable_is_valid_access(int off, int size, enum bpf_access_type access,
						    const struct bpf_prog *prog, struct bpf_access_info *info)
{
	if (off == 0) {
		if (size != 8 || info->is_ldsx)
			return false;
		info->reg_type = PTR_TO_TP_BUFFER;
	}
	return raw_tracepoint_is_valid_access(off, size, access, prog, info);
}

/* One run on the arguments in ctx_in, on a CPU of the caller's choice with BPF_F_TEST_RUN_ON_CPU. */
static int raw_tracepoint_test_run(struct bpf_prog *prog, const union bpf_attr *attr, union bpf_attr *uattr,
				   struct caller *caller)
{
	struct skep_engine *engine = prog->obj.engine;
	bool on_cpu = attr->test.flags & BPF_F_TEST_RUN_ON_CPU;
	u32 size = attr->test.ctx_size_in;
	struct run_ctx run = {0};
	u64 *args;
	int err;

	if (attr->test.data_in || attr->test.data_out || attr->test.ctx_out || attr->test.duration ||
	    attr->test.repeat || attr->test.batch_size)
		return -EINVAL;
	if (size < prog->max_ctx_offset || size > RAW_TP_MAX_ARGS * sizeof(u64))
		return -EINVAL;
	if (!on_cpu && attr->test.cpu)
		return -EINVAL;
	args = kmem_alloc(engine->kmem, RAW_TP_MAX_ARGS * sizeof(u64));
	if (!args)
		return -ENOMEM;
	err = copy_from_caller(caller, args, attr->test.ctx_in, size);
	if (!err && on_cpu && attr->test.cpu >= engine->nr_cpus)
		err = -ENXIO;
	if (!err) {
		u32 retval;

		if (on_cpu)
			run_enter_on(engine, &run, attr->test.cpu);
		else
			run_enter(engine, &run);
		retval = (u32)prog_run_entered(prog, args, &run);
		run_leave(&run);
		err = test_put_retval(caller, uattr, retval);
	}
	kmem_free(engine->kmem, args);
	return err;
}

const struct prog_type_ops raw_tracepoint_ops = {
	.type = BPF_PROG_TYPE_RAW_TRACEPOINT,
	.check_load = check_load_any_attach_type,
	.func_proto = tracing_func_proto,
	.is_valid_access = raw_tracepoint_is_valid_access,
	.test_run = raw_tracepoint_test_run,
	.ctx_struct = "bpf_raw_tracepoint_args",
};

const struct prog_type_ops raw_tracepoint_writable_ops = {
	.type = BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE,
	.check_load = check_load_any_attach_type,
	.func_proto = tracing_func_proto,
	.is_valid_access = raw_tracepoint_writable_is_valid_access,
	.ctx_struct = "bpf_raw_tracepoint_args",
};

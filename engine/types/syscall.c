/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_PROG_TYPE_SYSCALL: programs that run by BPF_PROG_TEST_RUN; the context is memory of the caller's choice. */
#include <errno.h>

#include "engine/engine.h"
#include "engine/object/kmem.h"
#include "engine/sys/caller.h"
#include "engine/types/rooms.h"
#include "engine/types/test_run.h"

#define SYSCALL_CTX_MAX 65536

static int syscall_check_load(const union bpf_attr *attr)
{
	if (attr->expected_attach_type)
		return -EINVAL;
	return check_load_any_attach_type(attr);
}

/* The size is known only at run time, where it is checked against prog->max_ctx_offset. */
static bool syscall_is_valid_access(int off, int size, enum bpf_access_type access, const struct bpf_prog *prog,
				    struct bpf_access_info *info)
{
	return ctx_within(off, size, 0, SYSCALL_CTX_MAX);
}

/* The context is copied in and, as the program left it, back. */
static int syscall_test_run(struct bpf_prog *prog, const union bpf_attr *attr, union bpf_attr *uattr,
			    struct caller *caller)
{
	struct skep_engine *engine = prog->obj.engine;
	u32 size = attr->test.ctx_size_in, retval;
	struct run_ctx run = {0};
	void *ctx;
	int err;

	if (attr->test.data_in || attr->test.data_out || attr->test.ctx_out || attr->test.duration ||
	    attr->test.repeat || attr->test.flags || attr->test.batch_size)
		return -EINVAL;
	if (size < prog->max_ctx_offset || size >= SYSCALL_CTX_MAX)
		return -EINVAL;
	ctx = kmem_alloc(engine->kmem, max_of(size, 1U));
	if (!ctx)
		return -ENOMEM;
	err = copy_from_caller(caller, ctx, attr->test.ctx_in, size);
	if (!err) {
		retval = (u32)prog_run(prog, ctx, &run);
		if (copy_to_caller(caller, attr->test.ctx_in, ctx, size) || test_put_retval(caller, uattr, retval))
			err = -EFAULT;
	}
	kmem_free(engine->kmem, ctx);
	return err;
}

const struct prog_type_ops syscall_ops = {
	.type = BPF_PROG_TYPE_SYSCALL,
	.check_load = syscall_check_load,
	.func_proto = tracing_func_proto,
	.is_valid_access = syscall_is_valid_access,
	.test_run = syscall_test_run,
};

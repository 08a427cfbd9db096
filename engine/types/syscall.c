/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_PROG_TYPE_SYSCALL: programs that run by BPF_PROG_TEST_RUN; the context is memory of the caller's choice. */
#include <errno.h>

#include "engine/types/rooms.h"

#define SYSCALL_CTX_MAX 65536

static int syscall_check_load(const union bpf_attr *attr)
{
	if (attr->expected_attach_type || !(attr->prog_flags & BPF_F_SLEEPABLE))
		return -EINVAL;
	return check_load_any_attach_type(attr);
}

/* The size is known only at run time, where it is checked against prog->max_ctx_offset. */
static bool syscall_is_valid_access(int off, int size, enum bpf_access_type access, const struct bpf_prog *prog,
				    struct bpf_access_info *info)
{
	return ctx_within(off, size, 0, SYSCALL_CTX_MAX);
}

const struct prog_type_ops syscall_ops = {
	.type = BPF_PROG_TYPE_SYSCALL,
	.check_load = syscall_check_load,
	.func_proto = tracing_func_proto,
	.is_valid_access = syscall_is_valid_access,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_PROG_TYPE_KPROBE: kprobes, kretprobes, uprobes; the context is the registers, read only. */
#include <skep/hook.h>

#include "engine/types/rooms.h"

static bool kprobe_is_valid_access(int off, int size, enum bpf_access_type access, const struct bpf_prog *prog,
				   struct bpf_access_info *info)
{
	return access == BPF_READ && ctx_within(off, size, 0, sizeof(struct skep_regs));
}

const struct prog_type_ops kprobe_ops = {
	.type = BPF_PROG_TYPE_KPROBE,
	.check_load = check_load_any_attach_type,
	.func_proto = tracing_func_proto,
	.is_valid_access = kprobe_is_valid_access,
	.ctx_struct = "pt_regs",
};

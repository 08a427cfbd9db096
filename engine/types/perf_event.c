/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_PROG_TYPE_PERF_EVENT: on the overflow of a perf event. */
#include "engine/types/perf_event.h"

#include "engine/types/rooms.h"

static bool perf_event_is_valid_access(int off, int size, enum bpf_access_type access, const struct bpf_prog *prog,
				       struct bpf_access_info *info)
{
	if (access == BPF_WRITE || !ctx_within(off, size, 0, sizeof(struct bpf_perf_event_data)))
		return false;
	if (off < (int)offsetof(struct bpf_perf_event_data, sample_period))
		return size == 8;
	info->ctx_field_size = 8;
	return true;
}

static u32 perf_event_convert_ctx_access(enum bpf_access_type access, const struct bpf_insn *insn, struct bpf_insn *out,
					 struct bpf_prog *prog, u32 *target_size)
{
	u8 dst = insn->dst_reg, src = insn->src_reg;

	*target_size = 8;
	switch (insn->off) {
	case offsetof(struct bpf_perf_event_data, sample_period):
		out[0] = insn_ldx(BPF_DW, dst, src, offsetof(struct bpf_perf_event_data_kern, sample_period));
		return 1;
	case offsetof(struct bpf_perf_event_data, addr):
		out[0] = insn_ldx(BPF_DW, dst, src, offsetof(struct bpf_perf_event_data_kern, addr));
		return 1;
	}
	out[0] = insn_ldx(BPF_DW, dst, src, offsetof(struct bpf_perf_event_data_kern, regs));
	out[1] = insn_ldx(BPF_SIZE(insn->code), dst, dst, insn->off);
	return 2;
}

const struct prog_type_ops perf_event_ops = {
	.type = BPF_PROG_TYPE_PERF_EVENT,
	.check_load = check_load_any_attach_type,
	.func_proto = tracing_func_proto,
	.is_valid_access = perf_event_is_valid_access,
	.convert_ctx_access = perf_event_convert_ctx_access,
	.ctx_struct = "bpf_perf_event_data",
};

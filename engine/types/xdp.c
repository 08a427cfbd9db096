/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_PROG_TYPE_XDP: frames as they come from a device, before anything else has seen them. */
#include "engine/types/xdp.h"

#include "engine/object/prog.h"
#include "engine/types/rooms.h"

/* All fields are 32 bits wide, read whole and never written. */
static bool xdp_is_valid_access(int off, int size, enum bpf_access_type access, const struct bpf_prog *prog,
				struct bpf_access_info *info)
{
	if (access == BPF_WRITE || size != 4 || !ctx_within(off, size, 0, sizeof(struct xdp_md)))
		return false;
	switch (off) {
	case offsetof(struct xdp_md, data):
		info->reg_type = PTR_TO_PACKET;
		return !info->is_ldsx;
	case offsetof(struct xdp_md, data_meta):
		info->reg_type = PTR_TO_PACKET_META;
		return !info->is_ldsx;
	case offsetof(struct xdp_md, data_end):
		info->reg_type = PTR_TO_PACKET_END;
		return !info->is_ldsx;
	case offsetof(struct xdp_md, egress_ifindex):
		return prog->expected_attach_type == BPF_XDP_DEVMAP;
	}
	return true;
}

/* dst = ((type *)src)->member */
#define LOAD(type, member, dst, src)                                                                                   \
	insn_ldx(size_code(sizeof(((type *)0)->member)), dst, src, offsetof(type, member))

static u32 xdp_convert_ctx_access(enum bpf_access_type access, const struct bpf_insn *insn, struct bpf_insn *out,
				  struct bpf_prog *prog, u32 *target_size)
{
	u8 dst = insn->dst_reg, src = insn->src_reg;

	*target_size = 8;
	switch (insn->off) {
	case offsetof(struct xdp_md, data):
		out[0] = LOAD(struct xdp_buff, data, dst, src);
		return 1;
	case offsetof(struct xdp_md, data_meta):
		out[0] = LOAD(struct xdp_buff, data_meta, dst, src);
		return 1;
	case offsetof(struct xdp_md, data_end):
		out[0] = LOAD(struct xdp_buff, data_end, dst, src);
		return 1;
	}
	*target_size = 4;
	switch (insn->off) {
	case offsetof(struct xdp_md, ingress_ifindex):
		out[0] = LOAD(struct xdp_buff, rxq, dst, src);
		out[1] = LOAD(struct xdp_rxq_info, dev, dst, dst);
		out[2] = LOAD(struct net_device, ifindex, dst, dst);
		return 3;
	case offsetof(struct xdp_md, rx_queue_index):
		out[0] = LOAD(struct xdp_buff, rxq, dst, src);
		out[1] = LOAD(struct xdp_rxq_info, queue_index, dst, dst);
		return 2;
	case offsetof(struct xdp_md, egress_ifindex):
		out[0] = LOAD(struct xdp_buff, txq, dst, src);
		out[1] = LOAD(struct xdp_txq_info, dev, dst, dst);
		out[2] = LOAD(struct net_device, ifindex, dst, dst);
		return 3;
	}
	return 0;
}

const struct prog_type_ops xdp_ops = {
	.type = BPF_PROG_TYPE_XDP,
	.check_load = check_load_any_attach_type,
	.func_proto = base_func_proto,
	.is_valid_access = xdp_is_valid_access,
	.convert_ctx_access = xdp_convert_ctx_access,
	.test_run = xdp_test_run,
	.ctx_struct = "xdp_md",
	.packet_access = true,
	.packet_write = true,
};

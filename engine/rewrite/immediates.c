/* SPDX-License-Identifier: BSD-2-Clause */
/* 64-bit immediates: what the verifier found behind them becomes an address; src_reg still says what it is. */
#include <errno.h>

#include "common/isa/insn.h"
#include "engine/maps/map.h"
#include "engine/rewrite/passes.h"
#include "engine/verifier/insn_aux.h"

static void set_imm64(struct bpf_insn insn[2], u64 v)
{
	insn[0].imm = (s32)(u32)v;
	insn[1].imm = (s32)(u32)(v >> 32);
}

static int resolve(struct bpf_insn insn[2], const struct insn_aux *aux)
{
	u64 addr;
	int err;

	switch (insn->src_reg) {
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_IDX:
		if (!aux->map)
			return -EINVAL;
		set_imm64(insn, ptr_to_u64(aux->map));
		return 0;
	case BPF_PSEUDO_MAP_VALUE:
	case BPF_PSEUDO_MAP_IDX_VALUE:
		if (!aux->map || !aux->map->ops->direct_value)
			return -EINVAL;
		err = aux->map->ops->direct_value(aux->map, &addr, aux->map_off);
		if (!err)
			set_imm64(insn, addr);
		return err;
	case BPF_PSEUDO_BTF_ID:
		set_imm64(insn, aux->const_value);
		return 0;
	case BPF_PSEUDO_FUNC: /* stays relative: interp_compile puts the callback there */
		insn[1].imm = 0;
		return 0;
	default:
		return 0;
	}
}

int rewrite_immediates(struct bpf_prog *prog)
{
	int err = 0;

	for (u32 i = 0; !err && i < prog->insn_cnt; i += insn_slots(&prog->insns[i]))
		if (insn_is_ld_imm64(&prog->insns[i]))
			err = resolve(&prog->insns[i], &prog->aux[i]);
	return err;
}

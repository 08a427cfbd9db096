/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads through BTF pointers that may be stale read 0 where there is nothing (interp's probe loads). */
#include "common/isa/insn.h"
#include "engine/rewrite/passes.h"
#include "engine/rewrite/rewrite.h"
#include "engine/verifier/insn_aux.h"

int rewrite_faulting_loads(struct bpf_prog *prog)
{
	for (u32 i = 0; i < prog->insn_cnt; i += insn_slots(&prog->insns[i])) {
		struct bpf_insn *insn = &prog->insns[i];

		if (!prog->aux[i].probe_mem || insn_class(insn) != BPF_LDX)
			continue;
		if (BPF_MODE(insn->code) == BPF_MEM)
			insn->code = BPF_LDX | BPF_PROBE_MEM | BPF_SIZE(insn->code);
		else if (BPF_MODE(insn->code) == BPF_MEMSX)
			insn->code = BPF_LDX | BPF_PROBE_MEMSX | BPF_SIZE(insn->code);
	}
	return 0;
}

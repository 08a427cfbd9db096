/* SPDX-License-Identifier: BSD-2-Clause */
/* What no path of the verifier reached: branches to it become plain jumps or go, then it goes itself. */
#include "common/isa/insn.h"
#include "engine/rewrite/passes.h"
#include "engine/rewrite/patch.h"
#include "engine/verifier/insn_aux.h"

static bool is_conditional(const struct bpf_insn *insn)
{
	return insn_is_jmp_class(insn) && !insn_is_call(insn) && !insn_is_exit(insn) && !insn_is_goto(insn);
}

int rewrite_known_branches(struct bpf_prog *prog)
{
	for (u32 i = 0; i < prog->insn_cnt; i += insn_slots(&prog->insns[i])) {
		struct bpf_insn *insn = &prog->insns[i];
		s64 target = (s64)i + 1 + insn->off;

		if (!prog->aux[i].seen || !is_conditional(insn) || i + 1 >= prog->insn_cnt || target < 0 ||
		    target >= prog->insn_cnt)
			continue;
		if (!prog->aux[i + 1].seen)
			*insn = (struct bpf_insn){.code = BPF_JMP | BPF_JA, .off = insn->off};
		else if (!prog->aux[target].seen)
			*insn = (struct bpf_insn){.code = BPF_JMP | BPF_JA};
	}
	return 0;
}

/* A function whose address is taken but that nothing enters goes too; its address is never used. */
static void forget_dead_functions(struct bpf_prog *prog)
{
	for (u32 i = 0; i < prog->insn_cnt; i += insn_slots(&prog->insns[i])) {
		struct bpf_insn *insn = &prog->insns[i];
		s64 target = (s64)i + 1 + insn->imm;

		if (!insn_is_func_ref(insn) || target < 0 || target >= prog->insn_cnt || prog->aux[target].seen)
			continue;
		insn[0].src_reg = 0;
		insn[0].imm = insn[1].imm = 0;
	}
}

int rewrite_dead_code(struct bpf_prog *prog)
{
	struct patch_list list = PATCH_LIST(prog);
	u32 dead = 0; /* slots of the run that ends here */

	forget_dead_functions(prog);
	for (u32 i = 0; i < prog->insn_cnt;) {
		u32 slots = insn_slots(&prog->insns[i]);

		if (!prog->aux[i].seen)
			dead += slots;
		i += slots;
		if (dead && (i >= prog->insn_cnt || prog->aux[i].seen)) {
			patch_remove(&list, i - dead, dead);
			dead = 0;
		}
	}
	return patches_apply(&list);
}

static bool is_nop(const struct bpf_insn *insn)
{
	if (insn->code == (BPF_JMP32 | BPF_JA))
		return !insn->imm;
	return (insn->code == (BPF_JMP | BPF_JA) || insn_is_may_goto(insn)) && !insn->off;
}

int rewrite_nops(struct bpf_prog *prog)
{
	struct patch_list list = PATCH_LIST(prog);

	for (u32 i = 0; i < prog->insn_cnt; i += insn_slots(&prog->insns[i]))
		if (is_nop(&prog->insns[i]))
			patch_remove(&list, i, 1);
	return patches_apply(&list);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Legacy packet loads: r0 = bytes of the packet in host order, through the context in r6; they end the program beyond the end. */
#include "engine/verifier/rules/helper.h"

int rule_ld_abs(struct verifier_env *env, const struct bpf_insn *insn)
{
	struct frame *frame = env_frame(env);
	int err;

	if (!env->prog->ops->ld_abs)
		return reject(env, LD_ABS_TYPE);
	env->prog->subprogs[env_subprog_of(env, (u32)env->insn_idx)].has_ld_abs = true;
	err = reg_use(env, BPF_REG_6);
	if (!err)
		err = check_leaks(env, true, "BPF_LD_[ABS|IND]");
	if (err)
		return err;
	if (frame->regs[BPF_REG_6].type != PTR_TO_CTX)
		return reject(env, LD_ABS_R6);
	if (BPF_MODE(insn->code) == BPF_IND) {
		err = reg_use(env, insn->src_reg);
		if (err)
			return err;
	}
	err = fixed_offset(env, &frame->regs[BPF_REG_6], BPF_REG_6, false);
	if (err)
		return err;
	caller_saved_forget(env, frame);
	reg_set_unknown(&frame->regs[BPF_REG_0]);
	return 0;
}

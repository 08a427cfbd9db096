/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One step back: which registers and slots must be known precisely before an insn so that those of the set are after it.
 * Registers are of the frame that the walk is in; slots may be of any.
 */
#include <errno.h>

#include "common/isa/disasm.h"
#include "engine/verifier/rules/rules.h"
#include "engine/verifier/search/search.h"

#define ARGS 0x3eU

static bool has(const struct backtrack *bt, u32 regno)
{
	return bt->regs[bt->frame] & 1U << regno;
}

static void want(struct backtrack *bt, u32 regno)
{
	if (regno != REG_FP)
		bt->regs[bt->frame] |= 1U << regno;
}

static void drop(struct backtrack *bt, u32 regno)
{
	bt->regs[bt->frame] &= ~(1U << regno);
}

bool backtrack_empty(const struct backtrack *bt)
{
	u64 any = 0;

	for (u32 f = 0; f <= bt->frame; f++)
		any |= bt->regs[f] | bt->slots[f];
	return !any;
}

static int inner(struct backtrack *bt)
{
	if (bt->frame == FRAMES_MAX - 1)
		return -EFAULT;
	bt->frame++;
	return 0;
}

static int outer(struct backtrack *bt)
{
	if (!bt->frame)
		return -EFAULT;
	bt->frame--;
	return 0;
}

/* Registers that learnt something together are wanted together. */
static void sync_linked(struct backtrack *bt, const struct history_entry *hist)
{
	struct linked_regs set;
	bool any = false;

	if (!hist || !hist->linked)
		return;
	linked_unpack(hist->linked, &set);
	for (u32 i = 0; i < set.cnt; i++) {
		const struct linked_reg *l = &set.r[i];

		any |= l->is_reg ? bt->regs[l->frameno] >> l->no & 1 : bt->slots[l->frameno] >> l->no & 1;
	}
	for (u32 i = 0; any && i < set.cnt; i++) {
		const struct linked_reg *l = &set.r[i];

		if (l->is_reg)
			bt->regs[l->frameno] |= 1U << l->no;
		else
			bt->slots[l->frameno] |= 1ULL << l->no;
	}
}

static void back_alu(const struct bpf_insn *insn, struct backtrack *bt)
{
	u8 op = BPF_OP(insn->code);

	if (!has(bt, insn->dst_reg) || op == BPF_END || op == BPF_NEG)
		return;
	if (op == BPF_MOV)
		drop(bt, insn->dst_reg);
	if (BPF_SRC(insn->code) == BPF_X)
		want(bt, insn->src_reg);
}

static void want_slot(const struct history_entry *hist, struct backtrack *bt)
{
	/* From other memory nothing precise is ever loaded. */
	if (hist && (hist->flags & HISTORY_STACK_ACCESS))
		bt->slots[hist->frameno] |= 1ULL << hist->spi;
}

static void back_load(u32 dst, const struct history_entry *hist, struct backtrack *bt)
{
	if (!has(bt, dst))
		return;
	drop(bt, dst);
	want_slot(hist, bt);
}

static int back_store(const struct bpf_insn *insn, const struct history_entry *hist, struct backtrack *bt)
{
	/* A number as address: the difference of two pointers, whose origins are not followed. */
	if (has(bt, insn->dst_reg))
		return -ENOTSUPP;
	if (!hist || !(hist->flags & HISTORY_STACK_ACCESS) || !(bt->slots[hist->frameno] >> hist->spi & 1))
		return 0;
	bt->slots[hist->frameno] &= ~(1ULL << hist->spi);
	if (insn_class(insn) == BPF_STX)
		want(bt, insn->src_reg);
	return 0;
}

static int back_stx(const struct bpf_insn *insn, const struct history_entry *hist, struct backtrack *bt)
{
	if (!insn_is_atomic(insn) || insn->imm == BPF_STORE_REL)
		return back_store(insn, hist, bt);
	if (insn->imm == BPF_LOAD_ACQ) {
		back_load(insn->dst_reg, hist, bt);
		return 0;
	}
	/* The old value comes from where the pointer points, which matters where that is a slot. What the register held before is
	 * wanted needlessly, as the kernel does. */
	if ((insn->imm & BPF_FETCH) && has(bt, insn->imm == BPF_CMPXCHG ? BPF_REG_0 : insn->src_reg))
		want_slot(hist, bt);
	return has(bt, insn->dst_reg) ? -ENOTSUPP : 0;
}

static int back_local_call(struct verifier_env *env, u32 idx, struct backtrack *bt)
{
	u32 args;

	if (env->prog->subprogs[env->aux[idx].subprog].is_global) {
		if (bt->regs[bt->frame] & ARGS)
			return -EFAULT;
		drop(bt, BPF_REG_0);
		return 0;
	}
	/* Into the caller: only arguments come from there. */
	if ((bt->regs[bt->frame] & ~ARGS) || bt->slots[bt->frame])
		return -EFAULT;
	args = bt->regs[bt->frame] & ARGS;
	bt->regs[bt->frame] = 0;
	if (outer(bt))
		return -EFAULT;
	bt->regs[bt->frame] |= args;
	return 0;
}

static int back_call(struct verifier_env *env, const struct bpf_insn *insn, u32 idx, s32 next, struct backtrack *bt)
{
	if (insn_is_local_call(insn))
		return back_local_call(env, idx, bt);
	/* From a callback to the helper that entered it: arguments were made by the helper. */
	if (insn_calls_callback(env, idx) && (s32)idx != next - 1) {
		if ((bt->regs[bt->frame] & ~ARGS) || bt->slots[bt->frame])
			return -EFAULT;
		bt->regs[bt->frame] = 0;
		return outer(bt);
	}
	if (insn_is_kfunc_call(insn) && !insn->imm)
		return -ENOTSUPP;
	drop(bt, BPF_REG_0);
	if (bt->regs[bt->frame] & ARGS)
		return -EFAULT;
	if (insn_is_helper_call(insn) && insn->imm == BPF_FUNC_tail_call && next - (s32)idx != 1)
		return inner(bt);
	return 0;
}

static int back_exit(struct verifier_env *env, s32 next, struct backtrack *bt)
{
	bool returns_r0;

	if (next >= 0 && insn_calls_callback(env, (u32)next))
		bt->regs[bt->frame] &= ~ARGS;
	if (bt->regs[bt->frame] & ARGS)
		return -EFAULT;
	/* A function returns behind its call, a callback to it. */
	returns_r0 = next >= 1 && insn_is_local_call(&env->insns[next - 1]) && has(bt, BPF_REG_0);
	drop(bt, BPF_REG_0);
	if (inner(bt))
		return -EFAULT;
	if (returns_r0)
		want(bt, BPF_REG_0);
	return 0;
}

static void back_cond(const struct bpf_insn *insn, const struct history_entry *hist, struct backtrack *bt)
{
	/* Two numbers compared: each taught something of the other. */
	if (BPF_SRC(insn->code) != BPF_X || !(has(bt, insn->dst_reg) || has(bt, insn->src_reg)))
		return;
	if (!hist || !(hist->flags & HISTORY_SRC_STACK))
		want(bt, insn->src_reg);
	if (!hist || !(hist->flags & HISTORY_DST_STACK))
		want(bt, insn->dst_reg);
}

static int back_jmp(struct verifier_env *env, const struct bpf_insn *insn, u32 idx, s32 next, const struct history_entry *hist,
		    struct backtrack *bt)
{
	if (insn_is_call(insn))
		return back_call(env, insn, idx, next, bt);
	if (insn_is_exit(insn))
		return back_exit(env, next, bt);
	if (insn_is_cond_jmp(insn))
		back_cond(insn, hist, bt);
	return 0;
}

static int back_ld(const struct bpf_insn *insn, u32 idx, s32 next, struct backtrack *bt)
{
	if (BPF_MODE(insn->code) != BPF_IMM) {
		/* The function ended here with r0 = 0. */
		if (next - (s32)idx != 1) {
			drop(bt, BPF_REG_0);
			return inner(bt);
		}
		return has(bt, BPF_REG_0) ? -ENOTSUPP : 0;
	}
	drop(bt, insn->dst_reg);
	return 0;
}

int backtrack_insn(struct verifier_env *env, u32 idx, s32 next, const struct history_entry *hist, struct backtrack *bt)
{
	const struct bpf_insn *insn = &env->insns[idx];
	int err = 0;

	if (!insn->code) /* second slot of a 64-bit immediate */
		return 0;
	sync_linked(bt, hist);
	switch (insn_class(insn)) {
	case BPF_ALU:
	case BPF_ALU64:
		back_alu(insn, bt);
		break;
	case BPF_LDX:
		back_load(insn->dst_reg, hist, bt);
		break;
	case BPF_STX:
		err = back_stx(insn, hist, bt);
		break;
	case BPF_ST:
		err = back_store(insn, hist, bt);
		break;
	case BPF_LD:
		return back_ld(insn, idx, next, bt);
	default:
		err = back_jmp(env, insn, idx, next, hist, bt);
		/* What the set speaks of may be another frame now. */
		if (err || insn_is_call(insn) || insn_is_exit(insn))
			return err;
		break;
	}
	if (!err)
		sync_linked(bt, hist);
	return err;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Scalars that were copied from one another share an id: what a branch teaches of one holds for all, less a known difference. */
#include "engine/verifier/rules/rules.h"
#include "engine/verifier/state/equal.h"

static void collect(struct linked_regs *set, struct bpf_reg *reg, u32 id, struct linked_reg where)
{
	if (reg->type != SCALAR_VALUE || (reg->id & ~REG_ADD_CONST) != id)
		return;
	for (u32 i = 0; i < set->cnt; i++)
		if (set->r[i].frameno == where.frameno && set->r[i].is_reg == where.is_reg && set->r[i].no == where.no)
			return;
	if (set->cnt < LINKED_REGS_MAX)
		set->r[set->cnt++] = where;
	else
		reg_untie(reg); /* more than the history can note: this one goes its own way */
}

void linked_collect(const struct verifier_env *env, struct verifier_state *state, u32 id, struct linked_regs *set)
{
	id &= ~REG_ADD_CONST;
	for (u32 f = state->curframe + 1; f-- > 0;) {
		struct frame *frame = state->frame[f];
		u16 live = env->live_regs[state_frame_insn(state, f)];

		/* What nobody will read need not learn anything. */
		for (u32 i = 0; i < REG_FP; i++)
			if (live & 1U << i)
				collect(set, &frame->regs[i], id, (struct linked_reg){(u8)f, true, (u8)i});
		for (u32 i = 0; i < frame->slots; i++)
			if (slot_is_spill(&frame->stack[i]))
				collect(set, &frame->stack[i].reg, id, (struct linked_reg){(u8)f, false, (u8)i});
	}
}

/* reg = known + the difference of what was added to each */
static void sync_one(struct bpf_reg *reg, const struct bpf_reg *known)
{
	struct bpf_reg old = *reg;
	s64 delta = (s64)reg_delta(reg) - (s64)reg_delta(known);
	bool is64 = !((reg->id | known->id) & REG_ADD_CONST32);

	if (((reg->id ^ known->id) & REG_ADD_CONST) == REG_ADD_CONST)
		return; /* sums of both widths tell nothing of each other */
	*reg = *known;
	reg->subreg_def = old.subreg_def;
	if (!delta)
		return;
	reg->off = old.off;
	reg->id = old.id;
	reg->val = scalar_alu(BPF_ADD, is64, known->val, scalar_const((u64)delta));
}

void linked_sync(struct verifier_state *state, const struct bpf_reg *known, const struct linked_regs *set)
{
	for (u32 i = 0; i < set->cnt; i++) {
		const struct linked_reg *l = &set->r[i];
		struct frame *frame = state->frame[l->frameno];
		struct bpf_reg *reg = l->is_reg ? &frame->regs[l->no] : &frame->stack[l->no].reg;

		if (reg == known || reg->type != SCALAR_VALUE || (reg->id & ~REG_ADD_CONST) != (known->id & ~REG_ADD_CONST))
			continue;
		sync_one(reg, known);
	}
}

/* Ten bits a register (frame 3, kind 1, number 6) above four bits of count. */
u64 linked_pack(const struct linked_regs *set)
{
	u64 packed = 0;

	for (u32 i = set->cnt; i-- > 0;) {
		const struct linked_reg *l = &set->r[i];

		packed = packed << 10 | (u64)(l->frameno | (u32)l->is_reg << 3 | (u32)l->no << 4);
	}
	return packed << 4 | set->cnt;
}

void linked_unpack(u64 packed, struct linked_regs *set)
{
	set->cnt = packed & 15;
	packed >>= 4;
	for (u32 i = 0; i < set->cnt; i++, packed >>= 10)
		set->r[i] = (struct linked_reg){.frameno = packed & 7, .is_reg = packed >> 3 & 1, .no = packed >> 4 & 63};
}

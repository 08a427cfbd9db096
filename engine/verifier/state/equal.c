/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/verifier/state/equal.h"

bool idmap_check(struct idmap *idmap, u32 old, u32 cur)
{
	/* An id on one side only: there was a relation that the other lacks. */
	if (!old != !cur)
		return false;
	if (!old)
		return true;
	for (u32 i = 0; i < idmap->cnt; i++) {
		if (idmap->pair[i].old == old)
			return idmap->pair[i].cur == cur;
		if (idmap->pair[i].cur == cur)
			return false;
	}
	if (idmap->cnt == IDMAP_SIZE)
		return false;
	idmap->pair[idmap->cnt].old = old;
	idmap->pair[idmap->cnt++].cur = cur;
	return true;
}

/* Scalars without an id are alone in their set: give them one, so that old's two-of-a-set never meet cur's two-apart. */
static bool scalar_ids_match(struct idmap *idmap, u32 old, u32 cur)
{
	if (!old)
		old = ++idmap->tmp_id;
	if (!cur)
		cur = ++idmap->tmp_id;
	return idmap_check(idmap, old, cur);
}

/* Fields that precede the value: what kind of thing it is and where it points. */
static bool same_kind(const struct bpf_reg *a, const struct bpf_reg *b)
{
	return a->type == b->type && a->off == b->off && a->raw.a == b->raw.a && a->raw.b == b->raw.b;
}

static bool regs_exact(struct idmap *idmap, const struct bpf_reg *old, const struct bpf_reg *cur)
{
	return same_kind(old, cur) && scalar_eq(old->val, cur->val) && idmap_check(idmap, old->id, cur->id) &&
	       idmap_check(idmap, old->ref_obj_id, cur->ref_obj_id);
}

static bool scalar_within(struct idmap *idmap, const struct bpf_reg *old, const struct bpf_reg *cur, enum exact_level exact)
{
	if (!old->precise && exact == NOT_EXACT)
		return true;
	if (!scalar_in(old->val, cur->val))
		return false;
	/* Alone in old: whatever cur ties it to only says more. */
	if (!old->id)
		return true;
	if ((old->id & REG_ADD_CONST) != (cur->id & REG_ADD_CONST) || ((old->id & REG_ADD_CONST) && old->off != cur->off))
		return false;
	return scalar_ids_match(idmap, old->id, cur->id);
}

static bool packet_within(struct idmap *idmap, const struct bpf_reg *old, const struct bpf_reg *cur)
{
	/* Negative ranges say how the pointer compares with the end, not how much may be read. */
	if (old->range < 0 || cur->range < 0 ? old->range != cur->range : old->range > cur->range)
		return false;
	return old->off == cur->off && idmap_check(idmap, old->id, cur->id) && scalar_in(old->val, cur->val);
}

bool reg_within(struct idmap *idmap, const struct bpf_reg *old, const struct bpf_reg *cur, enum exact_level exact)
{
	if (exact == EXACT)
		return regs_exact(idmap, old, cur) && (old->type != PTR_TO_STACK || old->frameno == cur->frameno);
	if (old->type == NOT_INIT)
		return true;
	if (old->type != cur->type)
		return false;
	switch (base_type(old->type)) {
	case SCALAR_VALUE:
		return scalar_within(idmap, old, cur, exact);
	case PTR_TO_MAP_KEY:
	case PTR_TO_MAP_VALUE:
	case PTR_TO_MEM:
	case PTR_TO_BUF:
	case PTR_TO_TP_BUFFER:
		return same_kind(old, cur) && scalar_in(old->val, cur->val) && idmap_check(idmap, old->id, cur->id) &&
		       idmap_check(idmap, old->ref_obj_id, cur->ref_obj_id);
	case PTR_TO_PACKET_META:
	case PTR_TO_PACKET:
		return packet_within(idmap, old, cur);
	case PTR_TO_STACK:
		return regs_exact(idmap, old, cur) && old->frameno == cur->frameno;
	case PTR_TO_ARENA:
		return true;
	default:
		return regs_exact(idmap, old, cur);
	}
}

static bool slot_all_misc(const struct stack_slot *slot)
{
	for (u32 i = 0; i < REG_SIZE; i++)
		if (slot->type[i] != STACK_MISC && slot->type[i] != STACK_INVALID)
			return false;
	return true;
}

/* The scalar that a load of the whole slot gives, where it gives one. */
static const struct bpf_reg *slot_as_scalar(const struct stack_slot *slot, const struct bpf_reg *unknown)
{
	if (slot_is_scalar64(slot))
		return &slot->reg;
	return slot_all_misc(slot) ? unknown : NULL;
}

static bool slot_contents_within(struct idmap *idmap, const struct stack_slot *old, const struct stack_slot *cur,
				 enum exact_level exact)
{
	switch (old->type[REG_SIZE - 1]) {
	case STACK_SPILL:
		return reg_within(idmap, &old->reg, &cur->reg, exact);
	case STACK_DYNPTR:
		return old->reg.dynptr.kind == cur->reg.dynptr.kind && old->reg.dynptr.first_slot == cur->reg.dynptr.first_slot &&
		       idmap_check(idmap, old->reg.ref_obj_id, cur->reg.ref_obj_id);
	case STACK_MISC:
	case STACK_ZERO:
	case STACK_INVALID:
		return true;
	default:
		return false;
	}
}

static bool slot_within(struct idmap *idmap, const struct stack_slot *old, const struct stack_slot *cur, enum exact_level exact)
{
	/* Uninitialised and unknown bytes are read as unknown bytes: old did without knowing more. */
	bool matters = false;

	for (u32 j = 0; j < REG_SIZE; j++)
		matters |= old->type[j] != STACK_INVALID && old->type[j] != STACK_MISC;
	if (!matters)
		return true;
	if (!cur)
		return false;
	for (u32 j = 0; j < REG_SIZE; j++) {
		if (old->type[j] == STACK_INVALID || old->type[j] == STACK_MISC)
			continue;
		if (old->type[j] != cur->type[j])
			return false;
	}
	if (old->type[REG_SIZE - 1] != cur->type[REG_SIZE - 1])
		return true;
	return slot_contents_within(idmap, old, cur, exact);
}

static bool slot_same_types(const struct stack_slot *old, const struct stack_slot *cur)
{
	for (u32 j = 0; j < REG_SIZE; j++)
		if (old->type[j] != cur->type[j])
			return false;
	return true;
}

static bool stack_within(struct idmap *idmap, const struct frame *old, const struct frame *cur, enum exact_level exact)
{
	struct bpf_reg unknown = {0};

	reg_set_unknown(&unknown);
	for (u32 i = 0; i < old->slots; i++) {
		const struct stack_slot *o = &old->stack[i];
		const struct stack_slot *c = i < cur->slots ? &cur->stack[i] : NULL;
		const struct bpf_reg *oreg, *creg;

		if (exact == EXACT && (!c || !slot_same_types(o, c)))
			return false;
		oreg = slot_all_misc(o) ? NULL : slot_as_scalar(o, &unknown);
		creg = c ? slot_as_scalar(c, &unknown) : NULL;
		if (oreg && creg) {
			if (!reg_within(idmap, oreg, creg, exact))
				return false;
			continue;
		}
		if (!slot_within(idmap, o, c, exact))
			return false;
	}
	return true;
}

static bool refs_match(struct idmap *idmap, const struct verifier_state *old, const struct verifier_state *cur)
{
	if (old->ref_cnt != cur->ref_cnt || old->active_locks != cur->active_locks ||
	    old->active_preempt_locks != cur->active_preempt_locks || old->active_rcu_lock != cur->active_rcu_lock ||
	    old->lock_ptr != cur->lock_ptr || !idmap_check(idmap, old->lock_id, cur->lock_id))
		return false;
	for (u32 i = 0; i < old->ref_cnt; i++) {
		const struct reference *o = &old->refs[i], *c = &cur->refs[i];

		if (o->type != c->type || o->ptr != c->ptr || !idmap_check(idmap, o->id, c->id))
			return false;
	}
	return true;
}

u32 state_frame_insn(const struct verifier_state *state, u32 i)
{
	return i == state->curframe ? state->insn_idx : (u32)state->frame[i + 1]->callsite;
}

static bool frames_match(const struct equal_ctx *ctx, const struct frame *old, const struct frame *cur, u16 live,
			 enum exact_level exact)
{
	if (old->callback_depth > cur->callback_depth)
		return false;
	for (u32 i = 0; i < REG_MAX; i++)
		if ((live & 1U << i) && !reg_within(ctx->idmap, &old->regs[i], &cur->regs[i], exact))
			return false;
	return stack_within(ctx->idmap, old, cur, exact);
}

bool states_equal(const struct equal_ctx *ctx, const struct verifier_state *old, const struct verifier_state *cur,
		  enum exact_level exact)
{
	if (old->curframe != cur->curframe || old->in_sleepable != cur->in_sleepable)
		return false;
	ctx->idmap->cnt = 0;
	ctx->idmap->tmp_id = ctx->first_tmp_id;
	if (!refs_match(ctx->idmap, old, cur))
		return false;
	for (u32 i = 0; i <= old->curframe; i++) {
		if (old->frame[i]->callsite != cur->frame[i]->callsite)
			return false;
		if (!frames_match(ctx, old->frame[i], cur->frame[i], ctx->live_regs[state_frame_insn(old, i)], exact))
			return false;
	}
	return true;
}

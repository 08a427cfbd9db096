/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/verifier/state/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct frame *frame_new(s32 callsite, u32 frameno, u32 subprog)
{
	struct frame *frame = calloc(1, sizeof(*frame));

	if (!frame)
		return NULL;
	for (u32 i = 0; i < REG_MAX; i++)
		reg_set_not_init(&frame->regs[i]);
	reg_set_pointer(&frame->regs[REG_FP], PTR_TO_STACK);
	frame->regs[REG_FP].frameno = frameno;
	frame->callsite = callsite;
	frame->frameno = frameno;
	frame->subprog = subprog;
	return frame;
}

void frame_free(struct frame *frame)
{
	if (!frame)
		return;
	free(frame->stack);
	free(frame);
}

static int frame_reserve(struct frame *frame, u32 slots)
{
	struct stack_slot *stack;
	u32 cap;

	if (slots <= frame->slots_cap)
		return 0;
	cap = min_of(max_of(slots, frame->slots_cap + 4), (u32)STACK_SLOTS);
	cap = max_of(cap, slots);
	stack = realloc(frame->stack, cap * sizeof(*stack));
	if (!stack)
		return -ENOMEM;
	frame->stack = stack;
	frame->slots_cap = cap;
	return 0;
}

int frame_grow_stack(struct frame *frame, u32 bytes)
{
	u32 slots = (bytes + REG_SIZE - 1) / REG_SIZE;

	if (slots <= frame->slots)
		return 0;
	if (frame_reserve(frame, slots))
		return -ENOMEM;
	memset(frame->stack + frame->slots, 0, (slots - frame->slots) * sizeof(*frame->stack));
	frame->slots = slots;
	return 0;
}

/* dst takes over src's contents, keeping its own stack memory. */
static int frame_copy(struct frame *dst, const struct frame *src)
{
	struct stack_slot *stack;
	u32 cap;

	if (frame_reserve(dst, src->slots))
		return -ENOMEM;
	stack = dst->stack;
	cap = dst->slots_cap;
	*dst = *src;
	dst->stack = stack;
	dst->slots_cap = cap;
	if (src->slots)
		memcpy(dst->stack, src->stack, src->slots * sizeof(*src->stack));
	return 0;
}

struct verifier_state *state_new(void)
{
	return calloc(1, sizeof(struct verifier_state));
}

void state_free(struct verifier_state *state)
{
	if (!state)
		return;
	for (u32 i = 0; i < FRAMES_MAX; i++)
		frame_free(state->frame[i]);
	free(state->refs);
	free(state->history);
	free(state);
}

static int refs_reserve(struct verifier_state *state, u32 n)
{
	struct reference *refs;
	u32 cap;

	if (n <= state->ref_cap)
		return 0;
	cap = max_of(n, state->ref_cap * 2);
	refs = realloc(state->refs, cap * sizeof(*refs));
	if (!refs)
		return -ENOMEM;
	state->refs = refs;
	state->ref_cap = cap;
	return 0;
}

static int copy_refs(struct verifier_state *dst, const struct verifier_state *src)
{
	if (refs_reserve(dst, src->ref_cnt))
		return -ENOMEM;
	if (src->ref_cnt)
		memcpy(dst->refs, src->refs, src->ref_cnt * sizeof(*src->refs));
	dst->ref_cnt = src->ref_cnt;
	dst->active_locks = src->active_locks;
	dst->lock_id = src->lock_id;
	dst->lock_ptr = src->lock_ptr;
	dst->active_preempt_locks = src->active_preempt_locks;
	dst->active_rcu_lock = src->active_rcu_lock;
	return 0;
}

static int copy_history(struct verifier_state *dst, const struct verifier_state *src)
{
	if (src->history_cnt > dst->history_cap) {
		struct history_entry *h = realloc(dst->history, src->history_cnt * sizeof(*h));

		if (!h)
			return -ENOMEM;
		dst->history = h;
		dst->history_cap = src->history_cnt;
	}
	if (src->history_cnt)
		memcpy(dst->history, src->history, src->history_cnt * sizeof(*src->history));
	dst->history_cnt = src->history_cnt;
	return 0;
}

int state_copy(struct verifier_state *dst, const struct verifier_state *src)
{
	for (u32 i = src->curframe + 1; i < FRAMES_MAX; i++) {
		frame_free(dst->frame[i]);
		dst->frame[i] = NULL;
	}
	if (copy_refs(dst, src) || copy_history(dst, src))
		return -ENOMEM;
	dst->curframe = src->curframe;
	dst->insn_idx = src->insn_idx;
	dst->in_sleepable = src->in_sleepable;
	dst->cleaned = src->cleaned;
	dst->parent = src->parent;
	dst->equal_state = src->equal_state;
	dst->branches = src->branches;
	dst->first_insn_idx = src->first_insn_idx;
	dst->last_insn_idx = src->last_insn_idx;
	dst->dfs_depth = src->dfs_depth;
	dst->callback_unroll_depth = src->callback_unroll_depth;
	dst->may_goto_depth = src->may_goto_depth;
	for (u32 i = 0; i <= src->curframe; i++) {
		if (!dst->frame[i]) {
			dst->frame[i] = calloc(1, sizeof(struct frame));
			if (!dst->frame[i])
				return -ENOMEM;
		}
		if (frame_copy(dst->frame[i], src->frame[i]))
			return -ENOMEM;
	}
	return 0;
}

int state_push_history(struct verifier_state *state, const struct history_entry *entry)
{
	if (state->history_cnt == state->history_cap) {
		u32 cap = state->history_cap ? state->history_cap * 2 : 8;
		struct history_entry *h = realloc(state->history, cap * sizeof(*h));

		if (!h)
			return -ENOMEM;
		state->history = h;
		state->history_cap = cap;
	}
	state->history[state->history_cnt++] = *entry;
	return 0;
}

static int push_ref(struct verifier_state *state, struct reference ref)
{
	if (refs_reserve(state, state->ref_cnt + 1))
		return -ENOMEM;
	state->refs[state->ref_cnt++] = ref;
	return 0;
}

/* The last takes the place of the one that goes, as the log's order of refs shows. */
static void drop_ref(struct verifier_state *state, u32 i)
{
	state->refs[i] = state->refs[--state->ref_cnt];
}

int state_acquire(struct verifier_state *state, u32 id, u32 insn_idx)
{
	return push_ref(state, (struct reference){.type = REF_PTR, .id = id, .insn_idx = insn_idx});
}

const struct reference *state_find_ref(const struct verifier_state *state, u32 id)
{
	for (u32 i = 0; i < state->ref_cnt; i++)
		if (state->refs[i].type == REF_PTR && state->refs[i].id == id)
			return &state->refs[i];
	return NULL;
}

bool state_release(struct verifier_state *state, u32 id)
{
	const struct reference *ref = state_find_ref(state, id);

	if (!ref)
		return false;
	drop_ref(state, (u32)(ref - state->refs));
	return true;
}

int state_lock(struct verifier_state *state, u32 id, const void *ptr, u32 insn_idx)
{
	if (push_ref(state, (struct reference){.type = REF_LOCK, .id = id, .ptr = ptr, .insn_idx = insn_idx}))
		return -ENOMEM;
	state->active_locks++;
	state->lock_id = id;
	state->lock_ptr = ptr;
	return 0;
}

bool state_unlock(struct verifier_state *state, u32 id, const void *ptr)
{
	for (u32 i = 0; i < state->ref_cnt; i++) {
		struct reference *ref = &state->refs[i];

		if (ref->type != REF_LOCK || ref->id != id || ref->ptr != ptr)
			continue;
		drop_ref(state, i);
		state->active_locks--;
		state->lock_id = 0;
		state->lock_ptr = NULL;
		return true;
	}
	return false;
}

void state_for_each_reg(struct verifier_state *state, void (*each_reg)(struct bpf_reg *reg, void *closure), void *closure)
{
	for (u32 f = 0; f <= state->curframe; f++) {
		struct frame *frame = state->frame[f];

		for (u32 i = 0; i < REG_MAX; i++)
			each_reg(&frame->regs[i], closure);
		for (u32 i = 0; i < frame->slots; i++)
			if (slot_is_spill(&frame->stack[i]))
				each_reg(&frame->stack[i].reg, closure);
	}
}

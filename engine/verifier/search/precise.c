/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Precision: a scalar whose value decided something (an offset, a size, a branch) must be compared when states are; so must all
 * that it was made from. The walk goes back over the path's history, state by state, and marks them in the states on the way. Scalars
 * that no walk marks may differ between states that count as equal: that is what makes loops and diamonds cheap.
 */
#include <errno.h>
#include <string.h>

#include "common/isa/disasm.h"
#include "engine/verifier/search/search.h"

static void bt_reset(struct backtrack *bt, u32 frame)
{
	memset(bt, 0, sizeof(*bt));
	bt->frame = frame;
}

/* "r1,r2" and "-8,-16" */
static void add_regs(struct strbuf *sb, u32 regs)
{
	const char *sep = "";

	for (u32 i = 0; i < 32; i++) {
		if (!(regs & 1U << i))
			continue;
		strbuf_addf(sb, "%sr%u", sep, i);
		sep = ",";
	}
}

static void add_slots(struct strbuf *sb, u64 slots)
{
	const char *sep = "";

	for (u32 i = 0; i < STACK_SLOTS; i++) {
		if (!(slots & 1ULL << i))
			continue;
		strbuf_addf(sb, "%s%d", sep, slot_off(i));
		sep = ",";
	}
}

static void log_begin(struct verifier_env *env, const struct backtrack *bt, s32 last, s32 first, s32 next)
{
	if (log_wants(env->log, LOG_LEVEL2))
		explain(env, "mark_precise: frame%u: last_idx %d first_idx %d subseq_idx %d \n", bt->frame, last, first, next);
}

static void log_step(struct verifier_env *env, const struct backtrack *bt, u32 idx)
{
	struct strbuf sb = STRBUF_INIT;

	if (!log_wants(env->log, LOG_LEVEL2) || !env->insns[idx].code)
		return;
	strbuf_addf(&sb, "mark_precise: frame%u: regs=", bt->frame);
	add_regs(&sb, bt->regs[bt->frame]);
	strbuf_adds(&sb, " stack=");
	add_slots(&sb, bt->slots[bt->frame]);
	strbuf_addf(&sb, " before %u: ", idx);
	log_add(env->log, strbuf_str(&sb), sb.len);
	strbuf_free(&sb);
	env_log_insn(env, idx);
}

static void log_parent(struct verifier_env *env, const struct backtrack *bt, u32 frame, const struct verifier_state *state)
{
	struct strbuf sb = STRBUF_INIT;

	if (!log_wants(env->log, LOG_LEVEL2))
		return;
	strbuf_addf(&sb, "mark_precise: frame%u: parent state regs=", frame);
	add_regs(&sb, bt->regs[frame]);
	strbuf_adds(&sb, " stack=");
	add_slots(&sb, bt->slots[frame]);
	strbuf_adds(&sb, ": ");
	state_print(&sb, state, frame, true, 0, 0);
	log_add(env->log, strbuf_str(&sb), sb.len);
	strbuf_free(&sb);
}

static void force(struct verifier_env *env, struct bpf_reg *reg, u32 frame, const char *what, int no)
{
	if (reg->type != SCALAR_VALUE || reg->precise)
		return;
	reg->precise = true;
	if (log_wants(env->log, LOG_LEVEL2))
		explain(env, "force_precise: frame%u: forcing %s%d to be precise\n", frame, what, no);
}

/* The history ended or was not clear: everything counts. */
static void mark_all(struct verifier_env *env, struct verifier_state *state)
{
	if (log_wants(env->log, LOG_LEVEL2))
		explain(env, "mark_precise: frame%u: falling back to forcing all scalars precise\n", env->search->bt.frame);
	/* The state at hand is compared only once it is remembered, and then starts without marks: they are needed above. */
	for (state = state->parent; state; state = state->parent) {
		for (u32 f = 0; f <= state->curframe; f++) {
			struct frame *frame = state->frame[f];

			for (u32 i = 0; i < REG_FP; i++)
				force(env, &frame->regs[i], f, "r", (int)i);
			for (u32 i = 0; i < frame->slots; i++)
				if (slot_is_spill(&frame->stack[i]))
					force(env, &frame->stack[i].reg, f, "fp", slot_off(i));
		}
	}
}

/* Mark what the set names in a state; what is marked already, or is no number, needs no more following. */
static void mark_reg(struct bpf_reg *reg, bool *follow, bool *changed)
{
	*follow = false;
	if (!reg || reg->type != SCALAR_VALUE || reg->precise)
		return;
	reg->precise = true;
	*follow = true;
	if (changed)
		*changed = true;
}

static int mark_state(struct verifier_env *env, struct verifier_state *state, struct backtrack *bt, bool *changed)
{
	for (u32 f = bt->frame + 1; f-- > 0;) {
		struct frame *frame = state->frame[f];
		bool follow;

		if (!frame)
			return -EFAULT;
		for (u32 i = 0; i < REG_FP; i++) {
			if (!(bt->regs[f] & 1U << i))
				continue;
			mark_reg(&frame->regs[i], &follow, changed);
			if (!follow)
				bt->regs[f] &= ~(1U << i);
		}
		for (u32 i = 0; i < STACK_SLOTS; i++) {
			if (!(bt->slots[f] & 1ULL << i))
				continue;
			if (i >= frame->slots)
				return -EFAULT;
			mark_reg(slot_is_spilled_scalar(&frame->stack[i]) ? &frame->stack[i].reg : NULL, &follow, changed);
			if (!follow)
				bt->slots[f] &= ~(1ULL << i);
		}
		log_parent(env, bt, f, state);
	}
	return 0;
}

/* The insn before i on the way through the state; -ENOENT at its start. *cnt: entries of the history that are not used up. */
static s32 previous_insn(const struct verifier_state *state, s32 i, u32 *cnt)
{
	if (i == state->first_insn_idx && (!*cnt || (*cnt == 1 && (s32)state->history[0].idx == i)))
		return -ENOENT;
	if (*cnt && (s32)state->history[*cnt - 1].idx == i)
		return (s32)state->history[--*cnt].prev_idx;
	return i - 1;
}

static const struct history_entry *entry_at(const struct verifier_state *state, u32 cnt, s32 i)
{
	return cnt && (s32)state->history[cnt - 1].idx == i ? &state->history[cnt - 1] : NULL;
}

/* Back through one state, from insn `from`: 0 with the set as it is at its start, 1 when nothing is left to follow. */
static int walk_state(struct verifier_env *env, const struct verifier_state *state, s32 from, s32 *next, bool skip, struct backtrack *bt)
{
	u32 cnt = state->history_cnt;
	s32 i = from;

	for (;;) {
		if (!skip) {
			int err;

			log_step(env, bt, (u32)i);
			err = backtrack_insn(env, (u32)i, *next, entry_at(state, cnt, i), bt);
			if (err)
				return err;
		}
		skip = false;
		if (backtrack_empty(bt))
			return 1;
		*next = i;
		i = previous_insn(state, i, &cnt);
		if (i == -ENOENT)
			return 0;
		if (i < 0 || (u32)i >= env->insn_cnt)
			return -EFAULT;
	}
}

/* The entry of a function that is verified by itself: its arguments are anything, precise or not. */
static int at_entry(struct verifier_env *env, struct verifier_state *state, struct backtrack *bt, bool *changed)
{
	struct frame *frame = state->frame[0];

	if (state->curframe || !frame->subprog || frame->callsite != -1 || bt->slots[0] || (bt->regs[0] & ~0x3eU))
		return reject(env, INTERNAL, "backtracking ran over the entry");
	for (u32 i = BPF_REG_1; i <= BPF_REG_5; i++) {
		if (!(bt->regs[0] & 1U << i) || frame->regs[i].type != SCALAR_VALUE)
			continue;
		frame->regs[i].precise = true;
		if (changed)
			*changed = true;
	}
	return 0;
}

static int walk_back(struct verifier_env *env, struct verifier_state *start, bool *changed)
{
	struct backtrack *bt = &env->search->bt;
	struct verifier_state *state = start;
	s32 last = (s32)start->insn_idx, first = start->first_insn_idx, next = -1;
	bool skip = true;
	int res;

	if (backtrack_empty(bt))
		return 0;
	for (;;) {
		log_begin(env, bt, last, first, next);
		if (last < 0)
			return at_entry(env, state, bt, changed);
		res = walk_state(env, state, last, &next, skip, bt);
		skip = false;
		if (res > 0)
			return 0;
		state = state->parent;
		/* Lost, or at the start with something left: too much is safe. */
		if (res < 0 || !state || mark_state(env, state, bt, changed))
			break;
		if (backtrack_empty(bt))
			return 0;
		next = first;
		last = state->last_insn_idx;
		first = state->first_insn_idx;
	}
	mark_all(env, start);
	return 0;
}

int precise_mark_reg(struct verifier_env *env, u32 regno)
{
	struct backtrack *bt = &env->search->bt;

	if (env_reg(env, regno)->type != SCALAR_VALUE)
		return reject(env, INTERNAL, "precision of what is no number");
	bt_reset(bt, env->cur->curframe);
	bt->regs[bt->frame] = 1U << regno;
	return walk_back(env, env->cur, NULL);
}

int precise_mark_slot(struct verifier_env *env, u32 frameno, u32 spi)
{
	struct backtrack *bt = &env->search->bt;

	bt_reset(bt, env->cur->curframe);
	bt->slots[frameno] = 1ULL << spi;
	return walk_back(env, env->cur, NULL);
}

static void log_propagated(struct verifier_env *env, u32 frame, bool *first, const char *what, int no)
{
	if (log_wants(env->log, LOG_LEVEL2)) {
		if (*first)
			explain(env, "frame %u: propagating %s%d", frame, what, no);
		else
			explain(env, ",%s%d", what, no);
	}
	*first = false;
}

int precise_propagate(struct verifier_env *env, const struct verifier_state *old, struct verifier_state *cur, bool *changed)
{
	struct backtrack *bt = &env->search->bt;

	bt_reset(bt, cur->curframe);
	for (u32 f = old->curframe + 1; f-- > 0;) {
		const struct frame *frame = old->frame[f];
		bool first = true;

		for (u32 i = 0; i < REG_FP; i++) {
			if (frame->regs[i].type != SCALAR_VALUE || !frame->regs[i].precise)
				continue;
			bt->regs[f] |= 1U << i;
			log_propagated(env, f, &first, "r", (int)i);
		}
		for (u32 i = 0; i < frame->slots; i++) {
			if (!slot_is_spilled_scalar(&frame->stack[i]) || !frame->stack[i].reg.precise)
				continue;
			bt->slots[f] |= 1ULL << i;
			log_propagated(env, f, &first, "fp", slot_off(i));
		}
		if (!first && log_wants(env->log, LOG_LEVEL2))
			explain(env, "\n");
	}
	return walk_back(env, cur, changed);
}

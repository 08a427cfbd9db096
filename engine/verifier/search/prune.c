/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * States remembered at pruning points. A path that reaches one that is covered by a state seen before ends there. How often states
 * are remembered and how long they are kept decides time and memory, never the verdict's soundness; the numbers are those that make
 * the count of processed instructions agree with the kernel's.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/verifier/search/search.h"

#define HISTORY_LONG 40       /* entries after which a state is remembered in any case */
#define MIN_JMPS 2            /* else, remember after this many jumps and insns */
#define MIN_INSNS 8
#define LOOP_MIN_JMPS 20      /* in a loop, after this many */
#define LOOP_MIN_INSNS 100
#define MISSES_MAX 3          /* states that miss this often per hit are forgotten */
#define MISSES_MAX_CHECKPOINT 64

bool same_call_sites(const struct verifier_state *a, const struct verifier_state *b)
{
	if (a->curframe != b->curframe)
		return false;
	for (u32 f = 0; f <= a->curframe; f++)
		if (a->frame[f]->callsite != b->frame[f]->callsite)
			return false;
	return true;
}

static struct explored **bucket_of(const struct verifier_env *env, const struct verifier_state *state, u32 insn_idx)
{
	return &env->search->explored[(insn_idx ^ (u32)state_frame(state)->callsite) % env->insn_cnt];
}

struct verifier_state *search_previous_visit(struct verifier_env *env, const struct verifier_state *state, u32 insn_idx)
{
	if (!state)
		return NULL;
	/* With branches left it is on the way here. */
	for (struct explored *e = *bucket_of(env, state, insn_idx); e; e = e->next)
		if (e->state.insn_idx == insn_idx && e->state.branches && e->state.dfs_depth < state->dfs_depth &&
		    same_call_sites(&e->state, state))
			return &e->state;
	return NULL;
}

/* The state itself lives in its list node. */
static void release_parts(struct verifier_state *state)
{
	for (u32 f = 0; f < FRAMES_MAX; f++)
		frame_free(state->frame[f]);
	free(state->refs);
	free(state->history);
}

static void explored_free(struct explored *e)
{
	release_parts(&e->state);
	free(e);
}

static struct explored *explored_of(struct verifier_state *state)
{
	return container_of(state, struct explored, state);
}

/* Free a dropped state once no path from it is open and no loop's marks are still to go round through it. Every parent is a
 * remembered state. */
void explored_unref(struct verifier_env *env, struct verifier_state *state)
{
	struct search *search = env->search;
	struct explored *e = explored_of(state), **p;

	if (!e->dropped || state->branches || scc_has_backedges(env, state))
		return;
	for (p = &search->dropped; *p && *p != e; p = &(*p)->next)
		;
	if (*p)
		*p = e->next;
	search->dropped_cnt--;
	explored_free(e);
}

static void drop(struct verifier_env *env, struct explored **link)
{
	struct search *search = env->search;
	struct explored *e = *link;

	*link = e->next;
	e->next = search->dropped;
	e->dropped = true;
	search->dropped = e;
	search->dropped_cnt++;
	search->explored_cnt--;
	explored_unref(env, &e->state);
}

void search_forget_states(struct search *search)
{
	while (search->dropped) {
		struct explored *e = search->dropped;

		search->dropped = e->next;
		explored_free(e);
	}
	search->dropped_cnt = 0;
}

/* Forget what nobody will read: the state covers more then. */
static int clean(struct verifier_env *env, struct verifier_state *state)
{
	u64 alive[FRAMES_MAX];
	int err = live_stack_query(env, state, alive);

	if (err)
		return err;
	for (u32 f = 0; f <= state->curframe; f++) {
		struct frame *frame = state->frame[f];
		u16 live = env->live_regs[state_frame_insn(state, f)];

		for (u32 i = 0; i < REG_FP; i++)
			if (!(live & 1U << i))
				reg_set_not_init(&frame->regs[i]);
		for (u32 i = 0; i < frame->slots; i++) {
			if (alive[f] & 1ULL << i)
				continue;
			reg_set_not_init(&frame->stack[i].reg);
			memset(frame->stack[i].type, STACK_INVALID, REG_SIZE);
		}
	}
	state->cleaned = true;
	return 0;
}

static int clean_complete(struct verifier_env *env, struct explored *list, u32 insn_idx)
{
	for (struct explored *e = list; e; e = e->next) {
		int err;

		if (e->state.branches || e->state.insn_idx != insn_idx || e->state.cleaned || !same_call_sites(&e->state, env->cur) ||
		    scc_has_backedges(env, &e->state))
			continue;
		err = clean(env, &e->state);
		if (err)
			return err;
	}
	return 0;
}

static bool covers(struct verifier_env *env, const struct verifier_state *old, enum exact_level exact)
{
	struct equal_ctx ctx = {.live_regs = env->live_regs, .idmap = &env->search->idmap, .first_tmp_id = env->id_gen};

	return states_equal(&ctx, old, env->cur, exact);
}

static bool same_reg(const struct bpf_reg *a, const struct bpf_reg *b)
{
	return a->type == b->type && a->off == b->off && a->raw.a == b->raw.a && a->raw.b == b->raw.b && a->id == b->id &&
	       a->ref_obj_id == b->ref_obj_id && scalar_eq(a->val, b->val);
}

/* A cheap test before the exact compare. */
static bool may_be_looping(const struct verifier_state *old, const struct verifier_state *cur)
{
	if (old->curframe != cur->curframe)
		return false;
	for (u32 i = 0; i < REG_MAX; i++)
		if (!same_reg(&state_regs(old)[i], &state_regs(cur)[i]))
			return false;
	return true;
}

static int reject_loop(struct verifier_env *env, const struct verifier_state *old, u32 insn_idx)
{
	int err;

	env_log_line(env, insn_idx, "; ");
	err = reject(env, INFINITE_LOOP, insn_idx);
	explain(env, "cur state:");
	env_log_state(env, env->cur, env->cur->curframe, true);
	explain(env, "old state:");
	env_log_state(env, old, old->curframe, true);
	return err;
}

/* A state on the way here: COVERED when a loop that may end anywhere came round to it, -errno when it never will end. */
enum verdict { MISS, COVERED, COVERED_LOOP };

static int compare_ancestor(struct verifier_env *env, struct explored *e, u32 insn_idx, bool force, bool *add)
{
	struct verifier_state *old = &e->state, *cur = env->cur;
	struct search *search = env->search;
	bool skip_loop_check = false;

	if (insn_is_may_goto(&env->insns[insn_idx]) && old->may_goto_depth != cur->may_goto_depth && covers(env, old, RANGE_WITHIN))
		return COVERED_LOOP;
	if (insn_calls_callback(env, insn_idx)) {
		if (covers(env, old, RANGE_WITHIN))
			return COVERED_LOOP;
		skip_loop_check = true;
	}
	if (!skip_loop_check && may_be_looping(old, cur) && covers(env, old, EXACT) && old->may_goto_depth == cur->may_goto_depth &&
	    old->callback_unroll_depth == cur->callback_unroll_depth)
		return reject_loop(env, old, insn_idx);
	/* Iterations are many and differ: remember few of them. */
	if (!force && search->jmps_processed - search->prev_jmps_processed < LOOP_MIN_JMPS &&
	    env->insns_processed - search->prev_insns_processed < LOOP_MIN_INSNS)
		*add = false;
	return MISS;
}

static int compare(struct verifier_env *env, struct explored *e, u32 insn_idx, bool force, bool *add)
{
	bool loop;

	if (e->state.branches)
		return compare_ancestor(env, e, insn_idx, force, add);
	loop = scc_has_backedges(env, &e->state);
	if (!covers(env, &e->state, loop ? RANGE_WITHIN : NOT_EXACT))
		return MISS;
	return loop ? COVERED_LOOP : COVERED;
}

/* The path ends here: what was found precise behind the old state must be so on this path, too. */
static int take_hit(struct verifier_env *env, struct explored *e, bool loop)
{
	struct verifier_state *edge;
	int err = 0;

	e->hits++;
	if (env->aux[env->insn_idx].jmp_point)
		err = env_note_jump(env);
	if (!err)
		err = precise_propagate(env, &e->state, env->cur, NULL);
	if (err || !loop)
		return err;
	edge = state_new();
	if (!edge || state_copy(edge, env->cur)) {
		state_free(edge);
		return -ENOMEM;
	}
	edge->equal_state = &e->state;
	edge->insn_idx = (u32)env->insn_idx;
	return scc_add_backedge(env, &e->state, edge);
}

static void imprecise(struct bpf_reg *reg, void *closure)
{
	(void)closure;
	if (reg->type == SCALAR_VALUE)
		reg->precise = false;
}

static int remember(struct verifier_env *env, u32 insn_idx)
{
	struct search *search = env->search;
	struct verifier_state *cur = env->cur;
	struct explored *e = calloc(1, sizeof(*e)), **bucket;
	int err;

	if (!e)
		return -ENOMEM;
	env->total_states++;
	search->explored_cnt++;
	env->peak_states = max_of(env->peak_states, search->explored_cnt + search->dropped_cnt + search->backedge_cnt);
	search->prev_jmps_processed = search->jmps_processed;
	search->prev_insns_processed = env->insns_processed;
	/* Marks of the way here are the parent's. */
	state_for_each_reg(cur, imprecise, NULL);
	if (state_copy(&e->state, cur)) {
		explored_free(e);
		return -ENOMEM;
	}
	e->state.insn_idx = insn_idx;
	bucket = bucket_of(env, cur, insn_idx);
	e->next = *bucket;
	*bucket = e;
	err = scc_enter(env, &e->state);
	if (err)
		return err;
	cur->parent = &e->state;
	cur->first_insn_idx = (s32)insn_idx;
	cur->dfs_depth = e->state.dfs_depth + 1;
	state_clear_history(cur);
	env->cur_history = -1;
	return 0;
}

int search_visited(struct verifier_env *env, u32 insn_idx)
{
	struct search *search = env->search;
	struct explored **link = bucket_of(env, env->cur, insn_idx);
	bool force = env->test_state_freq || env->aux[insn_idx].force_checkpoint || env->cur->history_cnt > HISTORY_LONG;
	bool add = force || (search->jmps_processed - search->prev_jmps_processed >= MIN_JMPS &&
			     env->insns_processed - search->prev_insns_processed >= MIN_INSNS);
	u32 states = 0;
	int err = clean_complete(env, *link, insn_idx);

	while (!err && *link) {
		struct explored *e = *link;
		u32 limit;

		states++;
		if (e->state.insn_idx != insn_idx) {
			link = &e->next;
			continue;
		}
		err = compare(env, e, insn_idx, force, &add);
		if (err < 0)
			return err;
		if (err != MISS) {
			err = take_hit(env, e, err == COVERED_LOOP);
			return err ? err : 1;
		}
		if (add)
			e->misses++;
		limit = env->aux[insn_idx].force_checkpoint && e->state.branches ? MISSES_MAX_CHECKPOINT : MISSES_MAX;
		if (e->misses > e->hits * limit + limit)
			drop(env, link);
		else
			link = &e->next;
	}
	env->max_states_per_insn = max_of(env->max_states_per_insn, states);
	if (err || !add)
		return err;
	return remember(env, insn_idx);
}

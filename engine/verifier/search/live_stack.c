/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which stack slots may still be read. For each function, by the calls that lead to it (an instance), every insn has for each frame
 * of the call chain the slots that it may read and those that it surely writes whole; both are learnt as insns are verified, whatever
 * the path. What is live before an insn follows by the usual backward analysis. What a callee does to its callers' frames is
 * summed up at the call.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/verifier/search/search.h"

#define HASH_SIZE 1024

struct insn_marks {
	u64 read;
	u64 written;      /* on every visit so far */
	u64 written_acc;  /* on every way from here to the function's exit */
	u64 live;         /* before the insn */
};

struct instance {
	u32 callsites[FRAMES_MAX];
	u32 depth;  /* calls that lead here: the function's own frame number */
	u32 start, len;
	u32 subprog;
	bool stale; /* marks changed since the last update */
	u8 *written_known; /* by insn: visited before, so that `written` is meant */
	struct insn_marks *frames[FRAMES_MAX]; /* len each; NULL: this frame is not touched here */
	struct instance *next;
};

struct live_stack {
	struct instance *hash[HASH_SIZE];
	struct instance *chain[FRAMES_MAX]; /* of the current state */
	u32 chain_depth;
	bool chain_valid;
	u64 writes[FRAMES_MAX]; /* of the insn at hand */
	s32 write_insn;         /* -1: none */
};

struct live_stack *live_stack_new(struct verifier_env *env)
{
	struct live_stack *live = calloc(1, sizeof(*live));

	(void)env;
	if (live)
		live->write_insn = -1;
	return live;
}

static void instance_free(struct instance *in)
{
	for (u32 f = 0; f < FRAMES_MAX; f++)
		free(in->frames[f]);
	free(in->written_known);
	free(in);
}

void live_stack_free(struct live_stack *live)
{
	if (!live)
		return;
	for (u32 i = 0; i < HASH_SIZE; i++) {
		while (live->hash[i]) {
			struct instance *in = live->hash[i];

			live->hash[i] = in->next;
			instance_free(in);
		}
	}
	free(live);
}

static u32 hash_of(const u32 *callsites, u32 depth, u32 subprog)
{
	u32 h = subprog * 0x9e3779b1U + depth;

	for (u32 i = 0; i < depth; i++)
		h = (h ^ callsites[i]) * 0x01000193U;
	return (h ^ h >> 15) % HASH_SIZE;
}

static struct instance *find_instance(struct verifier_env *env, const u32 *callsites, u32 depth, u32 subprog)
{
	struct live_stack *live = env->search->live;
	const struct bpf_subprog *sub = &env->prog->subprogs[subprog];
	u32 h = hash_of(callsites, depth, subprog);
	struct instance *in;

	for (in = live->hash[h]; in; in = in->next)
		if (in->subprog == subprog && in->depth == depth &&
		    !memcmp(in->callsites, callsites, depth * sizeof(*callsites)))
			return in;
	in = calloc(1, sizeof(*in));
	if (!in)
		return NULL;
	memcpy(in->callsites, callsites, depth * sizeof(*callsites));
	in->depth = depth;
	in->subprog = subprog;
	in->start = sub->start;
	in->len = sub->end - sub->start;
	in->written_known = calloc(in->len, 1);
	if (!in->written_known) {
		free(in);
		return NULL;
	}
	in->next = live->hash[h];
	live->hash[h] = in;
	return in;
}

/* Instances of a state's frames. Callbacks' calls are the helper's insns. */
static int find_chain(struct verifier_env *env, const struct verifier_state *state, struct instance **chain)
{
	u32 callsites[FRAMES_MAX] = {0};

	for (u32 i = 0; i <= state->curframe; i++) {
		if (i)
			callsites[i - 1] = (u32)state->frame[i]->callsite;
		chain[i] = find_instance(env, callsites, i, state->frame[i]->subprog);
		if (!chain[i])
			return -ENOMEM;
	}
	return 0;
}

static int current_chain(struct verifier_env *env)
{
	struct live_stack *live = env->search->live;
	int err;

	if (live->chain_valid)
		return 0;
	err = find_chain(env, env->cur, live->chain);
	live->chain_depth = env->cur->curframe;
	live->chain_valid = !err;
	return err;
}

static struct insn_marks *frame_marks(struct instance *in, u32 frameno)
{
	if (!in->frames[frameno])
		in->frames[frameno] = calloc(in->len, sizeof(*in->frames[frameno]));
	return in->frames[frameno];
}

void live_stack_reset_chain(struct verifier_env *env)
{
	env->search->live->chain_valid = false;
	env->search->live->write_insn = -1;
}

void live_stack_begin_insn(struct verifier_env *env)
{
	struct live_stack *live = env->search->live;

	memset(live->writes, 0, sizeof(live->writes));
	live->write_insn = env->insn_idx;
}

static int add_read(struct instance *in, u32 insn_idx, u32 frameno, u64 slots)
{
	struct insn_marks *m = frame_marks(in, frameno);

	if (!m)
		return -ENOMEM;
	m += insn_idx - in->start;
	if (~m->read & slots) {
		m->read |= slots;
		in->stale = true;
	}
	return 0;
}

/* One more visit of the insn that surely wrote `slots` of the frame. */
static int add_write(struct instance *in, u32 insn_idx, u32 frameno, u64 slots)
{
	u32 i = insn_idx - in->start;
	struct insn_marks *m = in->frames[frameno];
	u64 now;

	/* A frame that is met first here was not written on earlier visits. */
	if (!m) {
		if (!slots)
			return 0;
		m = frame_marks(in, frameno);
		if (!m)
			return -ENOMEM;
	}
	now = in->written_known[i] ? m[i].written & slots : slots;
	if (now != m[i].written) {
		m[i].written = now;
		in->stale = true;
	}
	return 0;
}

int live_stack_read(struct verifier_env *env, u32 frameno, u64 slots)
{
	int err = current_chain(env);

	return err ? err : add_read(env->search->live->chain[env->cur->curframe], (u32)env->insn_idx, frameno, slots);
}

int live_stack_write(struct verifier_env *env, u32 frameno, u64 slots)
{
	env->search->live->writes[frameno] |= slots;
	return 0;
}

int live_stack_end_insn(struct verifier_env *env)
{
	struct live_stack *live = env->search->live;
	struct instance *in;
	u32 at;
	int err = 0;

	if (live->write_insn < 0)
		return 0;
	err = current_chain(env);
	if (err)
		return err;
	at = (u32)live->write_insn;
	live->write_insn = -1;
	in = live->chain[live->chain_depth];
	if (at - in->start >= in->len)
		return 0; /* the insn was a call or a return: its frames were dealt with there */
	for (u32 f = 0; f <= live->chain_depth && !err; f++)
		err = add_write(in, at, f, live->writes[f]);
	in->written_known[at - in->start] = 1;
	return err;
}

/* "(4,11)": the calls that lead to the instance, and its first insn. */
static void log_instance(struct verifier_env *env, const struct instance *in)
{
	explain(env, "(");
	for (u32 i = 0; i < in->depth; i++)
		explain(env, "%u,", in->callsites[i]);
	explain(env, "%u) ", in->start);
}

static void log_slots(struct verifier_env *env, const char *what, char sign, u64 slots)
{
	const char *sep = "";

	if (!slots)
		return;
	explain(env, "%c%s ", sign, what);
	for (u32 i = 0; i < STACK_SLOTS; i++) {
		if (!(slots & 1ULL << i))
			continue;
		explain(env, "%s%d", sep, slot_off(i));
		sep = ",";
	}
	explain(env, " ");
}

/* What changed of an insn, where that is of interest: it touches the stack, or states are compared there. */
static void log_change(struct verifier_env *env, const struct instance *in, u32 frameno, u32 idx, const struct insn_marks *now, u64 live,
		       u64 acc)
{
	if (!now->read && !now->written && idx != in->start && !env->aux[idx].prune_point)
		return;
	if (live != now->live) {
		log_instance(env, in);
		explain(env, "frame %u insn %u ", frameno, idx);
		log_slots(env, "live", '+', live & ~now->live);
		log_slots(env, "live", '-', now->live & ~live);
		explain(env, "\n");
	}
	if (acc != now->written_acc) {
		log_instance(env, in);
		explain(env, "frame %u insn %u ", frameno, idx);
		log_slots(env, "written", '+', acc & ~now->written_acc);
		log_slots(env, "written", '-', now->written_acc & ~acc);
		explain(env, "\n");
	}
}

static bool update_insn(struct verifier_env *env, struct instance *in, u32 frameno, u32 idx)
{
	struct insn_marks *m = in->frames[frameno], *me = &m[idx - in->start];
	struct successors s = insn_successors(env, idx);
	u64 after = 0, acc = s.n ? ~0ULL : 0, live;

	for (u32 k = 0; k < s.n; k++) {
		after |= m[s.to[k] - in->start].live;
		acc &= m[s.to[k] - in->start].written_acc;
	}
	acc |= me->written;
	live = (after & ~me->written) | me->read;
	if (live == me->live && acc == me->written_acc)
		return false;
	if (log_wants(env->log, LOG_LEVEL2))
		log_change(env, in, frameno, idx, me, live, acc);
	me->live = live;
	me->written_acc = acc;
	return true;
}

static void update_instance(struct verifier_env *env, struct instance *in)
{
	const struct search *search = env->search;
	u32 from = search->order_start[in->subprog], to = search->order_start[in->subprog + 1], rounds = 0;

	for (u32 f = 0; f <= in->depth; f++) {
		bool changed = in->frames[f];
		u32 n = 0;

		while (changed) {
			changed = false;
			n++;
			for (u32 k = from; k < to; k++)
				changed |= update_insn(env, in, f, search->order[k]);
		}
		rounds = max_of(rounds, n);
	}
	if (log_wants(env->log, LOG_LEVEL2)) {
		log_instance(env, in);
		explain(env, "live stack update done in %u iterations\n", rounds);
	}
	in->stale = false;
}

/* The call reads and writes of outer frames what its callee does. */
static int sum_up_at_call(struct instance *in, struct instance *outer)
{
	u32 callsite = in->callsites[in->depth - 1];
	int err = 0;

	for (u32 f = 0; f < in->depth && !err; f++) {
		if (!in->frames[f]) {
			err = add_write(outer, callsite, f, 0);
			continue;
		}
		err = add_read(outer, callsite, f, in->frames[f][0].live);
		if (!err)
			err = add_write(outer, callsite, f, in->frames[f][0].written_acc);
	}
	outer->written_known[callsite - outer->start] = 1;
	return err;
}

/* Bring a chain up to date, innermost first: what an instance turns out to do, its caller's call does. */
static int update_chain(struct verifier_env *env, struct instance **chain, u32 depth)
{
	int err = 0;

	for (u32 i = depth + 1; i-- > 0 && !err;) {
		if (!chain[i]->stale)
			continue;
		update_instance(env, chain[i]);
		if (i)
			err = sum_up_at_call(chain[i], chain[i - 1]);
	}
	return err;
}

int live_stack_update(struct verifier_env *env)
{
	struct live_stack *live = env->search->live;
	int err = current_chain(env);

	return err ? err : update_chain(env, live->chain, live->chain_depth);
}

int live_stack_calls_changed(struct verifier_env *env, bool leaving)
{
	int err = 0;

	if (leaving) {
		err = live_stack_end_insn(env);
		if (!err)
			err = live_stack_update(env);
	}
	live_stack_reset_chain(env);
	return err;
}

static u64 live_at(const struct instance *in, u32 frameno, u32 idx)
{
	return in->frames[frameno] ? in->frames[frameno][idx - in->start].live : 0;
}

int live_stack_query(struct verifier_env *env, const struct verifier_state *state, u64 alive[FRAMES_MAX])
{
	struct instance *chain[FRAMES_MAX];
	int err = find_chain(env, state, chain);

	/* Paths that are complete were summed up when they ended; those under way say nothing of a state that they did not come by. */
	if (err)
		return err;
	for (u32 f = 0; f <= state->curframe; f++) {
		alive[f] = live_at(chain[state->curframe], f, state->insn_idx);
		for (u32 i = f; i < state->curframe; i++) {
			u32 callsite = (u32)state->frame[i + 1]->callsite;

			/* A callback may be entered again; a function returns behind its call. */
			alive[f] |= live_at(chain[i], f, insn_calls_callback(env, callsite) ? callsite : callsite + 1);
		}
	}
	return 0;
}

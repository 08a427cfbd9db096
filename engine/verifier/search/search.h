/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exploration of a program's paths: depth first, jumps queued on a stack, states remembered at pruning points so that a path
 * that reaches one that is covered ends there. No instruction semantics here but what control flow and backtracking need.
 */
#ifndef SKEP_VERIFIER_SEARCH_H
#define SKEP_VERIFIER_SEARCH_H

#include "engine/verifier/env.h"
#include "engine/verifier/state/equal.h"

/* A state remembered at a pruning point. Owned by its bucket, or by the free list while others still need it as parent. */
struct explored {
	struct verifier_state state;
	struct explored *next;
	u32 misses;
	u32 hits;
	bool dropped; /* on the free list */
};

/* A path to go on with. */
struct branch {
	struct verifier_state *state;
	s32 insn_idx;
	s32 prev_insn_idx;
	u64 log_pos;
	struct branch *next;
};

/* Registers and slots whose value must be known precisely, by frame, on the way back. */
struct backtrack {
	u32 frame;
	u32 regs[FRAMES_MAX];
	u64 slots[FRAMES_MAX];
};

/* A state that was found equal to one on its own path: a loop that precision marks must go round. */
struct backedge {
	struct verifier_state *state;
	struct backedge *next;
};

/* One visit of a strongly connected component, by the calls that lead to it. */
struct scc_visit {
	u32 callsites[FRAMES_MAX];
	u32 depth;
	u32 scc;
	struct verifier_state *entry; /* the first state in it, while it has branches */
	struct backedge *backedges;
	struct scc_visit *next;
};

struct live_stack; /* live_stack.c */

struct search {
	struct branch *stack;
	u32 stack_size;
	struct explored **explored; /* by insn and call site: insn_cnt buckets */
	struct explored *dropped;
	u32 explored_cnt;
	u32 dropped_cnt;
	u32 backedge_cnt;
	struct idmap idmap;
	struct backtrack bt;
	u32 *scc; /* by insn: number of its component, 0: none */
	u32 scc_cnt;
	u32 scc_shown; /* those up to here are loops of jumps */
	struct scc_visit **visits; /* by component */
	struct live_stack *live;
	u32 *order;      /* insns of each subprog in postorder */
	u32 *order_start; /* by subprog, and the end */
	u32 jmps_processed;
	u32 prev_jmps_processed;
	u32 prev_insns_processed;
};

/* Insns that control may reach directly from one: at most two, in the same subprog. */
struct successors {
	u32 n;
	u32 to[2];
};
struct successors insn_successors(const struct verifier_env *env, u32 insn_idx);

/* Before the exploration: subprogs.c, cfg.c, live_regs.c, scc.c. 0 or -errno. */
int subprogs_find(struct verifier_env *env);
int subprogs_check_btf(struct verifier_env *env);
int cfg_check(struct verifier_env *env);
int order_compute(struct verifier_env *env);
int live_regs_compute(struct verifier_env *env);
int scc_compute(struct verifier_env *env);

/* explore.c: walk all paths of one function. */
int search_function(struct verifier_env *env, u32 subprog);
extern const struct search_ops search_ops;
struct search *search_new(struct verifier_env *env);
void search_free(struct verifier_env *env);

/* prune.c: 1 when the current state is covered by an explored one, 0 to go on (remembered where that may help), or -errno. */
int search_visited(struct verifier_env *env, u32 insn_idx);
void explored_unref(struct verifier_env *env, struct verifier_state *state);
void search_forget_states(struct search *search);
bool same_call_sites(const struct verifier_state *a, const struct verifier_state *b);
struct verifier_state *search_previous_visit(struct verifier_env *env, const struct verifier_state *state, u32 insn_idx);

/* precise.c */
int precise_mark_reg(struct verifier_env *env, u32 regno);
int precise_mark_slot(struct verifier_env *env, u32 frameno, u32 spi);
int precise_propagate(struct verifier_env *env, const struct verifier_state *old, struct verifier_state *cur, bool *changed);
/* backtrack.c: what must be precise before an insn, given what must be after it. -ENOTSUPP: all of it. */
int backtrack_insn(struct verifier_env *env, u32 idx, s32 next_idx, const struct history_entry *hist, struct backtrack *bt);
bool backtrack_empty(const struct backtrack *bt);

/* scc.c */
int scc_enter(struct verifier_env *env, struct verifier_state *state);
int scc_exit(struct verifier_env *env, struct verifier_state *state);
int scc_add_backedge(struct verifier_env *env, const struct verifier_state *state, struct verifier_state *edge);
void scc_free(struct search *search);
bool scc_has_backedges(struct verifier_env *env, const struct verifier_state *state);

/* live_stack.c */
struct live_stack *live_stack_new(struct verifier_env *env);
void live_stack_free(struct live_stack *live);
int live_stack_read(struct verifier_env *env, u32 frameno, u64 slots);
int live_stack_write(struct verifier_env *env, u32 frameno, u64 slots);
int live_stack_calls_changed(struct verifier_env *env, bool leaving);
void live_stack_begin_insn(struct verifier_env *env);
int live_stack_end_insn(struct verifier_env *env);
int live_stack_update(struct verifier_env *env);
/* The state's call chain is not that of the last insn any more (another path was taken up). */
void live_stack_reset_chain(struct verifier_env *env);
/* Which slots of each frame of the state may still be read. */
int live_stack_query(struct verifier_env *env, const struct verifier_state *state, u64 alive[FRAMES_MAX]);

/* stack_depth.c */
int stack_depth_check(struct verifier_env *env);

static inline bool insn_calls_callback(const struct verifier_env *env, u32 idx)
{
	return env->aux[idx].callback_calls;
}

#endif

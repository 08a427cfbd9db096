/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loops: strongly connected components of the control flow graph (Tarjan), and the back edges that are found while one is
 * visited. A path that ends because it came round to a state on itself takes over that state's precision marks only later: what
 * is learnt in the loop afterwards goes round the back edges when the component is left for good.
 */
#include <errno.h>
#include <stdlib.h>

#include "engine/verifier/search/search.h"

#define ROUNDS_MAX 64

struct tarjan {
	struct verifier_env *env;
	u32 *index;   /* 0: not seen */
	u32 *low;
	u8 *on_stack;
	u32 *stack;   /* of the component at hand */
	u32 stack_cnt;
	struct frame_pos {
		u32 insn;
		u32 next;
	} *calls;     /* the recursion, made explicit */
	u32 call_cnt;
	u32 counter;
};

static bool jumps_to_itself(const struct verifier_env *env, u32 i)
{
	struct successors s = insn_successors(env, i);

	for (u32 k = 0; k < s.n; k++)
		if (s.to[k] == i)
			return true;
	return false;
}

static void pop_component(struct tarjan *t, u32 root)
{
	struct search *search = t->env->search;
	bool loop = t->stack[t->stack_cnt - 1] != root || jumps_to_itself(t->env, root);
	u32 no = loop ? ++search->scc_cnt : 0, i;

	do {
		i = t->stack[--t->stack_cnt];
		t->on_stack[i] = 0;
		search->scc[i] = no;
	} while (i != root);
}

static void enter(struct tarjan *t, u32 i)
{
	t->index[i] = t->low[i] = ++t->counter;
	t->stack[t->stack_cnt++] = i;
	t->on_stack[i] = 1;
	t->calls[t->call_cnt++] = (struct frame_pos){i, 0};
}

static void walk(struct tarjan *t, u32 start)
{
	enter(t, start);
	while (t->call_cnt) {
		struct frame_pos *f = &t->calls[t->call_cnt - 1];
		struct successors s = insn_successors(t->env, f->insn);
		u32 i = f->insn;

		if (f->next < s.n) {
			u32 to = s.to[f->next++];

			if (!t->index[to])
				enter(t, to);
			else if (t->on_stack[to])
				t->low[i] = min_of(t->low[i], t->index[to]);
			continue;
		}
		t->call_cnt--;
		if (t->call_cnt) {
			u32 up = t->calls[t->call_cnt - 1].insn;

			t->low[up] = min_of(t->low[up], t->low[i]);
		}
		if (t->low[i] == t->index[i])
			pop_component(t, i);
	}
}

int scc_compute(struct verifier_env *env)
{
	struct search *search = env->search;
	size_t n = env->insn_cnt;
	struct tarjan t = {.env = env};
	int err = -ENOMEM;

	t.index = calloc(n, sizeof(*t.index));
	t.low = calloc(n, sizeof(*t.low));
	t.on_stack = calloc(n, 1);
	t.stack = calloc(n, sizeof(*t.stack));
	t.calls = calloc(n, sizeof(*t.calls));
	search->scc = calloc(n, sizeof(*search->scc));
	if (t.index && t.low && t.on_stack && t.stack && t.calls && search->scc) {
		for (u32 i = 0; i < env->prog->subprog_cnt; i++)
			if (!t.index[env->prog->subprogs[i].start])
				walk(&t, env->prog->subprogs[i].start);
		/* A helper that enters a callback again and again is a loop, too, though no jump shows it (nor does the kernel's log). */
		search->scc_shown = search->scc_cnt;
		for (u32 i = 0; i < env->insn_cnt; i++)
			if (insn_calls_callback(env, i) && !search->scc[i])
				search->scc[i] = ++search->scc_cnt;
		search->visits = calloc(search->scc_cnt + 1, sizeof(struct scc_visit *));
		err = search->visits ? 0 : -ENOMEM;
	}
	free(t.index);
	free(t.low);
	free(t.on_stack);
	free(t.stack);
	free(t.calls);
	return err;
}

/* The outermost component that the state stands in, and the calls that lead to it; false when it is in none. */
static bool visit_key(const struct verifier_env *env, const struct verifier_state *state, struct scc_visit *key)
{
	for (u32 i = 0; i <= state->curframe; i++) {
		u32 insn = state_frame_insn(state, i);

		key->depth = i;
		key->scc = env->search->scc[insn];
		if (key->scc)
			return true;
		key->callsites[i] = insn;
	}
	return false;
}

static struct scc_visit *find_visit(const struct verifier_env *env, const struct scc_visit *key)
{
	struct scc_visit *v;

	for (v = env->search->visits[key->scc]; v; v = v->next) {
		u32 i = 0;

		if (v->depth != key->depth)
			continue;
		while (i < key->depth && v->callsites[i] == key->callsites[i])
			i++;
		if (i == key->depth)
			return v;
	}
	return NULL;
}

/* "SCC enter (4,1)": the calls that lead there, and the component. */
static void log_visit(struct verifier_env *env, const char *what, const struct scc_visit *v)
{
	if (!log_wants(env->log, LOG_LEVEL2) || v->scc > env->search->scc_shown)
		return;
	explain(env, "SCC %s (", what);
	for (u32 i = 0; i < v->depth; i++)
		explain(env, "%u,", v->callsites[i]);
	explain(env, "%u)\n", v->scc);
}

int scc_enter(struct verifier_env *env, struct verifier_state *state)
{
	struct scc_visit key = {0}, *v;

	if (!visit_key(env, state, &key))
		return 0;
	v = find_visit(env, &key);
	if (!v) {
		v = malloc(sizeof(*v));
		if (!v)
			return -ENOMEM;
		*v = key;
		v->next = env->search->visits[key.scc];
		env->search->visits[key.scc] = v;
	}
	if (!v->entry) {
		v->entry = state;
		log_visit(env, "enter", v);
	}
	return 0;
}

static void free_backedges(struct search *search, struct scc_visit *v)
{
	while (v->backedges) {
		struct backedge *e = v->backedges;

		v->backedges = e->next;
		search->backedge_cnt--;
		state_free(e->state);
		free(e);
	}
}

static void all_precise(struct bpf_reg *reg, void *closure)
{
	(void)closure;
	if (reg->type == SCALAR_VALUE)
		reg->precise = true;
}

/* Let precision marks go round until they settle; a loop that does not settle soon is precise throughout. */
static int go_round(struct verifier_env *env, struct scc_visit *v)
{
	bool changed = true;

	for (u32 i = 0; changed; i++) {
		changed = false;
		for (struct backedge *e = v->backedges; e; e = e->next) {
			int err;

			if (i >= ROUNDS_MAX) {
				for (struct verifier_state *s = e->state; s; s = s->parent)
					state_for_each_reg(s, all_precise, NULL);
				continue;
			}
			err = precise_propagate(env, e->state->equal_state, e->state, &changed);
			if (err)
				return err;
		}
	}
	return 0;
}

int scc_exit(struct verifier_env *env, struct verifier_state *state)
{
	struct scc_visit key = {0}, *v;
	int err;

	if (!visit_key(env, state, &key))
		return 0;
	v = find_visit(env, &key);
	if (!v || v->entry != state)
		return 0;
	v->entry = NULL;
	log_visit(env, "exit", v);
	err = go_round(env, v);
	free_backedges(env->search, v);
	return err;
}

int scc_add_backedge(struct verifier_env *env, const struct verifier_state *state, struct verifier_state *edge)
{
	struct scc_visit key = {0}, *v = NULL;
	struct backedge *e;

	if (visit_key(env, state, &key))
		v = find_visit(env, &key);
	e = v ? malloc(sizeof(*e)) : NULL;
	if (!e) {
		state_free(edge);
		return v ? -ENOMEM : reject(env, INTERNAL, "a loop outside of any component");
	}
	e->state = edge;
	e->next = v->backedges;
	v->backedges = e;
	env->search->backedge_cnt++;
	log_visit(env, "backedge", v);
	return 0;
}

bool scc_has_backedges(struct verifier_env *env, const struct verifier_state *state)
{
	struct scc_visit key = {0}, *v;

	if (!visit_key(env, state, &key))
		return false;
	v = find_visit(env, &key);
	return v && v->backedges;
}

void scc_free(struct search *search)
{
	for (u32 i = 0; search->visits && i <= search->scc_cnt; i++) {
		while (search->visits[i]) {
			struct scc_visit *v = search->visits[i];

			search->visits[i] = v->next;
			free_backedges(search, v);
			free(v);
		}
	}
	free(search->visits);
	free(search->scc);
}

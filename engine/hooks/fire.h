/* SPDX-License-Identifier: BSD-2-Clause */
/* What firing a hook begins and ends with. */
#ifndef SKEP_HOOKS_FIRE_H
#define SKEP_HOOKS_FIRE_H

#include "engine/engine.h"
#include "engine/hooks/table.h"
#include "engine/run.h"

/* Take a CPU slot and its scratch; NULL, with nothing taken, when this thread is in a run of the engine already: hooks
 * do not nest. fire_end gives the slot back. */
static inline struct hook_scratch *fire_begin(struct skep_engine *engine, struct run_ctx *run)
{
	for (const struct run_ctx *outer = run_current; unlikely(outer); outer = outer->outer)
		if (outer->engine == engine)
			return NULL;
	run_enter(engine, run);
	return engine->hooks->scratch[run->cpu];
}

static inline void fire_end(struct run_ctx *run)
{
	run_leave(run);
}

/* Run a hook, if it was made and has programs. */
static inline void fire_hook(const struct hook_table *table, enum hook_kind kind, u32 key, const void *ctx,
			     struct run_ctx *run)
{
	struct hook *hook = hook_peek(table, kind, key);

	if (hook_fires(hook))
		hook_run(hook, ctx, run);
}

#endif

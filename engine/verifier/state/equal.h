/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a state that was verified before covers the one at hand: every way on from `cur` is a way on from `old`. The compare
 * is field by field; identities are matched through a map (an id of old corresponds to one id of cur, and back).
 */
#ifndef SKEP_STATE_EQUAL_H
#define SKEP_STATE_EQUAL_H

#include "engine/verifier/state/state.h"

#define IDMAP_SIZE ((REG_MAX + STACK_SLOTS) * FRAMES_MAX)

struct idmap {
	u32 cnt;
	u32 tmp_id; /* ids for scalars that have none: each is only equal to itself */
	struct {
		u32 old, cur;
	} pair[IDMAP_SIZE];
};

enum exact_level {
	NOT_EXACT,    /* scalars that decided nothing (imprecise in old) may differ */
	EXACT,        /* everything is the same: an infinite loop */
	RANGE_WITHIN, /* scalars of cur lie within those of old, precise or not */
};

struct equal_ctx {
	const u16 *live_regs; /* by insn: registers that are read before they are written */
	struct idmap *idmap;
	u32 first_tmp_id;     /* ids from here on are free for tmp_id */
};

bool states_equal(const struct equal_ctx *ctx, const struct verifier_state *old, const struct verifier_state *cur,
		  enum exact_level exact);
bool reg_within(struct idmap *idmap, const struct bpf_reg *old, const struct bpf_reg *cur, enum exact_level exact);
bool idmap_check(struct idmap *idmap, u32 old, u32 cur);
/* Insn at which frame i of the state stands: its own, or the call that it waits for. */
u32 state_frame_insn(const struct verifier_state *state, u32 i);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of the abstract machine on one path: call frames with registers and stack, acquired references, held locks; and how
 * the path came here (jump history since the parent state), which precision tracking walks back.
 *
 * Ownership: a state owns its frames, their stacks, its references and history. `parent` and `equal_state` are borrowed from
 * the search, which keeps a state alive while it has branches or children.
 */
#ifndef SKEP_STATE_H
#define SKEP_STATE_H

#include "engine/verifier/state/reg.h"

enum stack_type {
	STACK_INVALID, /* nothing was written here */
	STACK_SPILL,   /* part of a spilled register: slot->reg */
	STACK_MISC,    /* initialised, value not tracked */
	STACK_ZERO,    /* zero bytes */
	STACK_DYNPTR,
	STACK_ITER,
	STACK_IRQ_FLAG,
};

/* Eight bytes of stack. A spill of n < 8 bytes occupies the high-numbered entries of `type` (the low addresses): type[7] is
 * STACK_SPILL whenever slot->reg means something. */
struct stack_slot {
	struct bpf_reg reg;
	u8 type[REG_SIZE];
};

static inline int slot_off(u32 spi) /* offset from the frame pointer of a slot's lowest byte */
{
	return -(int)(spi + 1) * REG_SIZE;
}
static inline bool slot_is_spill(const struct stack_slot *slot)
{
	return slot->type[REG_SIZE - 1] == STACK_SPILL;
}
static inline bool slot_is_spilled_scalar(const struct stack_slot *slot)
{
	return slot_is_spill(slot) && slot->reg.type == SCALAR_VALUE;
}
/* The whole slot holds one scalar. */
static inline bool slot_is_scalar64(const struct stack_slot *slot)
{
	return slot->type[0] == STACK_SPILL && slot->reg.type == SCALAR_VALUE;
}

struct frame {
	struct bpf_reg regs[REG_MAX];
	u32 frameno;
	u32 subprog;
	s32 callsite;  /* insn of the call; -1 in the outermost frame */
	u32 callback_depth;
	u32 async_entry;
	s32 callback_ret_min, callback_ret_max;
	bool in_callback;
	bool in_async_callback;
	u32 slots;      /* of stack that are in use; slot 0 is fp-8 */
	u32 slots_cap;
	struct stack_slot *stack;
};

enum ref_type { REF_PTR, REF_LOCK };

struct reference {
	enum ref_type type;
	u32 id;       /* REF_LOCK: id of the value that holds the lock */
	u32 insn_idx; /* where it was acquired */
	const void *ptr; /* REF_LOCK: the map */
};

/* One step that was not plain fall-through, or that touched the stack through a pointer. */
struct history_entry {
	u32 idx;
	u32 prev_idx;
	u8 flags;  /* HISTORY_* */
	u8 spi;
	u8 frameno;
	u64 linked; /* packed set of registers with one scalar id (struct linked_regs), or 0 */
};
#define HISTORY_STACK_ACCESS 1 /* spi and frameno tell which slot */
#define HISTORY_DST_STACK 2    /* compared: a stack pointer, not a number */
#define HISTORY_SRC_STACK 4

struct verifier_state {
	struct frame *frame[FRAMES_MAX];
	u32 curframe;
	u32 insn_idx;
	struct reference *refs;
	u32 ref_cnt;
	u32 ref_cap;
	u32 active_locks;
	u32 lock_id;
	const void *lock_ptr;
	u32 active_preempt_locks;
	bool active_rcu_lock;
	bool in_sleepable;
	bool cleaned; /* dead registers and slots were forgotten */

	/* How the path came here. */
	struct verifier_state *parent;
	struct verifier_state *equal_state; /* of a back edge: the state that it was found equal to */
	u32 branches; /* paths from here that are not explored to their end */
	s32 first_insn_idx;
	s32 last_insn_idx;
	struct history_entry *history;
	u32 history_cnt;
	u32 history_cap;
	u32 dfs_depth;
	u32 callback_unroll_depth;
	u32 may_goto_depth;
};

static inline struct frame *state_frame(const struct verifier_state *state)
{
	return state->frame[state->curframe];
}
static inline struct bpf_reg *state_regs(const struct verifier_state *state)
{
	return state->frame[state->curframe]->regs;
}

struct frame *frame_new(s32 callsite, u32 frameno, u32 subprog); /* registers not initialised but r10 */
void frame_free(struct frame *frame);
/* Make slots up to `bytes` below the frame pointer exist; 0 or -ENOMEM. */
int frame_grow_stack(struct frame *frame, u32 bytes);

struct verifier_state *state_new(void); /* no frames */
void state_free(struct verifier_state *state); /* NULL is fine */
/* dst becomes as src; 0 or -ENOMEM. dst's memory is reused. */
int state_copy(struct verifier_state *dst, const struct verifier_state *src);
int state_push_history(struct verifier_state *state, const struct history_entry *entry);
static inline void state_clear_history(struct verifier_state *state)
{
	state->history_cnt = 0;
}

/* References. state_acquire: 0 or -ENOMEM; state_release: false when there is none with that id. */
int state_acquire(struct verifier_state *state, u32 id, u32 insn_idx);
bool state_release(struct verifier_state *state, u32 id);
const struct reference *state_find_ref(const struct verifier_state *state, u32 id);
int state_lock(struct verifier_state *state, u32 id, const void *ptr, u32 insn_idx);
bool state_unlock(struct verifier_state *state, u32 id, const void *ptr);

/* Every register of the state: those of frames and those spilled whole or in part. `each_reg` is called with closure. */
void state_for_each_reg(struct verifier_state *state, void (*each_reg)(struct bpf_reg *reg, void *closure), void *closure);

/* "R0=... fp-8=...\n" of one frame, preceded by " frame1:" but in frame 0. all, or only the registers and slots whose bits are set. */
void state_print(struct strbuf *sb, const struct verifier_state *state, u32 frameno, bool all, u32 regs, u64 slots);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one verification has at hand: the program, the log, the current state, and where the exploration stands. Rules see the
 * search only through struct search_ops.
 */
#ifndef SKEP_VERIFIER_ENV_H
#define SKEP_VERIFIER_ENV_H

#include "common/isa/insn.h"
#include "engine/types/prog_type.h"
#include "engine/verifier/insn_aux.h"
#include "engine/verifier/log.h"
#include "engine/verifier/reasons.h"
#include "engine/verifier/state/state.h"

#define FUNC_ARGS_MAX 5
#define MAX_VAR_OFF (1 << 29) /* farthest that a pointer may be moved */
#define MAX_VAR_SIZE (1 << 29)
#define MAX_PACKET_OFF 0xffff
#define MAX_USED_MAPS 64
#define COMPLEXITY_LIMIT_INSNS 1000000
#define COMPLEXITY_LIMIT_JMPS 8192
#define SUBPROGS_MAX 256
#define LINKED_REGS_MAX 6

/* What a function takes, as its BTF says. */
struct subprog_arg {
	u32 type; /* enum bpf_arg_type and flags: ARG_ANYTHING, ARG_PTR_TO_CTX, ARG_PTR_TO_MEM */
	u32 mem_size;
};

/* Of a function, what the verifier alone needs to know (the rest: struct bpf_subprog). */
struct subprog_info {
	u32 linfo_idx;
	bool args_known;
	bool args_bad;       /* BTF and calls do not agree */
	bool called;         /* global: some verified function calls it */
	bool changes_packet;
	bool might_sleep;
	bool tail_call_reachable;
	u32 arg_cnt;
	struct subprog_arg args[FUNC_ARGS_MAX];
};

/* Parts of a map's value that programs do not read and write as bytes: locks, timers, kernel pointers, list and tree nodes. */
#define MAP_FIELDS_MAX 16
struct map_fields {
	u32 n;
	bool too_many;
	struct map_field {
		u32 off, size;
		const char *name;
	} f[MAP_FIELDS_MAX];
};

struct verifier_env;

struct search_ops {
	/* The value of a register of the current frame, or of a stack slot, decides something: mark it and what it came from
	 * precise on the way back. */
	int (*mark_precise)(struct verifier_env *env, u32 regno);
	int (*mark_slot_precise)(struct verifier_env *env, u32 frameno, u32 spi);
	/* Remember a copy of the current state to go on from insn_idx later; NULL: too complex, or no memory (env->push_err). */
	struct verifier_state *(*push_branch)(struct verifier_env *env, u32 insn_idx);
	/* The state before this insn on the way here that stands at the same insn, frame and call sites, or NULL. */
	struct verifier_state *(*previous_visit)(struct verifier_env *env, const struct verifier_state *state, u32 insn_idx);
	/* Slots of a frame's stack that this insn may read, or surely writes whole. */
	int (*stack_read)(struct verifier_env *env, u32 frameno, u64 slots);
	int (*stack_write)(struct verifier_env *env, u32 frameno, u64 slots);
	/* The set of frames changed: entered or left a function. */
	int (*stack_calls_changed)(struct verifier_env *env, bool leaving);
};

struct verifier_env {
	struct bpf_prog *prog;
	const struct verifier_opts *opts;
	struct verifier_log *log;
	struct skep_engine *engine;
	const struct btf *kernel_btf; /* NULL: this engine has none */
	const struct btf *prog_btf;   /* NULL: none was given */
	struct bpf_insn *insns;
	u32 insn_cnt;
	struct insn_aux *aux;
	u16 *live_regs; /* by insn: registers read before they are written */
	struct subprog_info *subprogs;
	struct map_fields *map_fields; /* by used map: its own, those of its inner maps */
	bool strict_alignment;
	bool test_state_freq;

	struct verifier_state *cur;
	s32 insn_idx;
	s32 prev_insn_idx;
	u32 id_gen;
	s32 cur_history; /* entry of the current insn in cur->history, or -1 */
	int push_err;

	const struct search_ops *search_ops;
	struct search *search;

	/* What the log shows of the next insn's effects. */
	u32 dirty_regs;
	u64 dirty_slots;
	u64 log_insn_pos;  /* stream position before and after the text of the insn */
	u64 log_insn_end;
	bool print_state;
	u32 prev_linfo;
	bool prev_linfo_set;

	u32 insns_processed;
	u32 max_states_per_insn;
	u32 total_states;
	u32 peak_states;
};

static inline struct bpf_reg *env_regs(const struct verifier_env *env)
{
	return state_regs(env->cur);
}
static inline struct bpf_reg *env_reg(const struct verifier_env *env, u32 regno)
{
	return &state_regs(env->cur)[regno];
}
static inline struct frame *env_frame(const struct verifier_env *env)
{
	return state_frame(env->cur);
}
static inline const struct bpf_insn *env_insn(const struct verifier_env *env)
{
	return &env->insns[env->insn_idx];
}
static inline struct insn_aux *env_aux(const struct verifier_env *env)
{
	return &env->aux[env->insn_idx];
}
static inline u32 env_new_id(struct verifier_env *env)
{
	return ++env->id_gen;
}
static inline int env_mark_precise(struct verifier_env *env, u32 regno)
{
	return env->search_ops->mark_precise(env, regno);
}
/* The frame that a PTR_TO_STACK register points into. */
static inline struct frame *env_stack_of(const struct verifier_env *env, const struct bpf_reg *reg)
{
	return env->cur->frame[reg->frameno];
}

/* map_fields.c: of a map that the program uses (or of one inside it). NULL: it has none. */
const struct map_fields *map_fields_of(const struct verifier_env *env, const struct bpf_map *map);
void map_fields_find(struct map_fields *fields, const struct bpf_map *map);

/* Note in the jump history that this insn touched a stack slot, or which registers it compared share an id. 0 or -ENOMEM. */
int env_note_stack_access(struct verifier_env *env, u32 frameno, u32 spi);
int env_note_linked(struct verifier_env *env, u64 linked);
int env_note_compare(struct verifier_env *env, u8 flags);
int env_note_jump(struct verifier_env *env);

static inline void env_dirty_reg(struct verifier_env *env, u32 regno)
{
	env->dirty_regs |= 1U << regno;
}
static inline void env_dirty_slot(struct verifier_env *env, u32 spi)
{
	env->dirty_slots |= 1ULL << spi;
}
static inline void env_dirty_all(struct verifier_env *env)
{
	env->dirty_regs = ~0U;
	env->dirty_slots = ~0ULL;
}

/* The log, where a level asks for it. */
void env_log_state(struct verifier_env *env, const struct verifier_state *state, u32 frameno, bool all);
void env_log_insn_state(struct verifier_env *env, const struct verifier_state *state, u32 frameno);
/* "; source line @ file.c:12\n", unless it is the line that was shown last. */
void env_log_line(struct verifier_env *env, u32 insn_idx, const char *prefix);
void env_log_insn(struct verifier_env *env, u32 insn_idx);
/* Name of a function of the program by its BTF, or "". */
const char *env_subprog_name(const struct verifier_env *env, u32 subprog);
/* Index of the subprog that starts at that insn, or -1; and of the one that holds it. */
s32 env_subprog_at(const struct verifier_env *env, u32 insn_idx);
u32 env_subprog_of(const struct verifier_env *env, u32 insn_idx);

#endif

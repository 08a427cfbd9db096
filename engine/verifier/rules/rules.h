/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One instruction and one state in, next state or verdict out. Each rule changes env->cur in place and returns 0 or the -errno of
 * its refusal; rules_apply() dispatches by instruction and says where the path goes on.
 */
#ifndef SKEP_VERIFIER_RULES_H
#define SKEP_VERIFIER_RULES_H

#include "engine/verifier/env.h"

enum step {
	STEP_NEXT,     /* at env->insn_idx, which the rule has advanced */
	STEP_PATH_END, /* the program's exit */
	STEP_RETURNED, /* left a function: env->insn_idx is where its caller goes on, no branch was seen */
};

/* Apply the instruction at env->insn_idx: enum step, or -errno. */
int rules_apply(struct verifier_env *env);

/* Operands (operand.c). */
int reg_use(struct verifier_env *env, u32 regno);            /* must be initialised */
int reg_define(struct verifier_env *env, u32 regno);         /* about to be written; keeps the contents */
int reg_define_unknown(struct verifier_env *env, u32 regno);
int reg_check_sane(struct verifier_env *env, struct bpf_reg *reg); /* bounds of an impossible branch become unknown */
/* Give a scalar that is copied an id, so that what is learnt of one copy holds for the other. */
void reg_share_id(struct verifier_env *env, struct bpf_reg *src);
u32 reg_width(const struct bpf_reg *reg);                    /* bits that can be set */
const char *tnum_text(struct tnum t, char *buf, size_t size);
#define TNUM_TEXT 64
#define TYPE_TEXT 96

/* alu.c, ptr_alu.c */
int rule_alu(struct verifier_env *env, const struct bpf_insn *insn);
const char *alu_op_text(const struct bpf_insn *insn); /* "+=" */
int alu_pointer(struct verifier_env *env, const struct bpf_insn *insn, const struct bpf_reg *ptr, const struct bpf_reg *off);

/* branch.c, packet_branch.c, null.c, linked.c */
int rule_cond_jmp(struct verifier_env *env, const struct bpf_insn *insn);
int rule_may_goto(struct verifier_env *env, const struct bpf_insn *insn);
enum branch_outcome packet_branch(u8 op, const struct bpf_reg *dst, const struct bpf_reg *src);
bool packet_learn(const struct bpf_insn *insn, struct bpf_reg *dst, struct bpf_reg *src, struct verifier_state *fall,
		  struct verifier_state *jump);
bool reg_not_null(const struct bpf_reg *reg);
void null_mark(struct verifier_state *state, u32 regno, bool is_null);
void null_lift(struct bpf_reg *reg);

/* Registers of a state that share a scalar id. */
struct linked_regs {
	u32 cnt;
	struct linked_reg {
		u8 frameno;
		bool is_reg;
		u8 no; /* register, or stack slot */
	} r[LINKED_REGS_MAX];
};
void linked_collect(const struct verifier_env *env, struct verifier_state *state, u32 id, struct linked_regs *set);
void linked_sync(struct verifier_state *state, const struct bpf_reg *known, const struct linked_regs *set);
u64 linked_pack(const struct linked_regs *set);
void linked_unpack(u64 packed, struct linked_regs *set);

/* Memory. off: of the insn; value_reg: register loaded or stored, or -1. access.c dispatches by region. */
struct mem_access {
	u32 regno; /* of the pointer */
	s32 off;
	u32 size;
	enum bpf_access_type type;
	s32 value_reg;
	bool strict_alignment;
	bool sign_extend;
};
int mem_access(struct verifier_env *env, const struct mem_access *a);
int rule_load(struct verifier_env *env, const struct bpf_insn *insn, bool sign_extend);
int rule_store(struct verifier_env *env, const struct bpf_insn *insn);
int rule_atomic(struct verifier_env *env, const struct bpf_insn *insn);
int note_ptr_type(struct verifier_env *env, u32 type, bool trust_may_differ);
/* region.c: [off, off + size) of a region of mem_size bytes, with the register's variable offset. */
int region_access(struct verifier_env *env, u32 regno, s64 off, u32 size, u32 mem_size, bool zero_ok);
int fixed_offset(struct verifier_env *env, const struct bpf_reg *reg, u32 regno, bool fixed_ok);
int check_alignment(struct verifier_env *env, const struct bpf_reg *reg, s64 off, u32 size, bool strict_once);
int map_value_access(struct verifier_env *env, u32 regno, s64 off, u32 size, bool zero_ok, enum bpf_access_type type);
int packet_access(struct verifier_env *env, u32 regno, s64 off, u32 size, bool zero_ok);
bool packet_access_allowed(const struct verifier_env *env, enum bpf_access_type type);
void packet_pointers_forget(struct verifier_env *env);

/* stack.c, stack_range.c */
int stack_access_bounds(struct verifier_env *env, u32 regno, s64 off, s64 size, enum bpf_access_type type);
int stack_load(struct verifier_env *env, const struct mem_access *a, s64 off);
int stack_store(struct verifier_env *env, const struct mem_access *a, s64 off);
void stack_read_bytes(struct verifier_env *env, const struct frame *frame, s64 min_off, s64 max_off, u32 dst);
/* What a helper reads from, or may write to, a stack buffer. raw: the helper only writes all of it (start is noted there). */
struct raw_buffer {
	bool wanted;
	bool used;
	u32 regno;
	u32 size;
};
int stack_range(struct verifier_env *env, u32 regno, s64 off, u32 size, bool zero_ok, enum bpf_access_type type,
		struct raw_buffer *raw);

/* btf_access.c, btf_walk.c */
int btf_pointer_access(struct verifier_env *env, const struct mem_access *a, s64 off);
/* The walk of one access; errors are logged. BTF_WALK_STRUCT is internal to it. */
enum btf_walk { BTF_WALK_SCALAR, BTF_WALK_PTR, BTF_WALK_PTR_DATA, BTF_WALK_STRUCT };
struct btf_walk_result {
	u32 id;           /* of the struct pointed to or entered */
	u32 flag;         /* PTR_UNTRUSTED, MEM_USER, MEM_PERCPU, MEM_RCU */
	const char *field;
};
int btf_walk_struct(struct verifier_env *env, const struct btf *btf, u32 id, u32 off, u32 size, struct btf_walk_result *res);
/* Whether a pointer to `id` at `off` is a pointer to `need` (the struct itself, or its first members). */
bool btf_struct_matches(struct verifier_env *env, const struct btf *btf, u32 id, u32 off, u32 need, bool strict);
bool reg_is_trusted(const struct bpf_reg *reg);

/* Calls. */
int rule_call(struct verifier_env *env, const struct bpf_insn *insn);
int call_helper(struct verifier_env *env, const struct bpf_insn *insn);
int call_subprog(struct verifier_env *env, const struct bpf_insn *insn);
int call_kfunc(struct verifier_env *env, const struct bpf_insn *insn);
int helper_mem(struct verifier_env *env, u32 regno, u32 size, enum bpf_access_type type, bool zero_ok, struct raw_buffer *raw);
int subprog_args_prepare(struct verifier_env *env, u32 subprog);
int subprog_args_check(struct verifier_env *env, u32 subprog);
typedef int (*callee_setup)(struct verifier_env *env, const struct frame *caller, struct frame *callee, u32 insn_idx);
int enter_function(struct verifier_env *env, struct verifier_state *state, u32 subprog, u32 insn_idx, callee_setup setup);
int push_callback(struct verifier_env *env, u32 subprog, callee_setup setup);
/* Scalars of cur that differ from old and decided nothing in either become unknown. */
void widen_imprecise(const struct verifier_state *old, struct verifier_state *cur);
/* A tail call, or a legacy load beyond the packet (zero: r0 = 0), ends the function here; the other way it goes on behind the insn. */
int function_ends_early(struct verifier_env *env, bool zero);
int return_from_function(struct verifier_env *env);
void caller_saved_forget(struct verifier_env *env, struct frame *frame);

/* exit.c, ld_imm.c, ld_abs.c, lock.c */
int rule_exit(struct verifier_env *env);
int check_leaks(struct verifier_env *env, bool program_ends, const char *what);
bool retval_within(struct bpf_retval_range range, const struct bpf_reg *reg);
int reject_retval(struct verifier_env *env, const struct bpf_reg *reg, struct bpf_retval_range range, const char *when,
		  const char *name);
int rule_ld_imm(struct verifier_env *env, const struct bpf_insn *insn);
int rule_ld_abs(struct verifier_env *env, const struct bpf_insn *insn);
/* Where the values of a map have their lock, or -1. */
s32 map_lock_off(const struct verifier_env *env, const struct bpf_map *map);
int lock_spin(struct verifier_env *env, u32 regno, bool lock);
int release_reference(struct verifier_env *env, u32 ref_obj_id);

#endif

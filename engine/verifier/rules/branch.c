/* SPDX-License-Identifier: BSD-2-Clause */
/* Conditional jumps: which ways are possible, and what each way teaches. */
#include <errno.h>

#include "engine/verifier/rules/rules.h"

static bool is_scalar(const struct bpf_reg *reg)
{
	return reg->type == SCALAR_VALUE;
}

static bool const_for(const struct bpf_reg *reg, bool is32)
{
	return is_scalar(reg) && (is32 ? scalar_is_const32(reg->val) : scalar_is_const(reg->val));
}

/* A pointer that cannot be null compared with 0. */
static enum branch_outcome pointer_branch(u8 op, bool is32, const struct bpf_reg *dst, const struct bpf_reg *src)
{
	const struct bpf_reg *ptr = is_scalar(dst) ? src : dst, *num = is_scalar(dst) ? dst : src;

	/* The low half of an address may be zero. */
	if (is32 || is_scalar(ptr) || !const_for(num, false) || num->val.var.value || !reg_not_null(ptr))
		return BRANCH_UNKNOWN;
	if (op == BPF_JEQ)
		return BRANCH_NEVER;
	return op == BPF_JNE ? BRANCH_ALWAYS : BRANCH_UNKNOWN;
}

static enum branch_outcome outcome(u8 op, bool is32, const struct bpf_reg *dst, const struct bpf_reg *src)
{
	if (type_is_pkt_any(dst->type) && type_is_pkt_any(src->type))
		return is32 ? BRANCH_UNKNOWN : packet_branch(op, dst, src);
	if (!is_scalar(dst) || !is_scalar(src))
		return pointer_branch(op, is32, dst, src);
	return scalar_branch(op, is32, dst->val, src->val);
}

bool reg_not_null(const struct bpf_reg *reg)
{
	u32 type = reg->type;

	if (type_may_be_null(type))
		return false;
	switch (base_type(type)) {
	case PTR_TO_SOCKET:
	case PTR_TO_TCP_SOCK:
	case PTR_TO_MAP_VALUE:
	case PTR_TO_MAP_KEY:
	case PTR_TO_SOCK_COMMON:
	case CONST_PTR_TO_MAP:
		return true;
	case PTR_TO_MEM:
		return !(type & PTR_UNTRUSTED);
	case PTR_TO_BTF_ID:
		return reg_is_trusted(reg);
	default:
		return false;
	}
}

/* The values of one way. A way that proves impossible is walked, too, with the bounds forgotten. A register compared with
 * itself learns in both places. */
static void learn_way(struct bpf_reg *dst, struct bpf_reg *src, u8 op, bool is32, bool taken)
{
	struct scalar_pair p = scalar_refine(op, is32, taken, dst->val, src->val);

	if (dst == src) {
		dst->val = scalar_meet(p.dst, p.src);
		return;
	}
	dst->val = p.dst;
	src->val = p.src;
}

/* Everything that the jump needs to know of its operands in one of the two states. */
struct operands {
	struct bpf_reg *dst, *src;
};

static void learn_scalars(const struct bpf_insn *insn, struct operands *fall, struct operands *jump)
{
	u8 op = BPF_OP(insn->code);
	bool is32 = insn_class(insn) == BPF_JMP32;

	if (!is_scalar(fall->dst) || !is_scalar(fall->src))
		return;
	learn_way(jump->dst, jump->src, op, is32, true);
	learn_way(fall->dst, fall->src, op, is32, false);
}

/* Two pointers are equal and one is not null: so neither is. */
static void learn_equal_pointers(const struct bpf_insn *insn, struct operands *fall, struct operands *jump)
{
	struct operands *eq = BPF_OP(insn->code) == BPF_JEQ ? jump : BPF_OP(insn->code) == BPF_JNE ? fall : NULL;
	u32 dst = fall->dst->type, src = fall->src->type;

	if (!eq || insn_class(insn) == BPF_JMP32 || BPF_SRC(insn->code) != BPF_X || !type_is_pointer(dst) || !type_is_pointer(src) ||
	    type_may_be_null(dst) == type_may_be_null(src) || base_type(dst) == PTR_TO_BTF_ID || base_type(src) == PTR_TO_BTF_ID)
		return;
	null_lift(type_may_be_null(src) ? eq->src : eq->dst);
}

static bool is_null_check(const struct bpf_insn *insn, const struct bpf_reg *dst)
{
	u8 op = BPF_OP(insn->code);

	return insn_class(insn) == BPF_JMP && BPF_SRC(insn->code) == BPF_K && !insn->imm && (op == BPF_JEQ || op == BPF_JNE) &&
	       type_may_be_null(dst->type);
}

static void log_branch(struct verifier_env *env)
{
	if (log_wants(env->log, LOG_LEVELS))
		env_log_insn_state(env, env->cur, env->cur->curframe);
}

/* The outcome is known: what it was known from decided something. */
static int known_outcome(struct verifier_env *env, const struct bpf_insn *insn, const struct bpf_reg *dst,
			 const struct bpf_reg *src, enum branch_outcome way)
{
	int err = 0;

	if (is_scalar(dst))
		err = env_mark_precise(env, insn->dst_reg);
	if (!err && BPF_SRC(insn->code) == BPF_X && is_scalar(src))
		err = env_mark_precise(env, insn->src_reg);
	if (err)
		return err;
	log_branch(env);
	env->insn_idx += way == BRANCH_ALWAYS ? insn->off + 1 : 1;
	return 0;
}

static int note_linked(struct verifier_env *env, const struct bpf_insn *insn, const struct bpf_reg *dst, const struct bpf_reg *src,
		       struct linked_regs *linked)
{
	if (BPF_SRC(insn->code) == BPF_X && is_scalar(src) && src->id)
		linked_collect(env, env->cur, src->id, linked);
	if (is_scalar(dst) && dst->id)
		linked_collect(env, env->cur, dst->id, linked);
	return linked->cnt > 1 ? env_note_linked(env, linked_pack(linked)) : 0;
}

static void sync_linked(const struct bpf_insn *insn, struct verifier_state *state, const struct operands *o,
			const struct linked_regs *linked)
{
	if (BPF_SRC(insn->code) == BPF_X && is_scalar(o->src) && o->src->id)
		linked_sync(state, o->src, linked);
	if (is_scalar(o->dst) && o->dst->id)
		linked_sync(state, o->dst, linked);
}

/* Both ways are possible: the jump is queued, the fall-through goes on. */
static int both_ways(struct verifier_env *env, const struct bpf_insn *insn, struct bpf_reg *dst, struct bpf_reg *src)
{
	struct bpf_reg imm_copy = *src;
	struct linked_regs linked = {0};
	struct operands fall = {dst, src}, jump;
	struct verifier_state *other;
	int err = note_linked(env, insn, dst, src, &linked);

	if (err)
		return err;
	other = env->search_ops->push_branch(env, (u32)(env->insn_idx + insn->off + 1));
	if (!other)
		return env->push_err;
	jump.dst = &state_regs(other)[insn->dst_reg];
	jump.src = BPF_SRC(insn->code) == BPF_X ? &state_regs(other)[insn->src_reg] : &imm_copy;
	learn_scalars(insn, &fall, &jump);
	sync_linked(insn, env->cur, &fall, &linked);
	sync_linked(insn, other, &jump, &linked);
	learn_equal_pointers(insn, &fall, &jump);
	if (is_null_check(insn, dst)) {
		null_mark(env->cur, insn->dst_reg, BPF_OP(insn->code) == BPF_JNE);
		null_mark(other, insn->dst_reg, BPF_OP(insn->code) == BPF_JEQ);
	} else {
		packet_learn(insn, dst, src, env->cur, other);
	}
	log_branch(env);
	env->insn_idx++;
	return 0;
}

int rule_cond_jmp(struct verifier_env *env, const struct bpf_insn *insn)
{
	struct bpf_reg imm = {0}, *dst, *src = &imm;
	enum branch_outcome way;
	u8 flags = 0;
	int err;

	err = reg_use(env, insn->dst_reg);
	if (!err && BPF_SRC(insn->code) == BPF_X)
		err = reg_use(env, insn->src_reg);
	if (err)
		return err;
	dst = env_reg(env, insn->dst_reg);
	if (BPF_SRC(insn->code) == BPF_X)
		src = env_reg(env, insn->src_reg);
	else
		reg_set_const(&imm, (u64)(s64)insn->imm);
	if (BPF_SRC(insn->code) == BPF_X) {
		flags |= dst->type == PTR_TO_STACK ? HISTORY_DST_STACK : 0;
		flags |= src->type == PTR_TO_STACK ? HISTORY_SRC_STACK : 0;
	}
	if (flags && env_note_compare(env, flags))
		return -ENOMEM;
	way = outcome(BPF_OP(insn->code), insn_class(insn) == BPF_JMP32, dst, src);
	if (way != BRANCH_UNKNOWN)
		return known_outcome(env, insn, dst, src, way);
	return both_ways(env, insn, dst, src);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Packet pointers compared with the end of the packet: how many bytes each way may be read. */
#include "engine/verifier/rules/rules.h"

static u8 flip(u8 op) /* a op b == b flip(op) a */
{
	switch (op) {
	case BPF_JGT:
		return BPF_JLT;
	case BPF_JLT:
		return BPF_JGT;
	case BPF_JGE:
		return BPF_JLE;
	case BPF_JLE:
		return BPF_JGE;
	default:
		return op;
	}
}

enum branch_outcome packet_branch(u8 op, const struct bpf_reg *dst, const struct bpf_reg *src)
{
	const struct bpf_reg *pkt = dst;

	if (dst->type == PTR_TO_PACKET_END) {
		pkt = src;
		op = flip(op);
	} else if (src->type != PTR_TO_PACKET_END) {
		return BRANCH_UNKNOWN;
	}
	if (!type_is_pkt(pkt->type) || pkt->range >= 0)
		return BRANCH_UNKNOWN;
	switch (op) {
	case BPF_JLE:
	case BPF_JGT:
		if (pkt->range == RANGE_BEYOND_PKT_END)
			return op == BPF_JGT ? BRANCH_ALWAYS : BRANCH_NEVER;
		return BRANCH_UNKNOWN;
	case BPF_JLT:
	case BPF_JGE:
		return op == BPF_JGE ? BRANCH_ALWAYS : BRANCH_NEVER;
	default:
		return BRANCH_UNKNOWN;
	}
}

struct grow {
	u32 type, id;
	s32 range;
};

static void grow_range(struct bpf_reg *reg, void *closure)
{
	const struct grow *g = closure;

	if (reg->type == g->type && reg->id == g->id)
		reg->range = max_of(reg->range, g->range);
}

/* ptr <= end (open: ptr < end, so that one byte more is there): all pointers of the same base may read that far. */
static void good_until(struct verifier_state *state, const struct bpf_reg *ptr, bool open)
{
	struct grow g = {.type = ptr->type, .id = ptr->id, .range = ptr->off + open};

	if (ptr->off < 0 || (!ptr->off && open))
		return;
	if (ptr->val.r.umax > MAX_PACKET_OFF || ptr->val.r.umax + (u64)ptr->off > MAX_PACKET_OFF)
		return;
	state_for_each_reg(state, grow_range, &g);
}

static void not_good(struct verifier_state *state, u32 regno, bool open)
{
	struct bpf_reg *reg = &state_regs(state)[regno];

	if (reg->type == PTR_TO_PACKET)
		reg->range = open ? RANGE_BEYOND_PKT_END : RANGE_AT_PKT_END;
}

static bool is_start(const struct bpf_reg *reg) /* the packet's first byte, unmoved */
{
	return reg->type == PTR_TO_PACKET && !reg->off && scalar_is_const(reg->val) && !reg->val.var.value;
}

/* data against end, or metadata against data. */
static bool comparable(const struct bpf_reg *ptr, const struct bpf_reg *end)
{
	return (ptr->type == PTR_TO_PACKET && end->type == PTR_TO_PACKET_END) || (ptr->type == PTR_TO_PACKET_META && is_start(end));
}

/* `if (ptr op end)` with the states where it holds and where it does not. */
static bool learn(u8 op, const struct bpf_reg *ptr, u32 regno, struct verifier_state *holds, struct verifier_state *fails)
{
	struct bpf_reg p = *ptr;

	switch (op) {
	case BPF_JGT:
		good_until(fails, &p, false);
		not_good(holds, regno, true);
		return true;
	case BPF_JLT:
		good_until(holds, &p, true);
		not_good(fails, regno, false);
		return true;
	case BPF_JGE:
		good_until(fails, &p, true);
		not_good(holds, regno, false);
		return true;
	case BPF_JLE:
		good_until(holds, &p, false);
		not_good(fails, regno, true);
		return true;
	default:
		return false;
	}
}

bool packet_learn(const struct bpf_insn *insn, struct bpf_reg *dst, struct bpf_reg *src, struct verifier_state *fall,
		  struct verifier_state *jump)
{
	u8 op = BPF_OP(insn->code);

	if (BPF_SRC(insn->code) != BPF_X || insn_class(insn) == BPF_JMP32)
		return false;
	if (comparable(dst, src))
		return learn(op, dst, insn->dst_reg, jump, fall);
	if (comparable(src, dst))
		return learn(flip(op), src, insn->src_reg, jump, fall);
	return false;
}

static void forget(struct bpf_reg *reg, void *closure)
{
	(void)closure;
	if (type_is_pkt_any(reg->type)) {
		/* A spilled one leaves nothing but bytes; its slot keeps the marks. */
		reg_set_unknown(reg);
	}
}

void packet_pointers_forget(struct verifier_env *env)
{
	state_for_each_reg(env->cur, forget, NULL);
}

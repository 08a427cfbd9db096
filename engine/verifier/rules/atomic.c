/* SPDX-License-Identifier: BSD-2-Clause */
/* Atomic operations: read-modify-write, load-acquire, store-release. */
#include "engine/verifier/rules/rules.h"

/* Contexts and packets are not what they seem at run time: no atomics there. */
static bool may_be_atomic(u32 type)
{
	switch (base_type(type)) {
	case PTR_TO_CTX:
	case PTR_TO_PACKET:
	case PTR_TO_PACKET_META:
	case PTR_TO_FLOW_KEYS:
	case PTR_TO_SOCKET:
	case PTR_TO_SOCK_COMMON:
	case PTR_TO_TCP_SOCK:
	case PTR_TO_XDP_SOCK:
		return false;
	default:
		return true;
	}
}

static int check_pointer(struct verifier_env *env, u32 regno, const char *how)
{
	u32 type = env_reg(env, regno)->type;
	char name[TYPE_TEXT];

	if (may_be_atomic(type))
		return 0;
	return reject(env, ATOMIC_TYPE, how, regno, reg_type_name(type, name, sizeof(name)));
}

static int rule_rmw(struct verifier_env *env, const struct bpf_insn *insn)
{
	struct mem_access a = {.regno = insn->dst_reg,
			       .off = insn->off,
			       .size = insn_size_bytes(insn->code),
			       .type = BPF_READ,
			       .value_reg = -1,
			       .strict_alignment = true};
	u32 type;
	int err;

	err = reg_use(env, insn->src_reg);
	if (!err)
		err = reg_use(env, insn->dst_reg);
	if (!err && insn->imm == BPF_CMPXCHG)
		err = reg_use(env, BPF_REG_0);
	if (!err)
		err = check_pointer(env, insn->dst_reg, "stores");
	if (err)
		return err;
	type = env_reg(env, insn->dst_reg)->type;
	err = mem_access(env, &a);
	if (!err && (insn->imm & BPF_FETCH)) {
		a.value_reg = insn->imm == BPF_CMPXCHG ? BPF_REG_0 : insn->src_reg;
		err = reg_define(env, (u32)a.value_reg);
		if (!err)
			err = mem_access(env, &a);
		a.value_reg = -1;
	}
	a.type = BPF_WRITE;
	if (!err)
		err = mem_access(env, &a);
	return err ? err : note_ptr_type(env, type, false);
}

int rule_atomic(struct verifier_env *env, const struct bpf_insn *insn)
{
	int err = 0;

	switch (insn->imm) {
	case BPF_LOAD_ACQ:
		if (insn->src_reg < REG_MAX && env_reg(env, insn->src_reg)->type != NOT_INIT)
			err = check_pointer(env, insn->src_reg, "loads");
		return err ? err : rule_load(env, insn, false);
	case BPF_STORE_REL:
		if (insn->dst_reg < REG_MAX && env_reg(env, insn->dst_reg)->type != NOT_INIT)
			err = check_pointer(env, insn->dst_reg, "stores");
		return err ? err : rule_store(env, insn);
	default:
		return rule_rmw(env, insn);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* 64-bit immediates: numbers, maps and their values, kernel variables, functions. The pre-pass resolved what they name. */
#include "common/btf/btf.h"
#include "engine/maps/map.h"
#include "engine/verifier/rules/rules.h"

/* A variable of the engine's kernel: a struct, or memory of its size. */
static int load_var(struct verifier_env *env, struct bpf_reg *dst)
{
	const struct insn_aux *aux = env_aux(env);
	const struct btf_type *var = btf_type(env->kernel_btf, aux->btf_id), *t;
	u32 percpu = 0, id;
	s64 size;

	t = btf_resolve(env->kernel_btf, var->type, &id);
	if (t && btf_is_composite(t)) {
		reg_set_pointer(dst, PTR_TO_BTF_ID | percpu);
		dst->btf = env->kernel_btf;
		dst->btf_id = id;
		return 0;
	}
	size = t ? btf_size(env->kernel_btf, id) : -1;
	if (size < 0 || size > UINT32_MAX)
		return reject(env, VAR_SIZE, btf_name(env->kernel_btf, aux->btf_id));
	reg_set_pointer(dst, PTR_TO_MEM | MEM_RDONLY);
	dst->mem_size = (u32)size;
	return 0;
}

static int load_func(struct verifier_env *env, struct bpf_reg *dst)
{
	u32 subprog = env_aux(env)->subprog;

	if (!env->prog->func_info_cnt)
		return reject(env, CALLBACK_NO_BTF);
	if (env->prog->subprogs[subprog].is_global)
		return reject(env, CALLBACK_NOT_STATIC);
	reg_set_pointer(dst, PTR_TO_FUNC);
	dst->subprog = subprog;
	return 0;
}

static int load_map(struct verifier_env *env, struct bpf_reg *dst, bool value)
{
	const struct insn_aux *aux = env_aux(env);

	reg_set_pointer(dst, value ? PTR_TO_MAP_VALUE : CONST_PTR_TO_MAP);
	dst->map = aux->map;
	if (value) {
		dst->off = (s32)aux->map_off;
		if (map_lock_off(env, aux->map) >= 0)
			dst->id = env_new_id(env);
	}
	return 0;
}

int rule_ld_imm(struct verifier_env *env, const struct bpf_insn *insn)
{
	struct bpf_reg *dst;
	int err = reg_define(env, insn->dst_reg);

	if (err)
		return err;
	dst = env_reg(env, insn->dst_reg);
	switch (insn->src_reg) {
	case 0:
		reg_set_const(dst, insn_imm64(insn));
		return 0;
	case BPF_PSEUDO_BTF_ID:
		return load_var(env, dst);
	case BPF_PSEUDO_FUNC:
		return load_func(env, dst);
	case BPF_PSEUDO_MAP_VALUE:
	case BPF_PSEUDO_MAP_IDX_VALUE:
		return load_map(env, dst, true);
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_IDX:
		return load_map(env, dst, false);
	default:
		return reject(env, LD_IMM_KIND);
	}
}

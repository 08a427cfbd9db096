/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of kernel functions: none is offered to programs yet, so that each is refused by its name. */
#include "common/btf/btf.h"
#include "engine/verifier/rules/rules.h"

int call_kfunc(struct verifier_env *env, const struct bpf_insn *insn)
{
	const struct btf_type *t = env->kernel_btf && !insn->off ? btf_type(env->kernel_btf, (u32)insn->imm) : NULL;

	if (!t || btf_kind(t) != BTF_KIND_FUNC)
		return reject(env, KFUNC_ID, insn->imm);
	return reject(env, KFUNC_NOT_ALLOWED, btf_str(env->kernel_btf, t->name_off));
}

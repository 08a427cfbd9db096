/* SPDX-License-Identifier: BSD-2-Clause */
/* What functions take, as their BTF prototypes say: numbers, the context, memory of a known size. */
#include <errno.h>
#include <string.h>

#include "common/btf/btf.h"
#include "engine/verifier/rules/rules.h"

enum arg_tag { TAG_CTX = 1, TAG_NONNULL = 2, TAG_NULLABLE = 4, TAG_OTHER = 8 };

static const struct {
	const char *name;
	u32 tag;
} arg_tags[] = {
	{"arg:ctx", TAG_CTX},         {"arg:nonnull", TAG_NONNULL}, {"arg:nullable", TAG_NULLABLE}, {"arg:trusted", TAG_OTHER},
	{"arg:untrusted", TAG_OTHER}, {"arg:arena", TAG_OTHER},
};

/* Tags of parameter `arg` of the function, or -errno. */
static int find_tags(struct verifier_env *env, u32 func_id, u32 arg, bool global)
{
	const struct btf *btf = env->prog_btf;
	u32 n = btf_count(btf), tags = 0;

	for (u32 id = btf_base_count(btf); id < n; id++) {
		const struct btf_type *t = btf_type(btf, id);
		const char *name;
		u32 i;

		if (!t || btf_kind(t) != BTF_KIND_DECL_TAG || t->type != func_id)
			continue;
		if (((const struct btf_decl_tag *)btf_payload(t))->component_idx != (s32)arg)
			continue;
		name = btf_str(btf, t->name_off);
		if (strncmp(name, "arg:", 4))
			continue;
		if (!global)
			return reject(env, ARG_TAG_STATIC, arg);
		for (i = 0; i < ARRAY_SIZE(arg_tags) && strcmp(name, arg_tags[i].name); i++)
			;
		if (i == ARRAY_SIZE(arg_tags) || arg_tags[i].tag == TAG_OTHER)
			return reject(env, ARG_TAG_UNKNOWN, arg);
		tags |= arg_tags[i].tag;
	}
	return (int)tags;
}

/* Whether the pointer is to what programs of this type are given. kprobes have two names for it. */
static bool is_ctx_pointer(struct verifier_env *env, const struct btf_type *ptr)
{
	static const char user_regs[] = "bpf_user_pt_regs_t";
	const char *want = env->prog->ops->ctx_struct;
	bool kprobe = env->prog->type == BPF_PROG_TYPE_KPROBE;
	const struct btf_type *t = btf_skip_mods(env->prog_btf, ptr->type, NULL);

	if (!want || !t)
		return false;
	if (kprobe && btf_kind(t) == BTF_KIND_TYPEDEF && !strcmp(btf_str(env->prog_btf, t->name_off), user_regs))
		return true;
	t = btf_resolve(env->prog_btf, ptr->type, NULL);
	if (!t || btf_kind(t) != BTF_KIND_STRUCT)
		return false;
	return !strcmp(btf_str(env->prog_btf, t->name_off), want) ||
	       (kprobe && !strcmp(btf_str(env->prog_btf, t->name_off), user_regs));
}

static int pointer_arg(struct verifier_env *env, u32 no, const struct btf_type *ptr, u32 tags, bool global, struct subprog_arg *arg)
{
	const struct btf *btf = env->prog_btf;
	const struct btf_type *t;
	u32 id;
	s64 size;

	if ((tags & TAG_CTX) || is_ctx_pointer(env, ptr)) {
		if (tags & ~(u32)TAG_CTX)
			return reject(env, ARG_TAG_SET, no);
		arg->type = ARG_PTR_TO_CTX;
		return 0;
	}
	if (!global)
		return -EINVAL;
	if ((tags & TAG_NONNULL) && (tags & TAG_NULLABLE))
		return reject(env, ARG_TAG_SET, no);
	t = btf_resolve(btf, ptr->type, &id);
	size = t ? btf_size(btf, id) : -EINVAL;
	if (size < 0 || size > UINT32_MAX) {
		const char *kind = t ? btf_kind_name(btf_kind(t)) : "UNKN";

		return reject(env, ARG_SIZE_UNKNOWN, no, kind, t ? btf_str(btf, t->name_off) : "", (long)-EINVAL);
	}
	arg->type = ARG_PTR_TO_MEM | (tags & TAG_NONNULL ? 0U : (u32)PTR_MAYBE_NULL);
	arg->mem_size = (u32)size;
	return 0;
}

static bool is_number(const struct btf_type *t)
{
	return t && (btf_kind(t) == BTF_KIND_INT || btf_kind(t) == BTF_KIND_ENUM || btf_kind(t) == BTF_KIND_ENUM64);
}

static int prepare_arg(struct verifier_env *env, u32 subprog, const struct btf_type *func, u32 no, u32 type_id)
{
	const struct btf *btf = env->prog_btf;
	bool global = env->prog->subprogs[subprog].is_global;
	struct subprog_arg *arg = &env->subprogs[subprog].args[no];
	const struct btf_type *t = btf_resolve(btf, type_id, NULL);
	int tags = find_tags(env, env->prog->subprogs[subprog].btf_func_id, no, global);

	if (tags < 0)
		return tags;
	if (t && btf_kind(t) == BTF_KIND_PTR)
		return pointer_arg(env, no, t, (u32)tags, global, arg);
	if (tags)
		return reject(env, ARG_TAG_NOT_PTR, no);
	if (is_number(t)) {
		arg->type = ARG_ANYTHING;
		return 0;
	}
	if (!global)
		return -EINVAL;
	return reject(env, ARG_UNSUPPORTED, no, btf_kind_name(t ? btf_kind(t) : 0), btf_str(btf, func->name_off));
}

int subprog_args_prepare(struct verifier_env *env, u32 subprog)
{
	struct subprog_info *info = &env->subprogs[subprog];
	const struct bpf_subprog *sub = &env->prog->subprogs[subprog];
	const struct btf_type *func, *proto;
	const char *name;
	int err = 0;

	if (info->args_known)
		return 0;
	if (!sub->btf_func_id || !env->prog_btf)
		return -EINVAL;
	func = btf_type(env->prog_btf, sub->btf_func_id);
	name = btf_str(env->prog_btf, func->name_off);
	proto = btf_type(env->prog_btf, func->type);
	if (btf_vlen(proto) > FUNC_ARGS_MAX)
		return sub->is_global ? reject(env, GLOBAL_TOO_MANY_ARGS, name, btf_vlen(proto), FUNC_ARGS_MAX) : -EINVAL;
	if (!is_number(btf_resolve(env->prog_btf, proto->type, NULL)))
		return sub->is_global ? reject(env, GLOBAL_RETURN_TYPE, name) : -EINVAL;
	for (u32 i = 0; i < btf_vlen(proto) && !err; i++)
		err = prepare_arg(env, subprog, func, i, btf_params(proto)[i].type);
	if (err)
		return err;
	info->arg_cnt = btf_vlen(proto);
	info->args_known = true;
	return 0;
}

/* A buffer that a function may read and write. */
static int check_mem_arg(struct verifier_env *env, u32 regno, u32 size)
{
	struct bpf_reg *reg = env_reg(env, regno), saved = *reg;
	int err;

	if (reg_is_null(reg))
		return 0;
	/* Within the function null is checked again: here the pointer counts as if it was one. */
	if (type_may_be_null(reg->type))
		null_lift(reg);
	err = helper_mem(env, regno, size, BPF_READ, true, NULL);
	if (!err)
		err = helper_mem(env, regno, size, BPF_WRITE, true, NULL);
	*env_reg(env, regno) = saved;
	return err && err != -ENOMEM ? -EINVAL : err;
}

static int check_arg(struct verifier_env *env, u32 no, const struct subprog_arg *arg)
{
	const struct bpf_reg *reg = env_reg(env, BPF_REG_1 + no);
	int err;

	switch (base_type(arg->type)) {
	case ARG_ANYTHING:
		return reg->type == SCALAR_VALUE ? 0 : reject(env, ARG_NOT_SCALAR, BPF_REG_1 + no);
	case ARG_PTR_TO_CTX:
		if (reg->type != PTR_TO_CTX)
			return reject(env, ARG_NOT_CTX, no);
		return fixed_offset(env, reg, BPF_REG_1 + no, false);
	default:
		err = check_mem_arg(env, BPF_REG_1 + no, arg->mem_size);
		if (!err && !(arg->type & PTR_MAYBE_NULL) && (type_may_be_null(reg->type) || reg_is_null(reg)))
			err = reject(env, ARG_NULL, no);
		return err;
	}
}

int subprog_args_check(struct verifier_env *env, u32 subprog)
{
	struct subprog_info *info = &env->subprogs[subprog];
	bool global = env->prog->subprogs[subprog].is_global;
	int err;

	if (info->args_bad)
		return -EINVAL;
	err = subprog_args_prepare(env, subprog);
	for (u32 i = 0; i < info->arg_cnt && !err; i++)
		err = check_arg(env, i, &info->args[i]);
	/* Compilers change static functions under their prototypes: that only means not to rely on these. */
	if (err && err != -ENOMEM)
		info->args_bad = true;
	if (err && !global && env->log->reason)
		env->log->reason = REASON_NONE;
	return err;
}

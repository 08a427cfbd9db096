/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads through pointers to the engine's kernel types, and how far the pointers that they yield are trusted. */
#include <errno.h>
#include <string.h>

#include "common/btf/btf.h"
#include "engine/verifier/rules/rules.h"

/* Members that are as trusted as the struct that holds them (RCU: while the program is in a read section, as programs that do
 * not sleep always are), and whether they may be NULL. Names are those of the kernel's own list. */
static const struct trust {
	const char *type, *member;
	u32 flag;
} trusts[] = {
	{"task_struct", "cpus_ptr", MEM_RCU},
	{"task_struct", "cgroups", MEM_RCU},
	{"task_struct", "real_parent", MEM_RCU},
	{"task_struct", "group_leader", MEM_RCU},
	{"cgroup", "kn", MEM_RCU},
	{"css_set", "dfl_cgrp", MEM_RCU},
	{"cgroup_subsys_state", "cgroup", MEM_RCU},
	{"mm_struct", "exe_file", MEM_RCU | PTR_MAYBE_NULL},
	{"sk_buff", "sk", MEM_RCU | PTR_MAYBE_NULL},
	{"request_sock", "sk", MEM_RCU | PTR_MAYBE_NULL},
	{"bpf_iter_meta", "seq", PTR_TRUSTED},
	{"bpf_iter__task", "meta", PTR_TRUSTED},
	{"bpf_iter__task", "task", PTR_TRUSTED},
	{"linux_binprm", "file", PTR_TRUSTED},
	{"file", "f_inode", PTR_TRUSTED},
	{"socket", "sk", PTR_TRUSTED | PTR_MAYBE_NULL},
	{"dentry", "d_inode", PTR_TRUSTED | PTR_MAYBE_NULL},
	{"vm_area_struct", "vm_mm", PTR_TRUSTED | PTR_MAYBE_NULL},
	{"vm_area_struct", "vm_file", PTR_TRUSTED | PTR_MAYBE_NULL},
};

static const struct trust *find_trust(const char *type, const char *member)
{
	for (u32 i = 0; i < ARRAY_SIZE(trusts); i++)
		if (!strcmp(trusts[i].type, type) && member && !strcmp(trusts[i].member, member))
			return &trusts[i];
	return NULL;
}

bool reg_is_trusted(const struct bpf_reg *reg)
{
	return reg->ref_obj_id || ((reg->type & PTR_TRUSTED) && !(reg->type & ~(u32)(BPF_BASE_TYPE_MASK | PTR_TRUSTED | MEM_ALLOC)));
}

static bool is_rcu(const struct bpf_reg *reg)
{
	return reg->type & MEM_RCU;
}

static bool in_rcu_section(const struct verifier_env *env)
{
	return env->cur->active_rcu_lock || !env->cur->in_sleepable;
}

/* Flags of a pointer that was loaded from a struct that `reg` points to. */
static u32 loaded_flags(const struct verifier_env *env, const struct bpf_reg *reg, const char *type,
			const struct btf_walk_result *res)
{
	const struct trust *t = find_trust(type, res->field);
	u32 flag = res->flag;

	if (reg->type & PTR_UNTRUSTED)
		return PTR_UNTRUSTED;
	if (!reg_is_trusted(reg) && !is_rcu(reg))
		return flag & ~(u32)(PTR_TRUSTED | MEM_RCU);
	if (t && (t->flag & PTR_TRUSTED))
		return flag | t->flag;
	if (!in_rcu_section(env) || type_may_be_null(reg->type))
		return PTR_UNTRUSTED;
	if (t) {
		if (t->flag & PTR_MAYBE_NULL)
			flag &= ~(u32)PTR_UNTRUSTED;
		return flag | t->flag;
	}
	if (flag & MEM_RCU)
		return flag | PTR_MAYBE_NULL;
	if (flag & (MEM_PERCPU | MEM_USER))
		return flag;
	return flag & ~(u32)(PTR_TRUSTED | MEM_RCU);
}

static void load_btf_pointer(struct verifier_env *env, struct bpf_reg *dst, const struct btf *btf, u32 id, u32 flag)
{
	reg_set_pointer(dst, PTR_TO_BTF_ID | flag);
	dst->btf = btf;
	dst->btf_id = id;
	if (flag & PTR_MAYBE_NULL)
		dst->id = env_new_id(env);
}

static int check_pointer(struct verifier_env *env, const struct mem_access *a, const struct bpf_reg *reg, s64 off, const char *name)
{
	char var[TNUM_TEXT];

	if (!env->prog->gpl_compatible)
		return reject(env, BTF_GPL, name);
	if (off < 0)
		return reject(env, BTF_NEGATIVE, a->regno, name, (int)off);
	if (!scalar_is_const(reg->val) || reg->val.var.value)
		return reject(env, BTF_VARIABLE, a->regno, name, (int)off, tnum_text(reg->val.var, var, sizeof(var)));
	if (reg->type & MEM_USER)
		return reject(env, BTF_USER, a->regno, name, (int)off);
	if (reg->type & MEM_PERCPU)
		return reject(env, BTF_PERCPU, a->regno, name, (int)off);
	if (a->type != BPF_READ)
		return reject(env, BTF_WRITE);
	return 0;
}

int btf_pointer_access(struct verifier_env *env, const struct mem_access *a, s64 off)
{
	const struct bpf_reg reg = *env_reg(env, a->regno);
	const char *name = btf_name(reg.btf, reg.btf_id);
	struct btf_walk_result res;
	struct bpf_reg *dst;
	int what;

	what = check_pointer(env, a, &reg, off, name);
	if (what)
		return what;
	what = btf_walk_struct(env, reg.btf, reg.btf_id, (u32)off, a->size, &res);
	if (what < 0 || a->value_reg < 0)
		return what < 0 ? what : 0;
	dst = env_reg(env, (u32)a->value_reg);
	switch (what) {
	case BTF_WALK_PTR:
		load_btf_pointer(env, dst, reg.btf, res.id, loaded_flags(env, &reg, name, &res));
		return 0;
	case BTF_WALK_PTR_DATA:
		reg_set_pointer(dst, PTR_TO_MEM | MEM_RDONLY | PTR_UNTRUSTED);
		return 0;
	default:
		reg_set_unknown(dst);
		return 0;
	}
}

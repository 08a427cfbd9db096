/* SPDX-License-Identifier: BSD-2-Clause */
/* What a helper promises of r0. */
#include <errno.h>

#include "common/btf/btf.h"
#include "engine/engine.h"
#include "engine/maps/map.h"
#include "engine/verifier/rules/helper.h"

#define MAX_ERRNO 4095

bool helper_acquires(u32 id)
{
	switch (id) {
	case BPF_FUNC_sk_lookup_tcp:
	case BPF_FUNC_sk_lookup_udp:
	case BPF_FUNC_skc_lookup_tcp:
	case BPF_FUNC_ringbuf_reserve:
	case BPF_FUNC_kptr_xchg:
		return true;
	default:
		return false;
	}
}

static void ret_map_value(struct verifier_env *env, const struct helper_call *call, struct bpf_reg *r0, u32 flag)
{
	if (call->id == BPF_FUNC_map_lookup_elem && call->const_key >= 0 && call->const_key < call->map->max_entries &&
	    (call->map->type == BPF_MAP_TYPE_ARRAY || call->map->type == BPF_MAP_TYPE_PERCPU_ARRAY))
		flag &= ~(u32)PTR_MAYBE_NULL;
	reg_set_pointer(r0, PTR_TO_MAP_VALUE | flag);
	r0->map = call->map;
	r0->map_uid = call->map_uid;
	if (!(flag & PTR_MAYBE_NULL) && call->map->spin_lock_off >= 0)
		r0->id = env_new_id(env);
}

static int ret_btf(struct verifier_env *env, const struct helper_call *call, struct bpf_reg *r0, u32 flag)
{
	const char *name = call->proto->ret_btf_name;
	s32 id = name && env->kernel_btf ? btf_find(env->kernel_btf, name, BTF_KIND_STRUCT) : -ENOENT;

	if (id < 0)
		return reject(env, RET_BTF, flag, call->name, call->id);
	reg_set_pointer(r0, PTR_TO_BTF_ID | flag);
	r0->btf = env->kernel_btf;
	r0->btf_id = (u32)id;
	return 0;
}

/* A per-CPU variable: memory, or a struct by its type. */
static int ret_mem_or_btf(struct verifier_env *env, const struct helper_call *call, struct bpf_reg *r0, u32 flag)
{
	const struct btf_type *t = btf_resolve(call->ret_btf, call->ret_btf_id, NULL);
	s64 size = btf_size(call->ret_btf, call->ret_btf_id);

	if (!t || size < 0)
		return reject(env, RET_SIZE, call->name);
	if (btf_is_composite(t)) {
		reg_set_pointer(r0, PTR_TO_BTF_ID | (flag & ~(u32)MEM_RDONLY));
		r0->btf = call->ret_btf;
		r0->btf_id = call->ret_btf_id;
	} else {
		reg_set_pointer(r0, PTR_TO_MEM | flag);
		r0->mem_size = (u32)size;
	}
	return 0;
}

/* Numbers that lie within known bounds. */
static void refine_integer(struct verifier_env *env, const struct helper_call *call, struct bpf_reg *r0)
{
	switch (call->id) {
	case BPF_FUNC_get_stack:
	case BPF_FUNC_get_task_stack:
	case BPF_FUNC_probe_read_str:
	case BPF_FUNC_probe_read_kernel_str:
	case BPF_FUNC_probe_read_user_str:
		r0->val.r.smax = (s64)call->size_max;
		r0->val.w.smax = (s32)call->size_max;
		r0->val.r.smin = -MAX_ERRNO;
		r0->val.w.smin = -MAX_ERRNO;
		r0->val = scalar_sync(r0->val);
		break;
	case BPF_FUNC_get_smp_processor_id:
		r0->val = scalar_urange(0, env->engine->nr_cpus - 1);
		break;
	default:
		break;
	}
}

static int ret_value(struct verifier_env *env, const struct helper_call *call, struct bpf_reg *r0)
{
	u32 type = call->proto->ret_type, flag = type_flag(type);

	switch (base_type(type)) {
	case RET_INTEGER:
		reg_set_unknown(r0);
		refine_integer(env, call, r0);
		return 0;
	case RET_VOID:
		reg_set_not_init(r0);
		return 0;
	case RET_PTR_TO_MAP_VALUE:
		if (!call->map)
			return reject(env, HELPER_CONTRACT, call->name, call->id);
		ret_map_value(env, call, r0, flag);
		return 0;
	case RET_PTR_TO_MEM:
		reg_set_pointer(r0, PTR_TO_MEM | flag);
		r0->mem_size = call->mem_size;
		return 0;
	case RET_PTR_TO_SOCKET:
		reg_set_pointer(r0, PTR_TO_SOCKET | flag);
		return 0;
	case RET_PTR_TO_SOCK_COMMON:
		reg_set_pointer(r0, PTR_TO_SOCK_COMMON | flag);
		return 0;
	case RET_PTR_TO_TCP_SOCK:
		reg_set_pointer(r0, PTR_TO_TCP_SOCK | flag);
		return 0;
	case RET_PTR_TO_MEM_OR_BTF_ID:
		return ret_mem_or_btf(env, call, r0, flag);
	case RET_PTR_TO_BTF_ID:
		return ret_btf(env, call, r0, flag);
	default:
		return reject(env, HELPER_CONTRACT, call->name, call->id);
	}
}

int helper_result(struct verifier_env *env, struct helper_call *call)
{
	struct bpf_reg *r0 = env_reg(env, BPF_REG_0);
	int err = ret_value(env, call, r0);

	r0->subreg_def = SUBREG_DEF_NONE;
	if (err)
		return err;
	if (type_may_be_null(r0->type))
		r0->id = env_new_id(env);
	if (helper_acquires(call->id)) {
		u32 id = env_new_id(env);

		if (state_acquire(env->cur, id, (u32)env->insn_idx))
			return -ENOMEM;
		r0->id = id;
		r0->ref_obj_id = id;
	}
	return 0;
}

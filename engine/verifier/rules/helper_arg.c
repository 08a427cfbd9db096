/* SPDX-License-Identifier: BSD-2-Clause */
/* Arguments of helpers: for each kind of the contract language, which registers fit and what else is checked. */
#include <errno.h>
#include <string.h>

#include "common/btf/btf.h"
#include "common/util/strbuf.h"
#include "engine/maps/map.h"
#include "engine/verifier/rules/helper.h"

struct arg {
	u32 regno;
	u32 type; /* enum bpf_arg_type and flags */
	u32 no;   /* 0 .. 4 */
	struct bpf_reg *reg;
};

struct arg_kind {
	u32 types[12]; /* registers that fit, ended by NOT_INIT; none: the kind is not taken */
	int (*check)(struct verifier_env *env, struct helper_call *call, const struct arg *arg);
};

static bool is_release(u32 type)
{
	return type & OBJ_RELEASE;
}

static enum bpf_access_type access_of(u32 type)
{
	return type & (MEM_WRITE | MEM_UNINIT) ? BPF_WRITE : BPF_READ;
}

static int arg_map(struct verifier_env *env, struct helper_call *call, const struct arg *arg)
{
	(void)env;
	call->map = arg->reg->map;
	call->map_uid = arg->reg->map_uid;
	return 0;
}

/* Lookups in arrays at a known index within bounds cannot fail. */
static int const_key(struct verifier_env *env, struct helper_call *call, const struct bpf_reg *key)
{
	const struct stack_slot *slot;
	u32 byte, zeros = 0, spilled = 0;
	s64 off;
	int err;

	call->const_key = -1;
	if (call->map->type != BPF_MAP_TYPE_ARRAY && call->map->type != BPF_MAP_TYPE_PERCPU_ARRAY)
		return 0;
	if (key->type != PTR_TO_STACK || !scalar_is_const(key->val))
		return 0;
	off = key->off + (s64)key->val.var.value;
	byte = (u32)(-off - 1);
	slot = &env_stack_of(env, key)->stack[byte / REG_SIZE];
	for (s32 i = (s32)(byte % REG_SIZE); i >= 0 && slot->type[i] == STACK_ZERO; i--)
		zeros++;
	if (zeros >= call->map->key_size) {
		call->const_key = 0;
		return 0;
	}
	if (!slot_is_spilled_scalar(slot))
		return 0;
	for (s32 i = (s32)(byte % REG_SIZE); i >= 0 && slot->type[i] == STACK_SPILL; i--)
		spilled++;
	if (spilled != call->map->key_size || !scalar_is_const(slot->reg.val))
		return 0;
	err = env->search_ops->mark_slot_precise(env, key->frameno, byte / REG_SIZE);
	if (!err)
		call->const_key = (s64)slot->reg.val.var.value;
	return err;
}

static int arg_key(struct verifier_env *env, struct helper_call *call, const struct arg *arg)
{
	int err;

	if (!call->map)
		return reject(env, NO_MAP_PTR, "key");
	err = helper_mem(env, arg->regno, call->map->key_size, BPF_READ, false, NULL);
	return err ? err : const_key(env, call, arg->reg);
}

static int arg_value(struct verifier_env *env, struct helper_call *call, const struct arg *arg)
{
	if ((arg->type & PTR_MAYBE_NULL) && reg_is_null(arg->reg))
		return 0;
	if (!call->map)
		return reject(env, NO_MAP_PTR, "value");
	call->raw.wanted = arg->type & MEM_UNINIT;
	return helper_mem(env, arg->regno, call->map->value_size, access_of(arg->type), false, &call->raw);
}

static int arg_mem(struct verifier_env *env, struct helper_call *call, const struct arg *arg)
{
	u32 size = call->proto->arg_size[arg->no];
	int err;

	/* Of a buffer with a size argument nothing is known before that. */
	call->raw.wanted = arg->type & MEM_UNINIT;
	if (!(arg->type & MEM_FIXED_SIZE))
		return 0;
	err = helper_mem(env, arg->regno, size, access_of(arg->type), false, &call->raw);
	if (!err && (arg->type & MEM_ALIGNED))
		err = check_alignment(env, arg->reg, 0, size, true);
	return err;
}

static int mem_size(struct verifier_env *env, struct helper_call *call, const struct arg *arg, bool zero_ok)
{
	const struct range *r = &arg->reg->val.r;
	/* What is written at a length that is not known must be initialised before. */
	struct raw_buffer *raw = scalar_is_const(arg->reg->val) ? &call->raw : NULL;
	u32 buf_type = arg->no ? call->proto->arg_type[arg->no - 1] : 0;
	int err;

	call->size_max = r->umax;
	if (r->smin < 0)
		return reject(env, SIZE_NEGATIVE, arg->regno);
	if (!r->umin && !zero_ok)
		return reject(env, SIZE_ZERO, arg->regno, (long long)r->umin, (long long)r->umax);
	if (r->umax >= MAX_VAR_SIZE)
		return reject(env, SIZE_UNBOUNDED, arg->regno);
	err = helper_mem(env, arg->regno - 1, (u32)r->umax, access_of(buf_type), zero_ok, raw);
	return err ? err : env_mark_precise(env, arg->regno);
}

static int arg_size(struct verifier_env *env, struct helper_call *call, const struct arg *arg)
{
	return mem_size(env, call, arg, false);
}

static int arg_size_or_zero(struct verifier_env *env, struct helper_call *call, const struct arg *arg)
{
	return mem_size(env, call, arg, true);
}

static int arg_alloc_size(struct verifier_env *env, struct helper_call *call, const struct arg *arg)
{
	if (!scalar_is_const(arg->reg->val))
		return reject(env, SIZE_NOT_CONST, arg->regno);
	call->mem_size = (u32)arg->reg->val.var.value;
	return env_mark_precise(env, arg->regno);
}

static int arg_spin_lock(struct verifier_env *env, struct helper_call *call, const struct arg *arg)
{
	return lock_spin(env, arg->regno, call->id == BPF_FUNC_spin_lock);
}

static int arg_timer(struct verifier_env *env, struct helper_call *call, const struct arg *arg)
{
	const struct bpf_reg *reg = arg->reg;
	s64 off = reg->off + (s64)reg->val.var.value;

	if (!scalar_is_const(reg->val))
		return reject(env, TIMER_OFFSET, arg->regno);
	if (reg->map->timer_off < 0 || off != reg->map->timer_off)
		return reject(env, TIMER_PLACE, (long long)off, reg->map->timer_off);
	call->map = reg->map;
	call->map_uid = reg->map_uid;
	return 0;
}

static int arg_func(struct verifier_env *env, struct helper_call *call, const struct arg *arg)
{
	(void)env;
	call->subprog = arg->reg->subprog;
	return 0;
}

static int arg_const_str(struct verifier_env *env, struct helper_call *call, const struct arg *arg)
{
	const char *str;
	u32 len;

	(void)call;
	return const_string(env, arg->regno, &str, &len);
}

static int arg_percpu(struct verifier_env *env, struct helper_call *call, const struct arg *arg)
{
	if (!arg->reg->btf_id)
		return reject(env, PERCPU_BTF_ID, arg->regno);
	call->ret_btf = arg->reg->btf;
	call->ret_btf_id = arg->reg->btf_id;
	return 0;
}

static int arg_btf_id(struct verifier_env *env, struct helper_call *call, const struct arg *arg)
{
	const char *want = call->proto->arg_btf_name[arg->no];
	const struct bpf_reg *reg = arg->reg;
	s32 need = want && env->kernel_btf ? btf_find(env->kernel_btf, want, BTF_KIND_STRUCT) : -ENOENT;

	if (base_type(reg->type) != PTR_TO_BTF_ID)
		return 0;
	if (type_may_be_null(reg->type) && (!(arg->type & PTR_MAYBE_NULL) || is_release(arg->type)))
		return reject(env, ARG_MAYBE_NULL, arg->regno);
	if (need < 0 || reg->btf != env->kernel_btf ||
	    !btf_struct_matches(env, reg->btf, reg->btf_id, (u32)reg->off, (u32)need, is_release(arg->type)))
		return reject(env, ARG_BTF_TYPE, arg->regno, btf_name(reg->btf, reg->btf_id), want ? want : "?");
	return 0;
}

#define MEM_TYPES                                                                                                      \
	{PTR_TO_STACK,         PTR_TO_PACKET,  PTR_TO_PACKET_META, PTR_TO_MAP_KEY,                                     \
	 PTR_TO_MAP_VALUE,     PTR_TO_MEM,     PTR_TO_MEM | MEM_RINGBUF, PTR_TO_BUF,                                   \
	 PTR_TO_BTF_ID | PTR_TRUSTED}

static const struct arg_kind kinds[__BPF_ARG_TYPES] = {
	[ARG_CONST_MAP_PTR] = {{CONST_PTR_TO_MAP}, arg_map},
	[ARG_PTR_TO_MAP_KEY] = {MEM_TYPES, arg_key},
	[ARG_PTR_TO_MAP_VALUE] = {MEM_TYPES, arg_value},
	[ARG_PTR_TO_MEM] = {MEM_TYPES, arg_mem},
	[ARG_CONST_SIZE] = {{SCALAR_VALUE}, arg_size},
	[ARG_CONST_SIZE_OR_ZERO] = {{SCALAR_VALUE}, arg_size_or_zero},
	[ARG_CONST_ALLOC_SIZE_OR_ZERO] = {{SCALAR_VALUE}, arg_alloc_size},
	[ARG_PTR_TO_CTX] = {{PTR_TO_CTX, PTR_TO_BTF_ID | PTR_TRUSTED}, NULL},
	[ARG_PTR_TO_SPIN_LOCK] = {{PTR_TO_MAP_VALUE, PTR_TO_BTF_ID | MEM_ALLOC}, arg_spin_lock},
	[ARG_PTR_TO_SOCK_COMMON] = {{PTR_TO_SOCK_COMMON, PTR_TO_SOCKET, PTR_TO_TCP_SOCK, PTR_TO_XDP_SOCK}, NULL},
	[ARG_PTR_TO_SOCKET] = {{PTR_TO_SOCKET}, NULL},
	[ARG_PTR_TO_BTF_ID] = {{PTR_TO_BTF_ID, PTR_TO_BTF_ID | PTR_TRUSTED, PTR_TO_BTF_ID | MEM_RCU}, arg_btf_id},
	[ARG_PTR_TO_RINGBUF_MEM] = {{PTR_TO_MEM | MEM_RINGBUF}, NULL},
	[ARG_PTR_TO_PERCPU_BTF_ID] = {{PTR_TO_BTF_ID | MEM_PERCPU, PTR_TO_BTF_ID | MEM_PERCPU | PTR_TRUSTED}, arg_percpu},
	[ARG_PTR_TO_FUNC] = {{PTR_TO_FUNC}, arg_func},
	[ARG_PTR_TO_STACK] = {{PTR_TO_STACK}, NULL},
	[ARG_PTR_TO_CONST_STR] = {{PTR_TO_MAP_VALUE}, arg_const_str},
	[ARG_PTR_TO_TIMER] = {{PTR_TO_MAP_VALUE}, arg_timer},
};

static int reject_type(struct verifier_env *env, const struct arg *arg, const u32 *types)
{
	struct strbuf sb = STRBUF_INIT;
	char got[TYPE_TEXT], name[TYPE_TEXT];
	int err;

	for (u32 i = 0; types[i] != NOT_INIT; i++)
		strbuf_addf(&sb, "%s%s", i ? ", " : "", reg_type_name(types[i], name, sizeof(name)));
	err = reject(env, ARG_TYPE, arg->regno, reg_type_name(arg->reg->type, got, sizeof(got)), strbuf_str(&sb));
	strbuf_free(&sb);
	return err;
}

static int check_type(struct verifier_env *env, struct helper_call *call, const struct arg *arg, const u32 *types)
{
	bool mem = base_type(arg->type) == ARG_PTR_TO_MEM || base_type(arg->type) == ARG_PTR_TO_MAP_KEY ||
		   base_type(arg->type) == ARG_PTR_TO_MAP_VALUE;
	u32 type = arg->reg->type, i = 0;
	char name[TYPE_TEXT];

	if (arg->type & MEM_RDONLY)
		type &= ~(u32)MEM_RDONLY;
	if (arg->type & PTR_MAYBE_NULL)
		type &= ~(u32)PTR_MAYBE_NULL;
	while (types[i] != NOT_INIT && types[i] != type)
		i++;
	if (types[i] == NOT_INIT)
		return reject_type(env, arg, types);
	if (mem && base_type(arg->reg->type) == PTR_TO_BTF_ID && !(arg->type & MEM_RDONLY))
		return reject(env, ARG_BTF_MEM_WRITE, call->name, arg->regno, reg_type_name(arg->reg->type, name, sizeof(name)));
	return 0;
}

/* Which offsets a pointer may have that is passed on. */
static int check_offset(struct verifier_env *env, const struct arg *arg)
{
	if (is_release(arg->type)) {
		if (arg->reg->off)
			return reject(env, RELEASE_OFFSET, arg->regno);
		return fixed_offset(env, arg->reg, arg->regno, false);
	}
	switch (base_type(arg->reg->type)) {
	case PTR_TO_STACK:
	case PTR_TO_PACKET:
	case PTR_TO_PACKET_META:
	case PTR_TO_MAP_KEY:
	case PTR_TO_MAP_VALUE:
	case PTR_TO_MEM:
	case PTR_TO_BUF:
	case PTR_TO_ARENA:
	case SCALAR_VALUE:
		return 0;
	case PTR_TO_BTF_ID:
		return fixed_offset(env, arg->reg, arg->regno, true);
	default:
		return fixed_offset(env, arg->reg, arg->regno, false);
	}
}

static int note_references(struct verifier_env *env, struct helper_call *call, const struct arg *arg)
{
	const struct bpf_reg *reg = arg->reg;

	if (is_release(arg->type)) {
		if (!reg->ref_obj_id && !reg_is_null(reg))
			return reject(env, RELEASE_UNREFERENCED, arg->regno);
		call->release_regno = arg->regno;
	}
	if (reg->ref_obj_id) {
		if (call->ref_obj_id)
			return reject(env, TWO_REFERENCES, arg->regno, reg->ref_obj_id, call->ref_obj_id);
		call->ref_obj_id = reg->ref_obj_id;
	}
	return 0;
}

int helper_arg(struct verifier_env *env, struct helper_call *call, u32 no)
{
	struct arg arg = {.regno = BPF_REG_1 + no, .type = call->proto->arg_type[no], .no = no};
	const struct arg_kind *kind = &kinds[base_type(arg.type) < __BPF_ARG_TYPES ? base_type(arg.type) : 0];
	int err;

	if (base_type(arg.type) == ARG_DONTCARE)
		return 0;
	err = reg_use(env, arg.regno);
	if (err || base_type(arg.type) == ARG_ANYTHING)
		return err;
	arg.reg = env_reg(env, arg.regno);
	if (type_is_pkt(arg.reg->type) && !(call->proto->pkt_access && packet_access_allowed(env, BPF_READ)))
		return reject(env, HELPER_PACKET);
	if (kind->types[0] == NOT_INIT)
		return reject(env, HELPER_CONTRACT, call->name, call->id);
	if (!((arg.type & PTR_MAYBE_NULL) && reg_is_null(arg.reg))) {
		err = check_type(env, call, &arg, kind->types);
		if (!err)
			err = check_offset(env, &arg);
		if (err)
			return err;
	}
	err = note_references(env, call, &arg);
	if (!err && kind->check)
		err = kind->check(env, call, &arg);
	return err;
}

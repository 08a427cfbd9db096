/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads and stores: a table from what the pointer points to, to the rules of that region. */
#include <errno.h>
#include <string.h>

#include "engine/maps/map.h"
#include "engine/types/sock.h"
#include "engine/verifier/rules/rules.h"

/* Rules of one region. off: of the insn and of the register together. */
typedef int (*region_rule)(struct verifier_env *env, const struct mem_access *a, s64 off);

static void load_unknown(struct verifier_env *env, const struct mem_access *a)
{
	if (a->type == BPF_READ && a->value_reg >= 0)
		reg_set_unknown(env_reg(env, (u32)a->value_reg));
}

static int reject_mem_type(struct verifier_env *env, u32 regno)
{
	char name[TYPE_TEXT];

	return reject(env, MEM_TYPE, regno, reg_type_name(env_reg(env, regno)->type, name, sizeof(name)));
}

static int reject_write(struct verifier_env *env, u32 regno)
{
	char name[TYPE_TEXT];

	return reject(env, MEM_RDONLY, regno, reg_type_name(env_reg(env, regno)->type, name, sizeof(name)));
}

static int access_map_key(struct verifier_env *env, const struct mem_access *a, s64 off)
{
	int err;

	if (a->type == BPF_WRITE)
		return reject(env, MAP_KEY_WRITE, a->regno);
	err = region_access(env, a->regno, off, a->size, env_reg(env, a->regno)->map->key_size, false);
	if (!err)
		load_unknown(env, a);
	return err;
}

/* A value that nobody can change any more: its bytes are constants. */
static bool load_frozen(struct verifier_env *env, const struct mem_access *a, const struct bpf_reg *reg, s64 off)
{
	struct bpf_map *map = (struct bpf_map *)(uintptr_t)reg->map;
	struct bpf_reg *dst = env_reg(env, (u32)a->value_reg);
	u8 bytes[8] = {0};
	u64 addr, val;
	u32 at = (u32)(off + (s64)reg->val.var.value);

	if (!scalar_is_const(reg->val) || !map->frozen || !(map->map_flags & BPF_F_RDONLY_PROG) || map->writers ||
	    !map->ops->direct_value || map->ops->direct_value(map, &addr, 0))
		return false;
	memcpy(bytes, (const u8 *)u64_to_ptr(addr) + at, a->size);
	memcpy(&val, bytes, sizeof(val));
	if (a->sign_extend)
		val = (u64)((s64)(val << (64 - a->size * 8)) >> (64 - a->size * 8));
	reg_set_const(dst, val);
	return true;
}

static int access_map_value(struct verifier_env *env, const struct mem_access *a, s64 off)
{
	struct bpf_reg reg = *env_reg(env, a->regno);
	int err = map_value_access(env, a->regno, off, a->size, false, a->type);

	if (err || a->type != BPF_READ || a->value_reg < 0)
		return err;
	if (!load_frozen(env, a, &reg, off))
		load_unknown(env, a);
	return 0;
}

static int access_mem(struct verifier_env *env, const struct mem_access *a, s64 off)
{
	const struct bpf_reg *reg = env_reg(env, a->regno);
	int err = 0;

	if (type_may_be_null(reg->type))
		return reject_mem_type(env, a->regno);
	if (a->type == BPF_WRITE && (reg->type & MEM_RDONLY))
		return reject_write(env, a->regno);
	if (!((reg->type & MEM_RDONLY) && (reg->type & PTR_UNTRUSTED)))
		err = region_access(env, a->regno, off, a->size, reg->mem_size, false);
	if (!err)
		load_unknown(env, a);
	return err;
}

static void load_ctx_field(struct verifier_env *env, u32 dst, const struct bpf_access_info *info)
{
	struct bpf_reg *reg = env_reg(env, dst);

	if (info->reg_type == SCALAR_VALUE) {
		reg_set_unknown(reg);
		return;
	}
	reg_set_pointer(reg, info->reg_type);
	if (type_may_be_null(info->reg_type))
		reg->id = env_new_id(env);
	reg->subreg_def = SUBREG_DEF_NONE;
	if (base_type(info->reg_type) == PTR_TO_BTF_ID) {
		reg->btf = info->btf;
		reg->btf_id = info->btf_id;
	}
}

static int access_ctx(struct verifier_env *env, const struct mem_access *a, s64 off)
{
	struct bpf_access_info info = {.reg_type = SCALAR_VALUE, .is_ldsx = a->sign_extend, .log = NULL};
	struct strbuf more = STRBUF_INIT;
	bool ok;
	int err = fixed_offset(env, env_reg(env, a->regno), a->regno, false);

	if (err)
		return err;
	if (env->log->level)
		info.log = &more;
	ok = env->prog->ops->is_valid_access &&
	     env->prog->ops->is_valid_access((int)off, (int)a->size, a->type, env->prog, &info);
	log_add(env->log, strbuf_str(&more), more.len);
	if (!ok) {
		err = reject(env, CTX_ACCESS, (int)off, a->size);
		env_log_line(env, (u32)env->insn_idx, "; ");
	} else {
		if (base_type(info.reg_type) != PTR_TO_BTF_ID)
			env_aux(env)->ctx_field_size = info.ctx_field_size;
		env->prog->max_ctx_offset = max_of(env->prog->max_ctx_offset, (u32)off + a->size);
		if (a->type == BPF_READ && a->value_reg >= 0)
			load_ctx_field(env, (u32)a->value_reg, &info);
	}
	strbuf_free(&more);
	return err;
}

static int access_stack(struct verifier_env *env, const struct mem_access *a, s64 off)
{
	int err = stack_access_bounds(env, a->regno, off, a->size, a->type);

	if (err)
		return err;
	return a->type == BPF_READ ? stack_load(env, a, off) : stack_store(env, a, off);
}

static int access_packet(struct verifier_env *env, const struct mem_access *a, s64 off)
{
	int err;

	if (a->type == BPF_WRITE && !packet_access_allowed(env, BPF_WRITE))
		return reject(env, PACKET_WRITE);
	err = packet_access(env, a->regno, off, a->size, false);
	if (!err)
		load_unknown(env, a);
	return err;
}

/* The only bytes that are known of these are none; a type of program that gives such pointers brings rules with it. */
static int access_flow_keys(struct verifier_env *env, const struct mem_access *a, s64 off)
{
	if (off < 0 || off + a->size > (s64)sizeof(struct bpf_flow_keys))
		return reject(env, FLOW_KEYS_BOUNDS, (int)off, a->size);
	load_unknown(env, a);
	return 0;
}

static int access_tp_buffer(struct verifier_env *env, const struct mem_access *a, s64 off)
{
	const struct bpf_reg *reg = env_reg(env, a->regno);
	char var[TNUM_TEXT];

	if (off < 0)
		return reject(env, TP_BUFFER_BOUNDS, a->regno, "tracepoint buffer", (int)off, a->size);
	if (!scalar_is_const(reg->val) || reg->val.var.value)
		return reject(env, TP_BUFFER_OFF, a->regno, (int)off, tnum_text(reg->val.var, var, sizeof(var)));
	env->prog->max_tp_access = max_of(env->prog->max_tp_access, (u32)off + a->size);
	load_unknown(env, a);
	return 0;
}

/* A socket as struct bpf_sock shows it: never written. */
static int access_sock(struct verifier_env *env, const struct mem_access *a, s64 off)
{
	const struct bpf_reg *reg = env_reg(env, a->regno);
	struct bpf_access_info info = {.reg_type = SCALAR_VALUE, .is_ldsx = a->sign_extend};
	char name[TYPE_TEXT];

	if (a->type == BPF_WRITE)
		return reject_write(env, a->regno);
	if (reg->val.r.smin < 0)
		return reject(env, MIN_NEGATIVE, a->regno);
	if (!scalar_is_const(reg->val) || reg->val.var.value || off != (int)off ||
	    !sock_is_valid_access(reg->type, (int)off, (int)a->size, a->type, &info))
		return reject(env, SOCK_ACCESS, a->regno, reg_type_name(reg->type, name, sizeof(name)), (int)off, a->size);
	env_aux(env)->ctx_field_size = info.ctx_field_size;
	load_unknown(env, a);
	return 0;
}

/* Names that the kernel's types of maps have. */
static const char *map_struct_name(enum bpf_map_type type)
{
	switch (type) {
	case BPF_MAP_TYPE_ARRAY:
	case BPF_MAP_TYPE_PERCPU_ARRAY:
	case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
	case BPF_MAP_TYPE_CGROUP_ARRAY:
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
		return "bpf_array";
	case BPF_MAP_TYPE_HASH:
	case BPF_MAP_TYPE_PERCPU_HASH:
	case BPF_MAP_TYPE_LRU_HASH:
	case BPF_MAP_TYPE_LRU_PERCPU_HASH:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		return "bpf_htab";
	case BPF_MAP_TYPE_LPM_TRIE:
		return "lpm_trie";
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
		return "bpf_queue_stack";
	case BPF_MAP_TYPE_RINGBUF:
		return "bpf_ringbuf_map";
	default:
		return "bpf_map";
	}
}

/* struct bpf_map is no type of the engine's kernel: a map is only an argument. */
static int access_map_ptr(struct verifier_env *env, const struct mem_access *a, s64 off)
{
	if (off < 0)
		return reject(env, MAP_PTR_NEGATIVE, a->regno, map_struct_name(env_reg(env, a->regno)->map->type), (int)off);
	if (a->type != BPF_READ)
		return reject(env, MAP_PTR_WRITE, map_struct_name(env_reg(env, a->regno)->map->type));
	return reject(env, MAP_PTR_READ, env_reg(env, a->regno)->map->type);
}

static int access_btf(struct verifier_env *env, const struct mem_access *a, s64 off)
{
	if (type_may_be_null(env_reg(env, a->regno)->type))
		return reject_mem_type(env, a->regno);
	return btf_pointer_access(env, a, off);
}

static const region_rule regions[__BPF_REG_TYPES] = {
	[CONST_PTR_TO_MAP] = access_map_ptr,
	[PTR_TO_MAP_KEY] = access_map_key,
	[PTR_TO_MAP_VALUE] = access_map_value,
	[PTR_TO_MEM] = access_mem,
	[PTR_TO_CTX] = access_ctx,
	[PTR_TO_STACK] = access_stack,
	[PTR_TO_PACKET] = access_packet,
	[PTR_TO_PACKET_META] = access_packet,
	[PTR_TO_FLOW_KEYS] = access_flow_keys,
	[PTR_TO_TP_BUFFER] = access_tp_buffer,
	[PTR_TO_BTF_ID] = access_btf,
	[PTR_TO_SOCKET] = access_sock,
	[PTR_TO_SOCK_COMMON] = access_sock,
};

/* Types whose flags a rule looks at itself; others are taken only plain. */
static bool flags_are_ruled(u32 type)
{
	return base_type(type) == PTR_TO_MEM || base_type(type) == PTR_TO_BTF_ID;
}

int mem_access(struct verifier_env *env, const struct mem_access *a)
{
	struct bpf_reg *reg = env_reg(env, a->regno), *dst;
	u32 type = reg->type;
	region_rule rule = regions[base_type(type)];
	int err;

	err = check_alignment(env, reg, a->off, a->size, a->strict_alignment);
	if (err)
		return err;
	if (!rule || (type_flag(type) && !flags_are_ruled(type)))
		return reject_mem_type(env, a->regno);
	err = rule(env, a, (s64)a->off + reg->off);
	if (err || a->type != BPF_READ || a->value_reg < 0 || a->size >= 8)
		return err;
	dst = env_reg(env, (u32)a->value_reg);
	if (dst->type == SCALAR_VALUE)
		dst->val = a->sign_extend ? scalar_sext(dst->val, a->size) : scalar_zext(dst->val, a->size);
	return 0;
}

/* Pointers whose accesses are all compiled alike may meet at one insn. */
static bool may_mix(u32 type)
{
	switch (base_type(type)) {
	case PTR_TO_CTX:
	case PTR_TO_SOCKET:
	case PTR_TO_SOCK_COMMON:
	case PTR_TO_TCP_SOCK:
	case PTR_TO_XDP_SOCK:
	case PTR_TO_BTF_ID:
	case PTR_TO_ARENA:
		return false;
	case PTR_TO_MEM:
		/* Read through probes, unlike any other memory. */
		return !((type & MEM_RDONLY) && (type & PTR_UNTRUSTED));
	default:
		return true;
	}
}

static bool is_probed(u32 type)
{
	return base_type(type) == PTR_TO_BTF_ID || (base_type(type) == PTR_TO_MEM && !may_mix(type));
}

int note_ptr_type(struct verifier_env *env, u32 type, bool trust_may_differ)
{
	struct insn_aux *aux = env_aux(env);

	if (aux->ptr_type == NOT_INIT) {
		aux->ptr_type = type;
		aux->probe_mem = trust_may_differ && is_probed(type);
		return 0;
	}
	if (aux->ptr_type == type || (may_mix(type) && may_mix(aux->ptr_type)))
		return 0;
	if (trust_may_differ && is_probed(type) && is_probed(aux->ptr_type)) {
		if (base_type(aux->ptr_type) == PTR_TO_BTF_ID)
			aux->ptr_type = PTR_TO_BTF_ID | PTR_UNTRUSTED;
		return 0;
	}
	return reject(env, PTR_TYPES_DIFFER);
}

int rule_load(struct verifier_env *env, const struct bpf_insn *insn, bool sign_extend)
{
	struct mem_access a = {.regno = insn->src_reg,
			       .off = insn->off,
			       .size = insn_size_bytes(insn->code),
			       .type = BPF_READ,
			       .value_reg = insn->dst_reg,
			       .sign_extend = sign_extend};
	u32 type;
	int err = reg_use(env, insn->src_reg);

	if (!err)
		err = reg_define(env, insn->dst_reg);
	if (err)
		return err;
	type = env_reg(env, insn->src_reg)->type;
	err = mem_access(env, &a);
	if (!err)
		err = note_ptr_type(env, type, true);
	return err ? err : reg_check_sane(env, env_reg(env, insn->dst_reg));
}

int rule_store(struct verifier_env *env, const struct bpf_insn *insn)
{
	bool from_reg = insn_class(insn) == BPF_STX;
	struct mem_access a = {.regno = insn->dst_reg,
			       .off = insn->off,
			       .size = insn_size_bytes(insn->code),
			       .type = BPF_WRITE,
			       .value_reg = from_reg ? insn->src_reg : -1};
	u32 type;
	int err = 0;

	if (from_reg)
		err = reg_use(env, insn->src_reg);
	if (!err)
		err = reg_use(env, insn->dst_reg);
	if (err)
		return err;
	type = env_reg(env, insn->dst_reg)->type;
	err = mem_access(env, &a);
	return err ? err : note_ptr_type(env, type, false);
}

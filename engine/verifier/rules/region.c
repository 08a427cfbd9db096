/* SPDX-License-Identifier: BSD-2-Clause */
/* Accesses within a region of known size, with the pointer's variable offset: bounds, alignment; map values and packets. */
#include "engine/maps/map.h"
#include "engine/verifier/rules/rules.h"

static int out_of_region(struct verifier_env *env, u32 regno, s64 off, u32 size, u32 mem_size)
{
	const struct bpf_reg *reg = env_reg(env, regno);
	int o = (int)off;

	switch (base_type(reg->type)) {
	case PTR_TO_MAP_KEY:
		return reject(env, MAP_KEY_BOUNDS, mem_size, o, size);
	case PTR_TO_MAP_VALUE:
		return reject(env, MAP_VALUE_BOUNDS, mem_size, o, size);
	case PTR_TO_PACKET:
	case PTR_TO_PACKET_META:
	case PTR_TO_PACKET_END:
		return reject(env, PACKET_BOUNDS, o, size, regno, reg->id, o, mem_size);
	default:
		return reject(env, MEM_BOUNDS, mem_size, o, size);
	}
}

static int within(struct verifier_env *env, u32 regno, s64 off, u32 size, u32 mem_size, bool zero_ok)
{
	if (off >= 0 && (size || zero_ok) && off + size <= mem_size)
		return 0;
	return out_of_region(env, regno, off, size, mem_size);
}

int region_access(struct verifier_env *env, u32 regno, s64 off, u32 size, u32 mem_size, bool zero_ok)
{
	const struct range *r = &env_reg(env, regno)->val.r;
	int err;

	/* Signed: an unsigned index that was never checked may be anything when read so. */
	if (r->smin < 0 && (r->smin == INT64_MIN || off + r->smin != (s32)(off + r->smin) || off + r->smin < 0))
		return reject(env, MIN_NEGATIVE, regno);
	err = within(env, regno, r->smin + off, size, mem_size, zero_ok);
	if (err) {
		explain(env, "R%u min value is outside of the allowed memory range\n", regno);
		return err;
	}
	if (r->umax >= MAX_VAR_OFF)
		return reject(env, MEM_UNBOUNDED, regno);
	err = within(env, regno, (s64)r->umax + off, size, mem_size, zero_ok);
	if (err)
		explain(env, "R%u max value is outside of the allowed memory range\n", regno);
	return err;
}

int fixed_offset(struct verifier_env *env, const struct bpf_reg *reg, u32 regno, bool fixed_ok)
{
	char type[TYPE_TEXT], var[TNUM_TEXT];

	reg_type_name(reg->type, type, sizeof(type));
	if (reg->off < 0)
		return reject(env, PTR_NEGATIVE_OFF, type, regno, reg->off);
	if (!fixed_ok && reg->off)
		return reject(env, PTR_MODIFIED, type, regno, reg->off);
	if (!scalar_is_const(reg->val) || reg->val.var.value)
		return reject(env, PTR_VARIABLE_OFF, type, tnum_text(reg->val.var, var, sizeof(var)));
	return 0;
}

static const char *alignment_name(u32 type, bool *strict)
{
	switch (base_type(type)) {
	case PTR_TO_FLOW_KEYS:
		return "flow keys ";
	case PTR_TO_MAP_KEY:
		return "key ";
	case PTR_TO_MAP_VALUE:
		return "value ";
	case PTR_TO_CTX:
		return "context ";
	case PTR_TO_STACK:
		/* Slots are tracked by eight bytes: an access never straddles two. */
		*strict = true;
		return "stack ";
	case PTR_TO_SOCKET:
		return "sock ";
	case PTR_TO_SOCK_COMMON:
		return "sock_common ";
	case PTR_TO_TCP_SOCK:
		return "tcp_sock ";
	case PTR_TO_XDP_SOCK:
		return "xdp_sock ";
	default:
		return "";
	}
}

int check_alignment(struct verifier_env *env, const struct bpf_reg *reg, s64 off, u32 size, bool strict_once)
{
	bool strict = strict_once || env->strict_alignment;
	const char *name = alignment_name(reg->type, &strict);
	char var[TNUM_TEXT];
	const int ip_align = 2; /* NET_IP_ALIGN: frames start two bytes off, so that the IP header is aligned */

	if (!strict || size <= 1 || reg->type == PTR_TO_ARENA)
		return 0;
	if (type_is_pkt(reg->type)) {
		if (tnum_is_aligned(tnum_add(reg->val.var, tnum_const((u64)(ip_align + reg->off + off))), size))
			return 0;
		return reject(env, PACKET_MISALIGNED, ip_align, tnum_text(reg->val.var, var, sizeof(var)), reg->off, (int)off, size);
	}
	if (tnum_is_aligned(tnum_add(reg->val.var, tnum_const((u64)(reg->off + off))), size))
		return 0;
	return reject(env, MISALIGNED, name, tnum_text(reg->val.var, var, sizeof(var)), reg->off, (int)off, size);
}

/* Bytes of the value that only helpers may touch. */
static int special_fields(struct verifier_env *env, const struct bpf_reg *reg, s64 off, u32 size)
{
	const struct map_fields *fields = map_fields_of(env, reg->map);

	for (u32 i = 0; fields && i < fields->n; i++) {
		const struct map_field *f = &fields->f[i];

		if (reg->val.r.smin + off < (s64)f->off + f->size && (s64)f->off < (s64)reg->val.r.umax + off + size)
			return reject(env, SPECIAL_FIELD, f->name);
	}
	return fields && fields->too_many ? reject(env, SPECIAL_FIELD, "value with so many special fields") : 0;
}

static int map_value_type(struct verifier_env *env, const struct bpf_reg *reg, s64 off, u32 size, enum bpf_access_type type)
{
	const struct bpf_map *map = reg->map;

	if (type == BPF_WRITE && (map->map_flags & BPF_F_RDONLY_PROG))
		return reject(env, MAP_WRITE_FORBIDDEN, map->value_size, (int)off, size);
	if (type == BPF_READ && (map->map_flags & BPF_F_WRONLY_PROG))
		return reject(env, MAP_READ_FORBIDDEN, map->value_size, (int)off, size);
	return 0;
}

int map_value_access(struct verifier_env *env, u32 regno, s64 off, u32 size, bool zero_ok, enum bpf_access_type type)
{
	const struct bpf_reg *reg = env_reg(env, regno);
	const struct bpf_map *map = reg->map;
	int err = map_value_type(env, reg, off, size, type);

	if (!err)
		err = region_access(env, regno, off, size, map->value_size, zero_ok);
	return err ? err : special_fields(env, reg, off, size);
}

bool packet_access_allowed(const struct verifier_env *env, enum bpf_access_type type)
{
	return type == BPF_WRITE ? env->prog->ops->packet_write : env->prog->ops->packet_access;
}

int packet_access(struct verifier_env *env, u32 regno, s64 off, u32 size, bool zero_ok)
{
	const struct bpf_reg *reg = env_reg(env, regno);
	u64 last;
	int err;

	if (reg->val.r.smin < 0)
		return reject(env, MIN_NEGATIVE, regno);
	if (reg->range < 0)
		return reject(env, PACKET_OUTSIDE, regno);
	err = within(env, regno, off, size, (u32)reg->range, zero_ok);
	if (err) {
		explain(env, "R%u offset is outside of the packet\n", regno);
		return err;
	}
	last = (u64)off + reg->val.r.umax + size - 1;
	env->prog->max_pkt_offset = max_of(env->prog->max_pkt_offset, (u32)last);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that helpers read or write: [pointer, pointer + size). */
#include <string.h>

#include "engine/maps/map.h"
#include "engine/verifier/rules/helper.h"

static int reject_not_mem(struct verifier_env *env, u32 regno, const struct bpf_reg *reg)
{
	char got[TYPE_TEXT], want[TYPE_TEXT];

	return reject(env, MEM_ARG_TYPE, regno, reg_type_name(reg->type, got, sizeof(got)),
		      reg_type_name(PTR_TO_STACK, want, sizeof(want)));
}

static int reject_write(struct verifier_env *env, u32 regno, const struct bpf_reg *reg)
{
	char name[TYPE_TEXT];

	return reject(env, MEM_RDONLY, regno, reg_type_name(reg->type, name, sizeof(name)));
}

/* A context that no program sees rewritten is memory like any other. */
static int ctx_mem(struct verifier_env *env, u32 regno, u32 size, enum bpf_access_type type, bool zero_ok)
{
	struct mem_access last = {.regno = regno, .off = (s32)size - 1, .size = 1, .type = type, .value_reg = -1};
	const struct bpf_reg *reg = env_reg(env, regno);

	if (env->prog->ops->convert_ctx_access)
		return reject_not_mem(env, regno, reg);
	if (!size)
		return zero_ok ? 0 : reject(env, ZERO_READ);
	return mem_access(env, &last);
}

int helper_mem(struct verifier_env *env, u32 regno, u32 size, enum bpf_access_type type, bool zero_ok, struct raw_buffer *raw)
{
	const struct bpf_reg *reg = env_reg(env, regno);
	struct mem_access btf = {.regno = regno, .off = 0, .size = size, .type = BPF_READ, .value_reg = -1};

	switch (base_type(reg->type)) {
	case PTR_TO_PACKET:
	case PTR_TO_PACKET_META:
		/* A helper that writes the packet needs the right that a store does. */
		if (type == BPF_WRITE && !packet_access_allowed(env, BPF_WRITE))
			return reject(env, HELPER_PACKET);
		return packet_access(env, regno, reg->off, size, zero_ok);
	case PTR_TO_MAP_KEY:
		if (type == BPF_WRITE)
			return reject_write(env, regno, reg);
		return region_access(env, regno, reg->off, size, reg->map->key_size, false);
	case PTR_TO_MAP_VALUE:
		return map_value_access(env, regno, reg->off, size, zero_ok, type);
	case PTR_TO_MEM:
		if (type == BPF_WRITE && (reg->type & MEM_RDONLY))
			return reject_write(env, regno, reg);
		return region_access(env, regno, reg->off, size, reg->mem_size, zero_ok);
	case PTR_TO_STACK:
		return stack_range(env, regno, reg->off, size, zero_ok, type, raw);
	case PTR_TO_BTF_ID:
		return btf_pointer_access(env, &btf, reg->off);
	case PTR_TO_CTX:
		return ctx_mem(env, regno, size, type, zero_ok);
	default:
		if (zero_ok && !size && reg_is_null(reg))
			return 0;
		return reject_not_mem(env, regno, reg);
	}
}

static bool is_const_map(const struct bpf_map *map)
{
	return (map->map_flags & BPF_F_RDONLY_PROG) && map->frozen && !map->writers;
}

int const_string(struct verifier_env *env, u32 regno, const char **str, u32 *len)
{
	const struct bpf_reg *reg = env_reg(env, regno);
	struct bpf_map *map = (struct bpf_map *)(uintptr_t)reg->map;
	u64 addr;
	u32 off;
	int err;

	if (!is_const_map(map))
		return reject(env, STR_WRITABLE, regno);
	if (!scalar_is_const(reg->val))
		return reject(env, STR_VARIABLE, regno);
	if (!map->ops->direct_value)
		return reject(env, STR_NO_ADDRESS);
	err = map_value_access(env, regno, reg->off, map->value_size - (u32)reg->off, false, BPF_READ);
	if (err)
		return err;
	off = (u32)(reg->off + (s64)reg->val.var.value);
	if (map->ops->direct_value(map, &addr, 0))
		return reject(env, STR_ADDRESS);
	*str = (const char *)u64_to_ptr(addr) + off;
	*len = map->value_size - off;
	if (!memchr(*str, '\0', *len))
		return reject(env, STR_NOT_TERMINATED);
	return 0;
}

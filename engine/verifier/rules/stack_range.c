/* SPDX-License-Identifier: BSD-2-Clause */
/* Stretches of stack that are read at a variable offset, or that helpers read and write. */
#include "engine/verifier/rules/rules.h"

static void clobber_spill(struct stack_slot *slot)
{
	reg_set_unknown(&slot->reg);
	for (u32 i = 0; i < REG_SIZE; i++)
		if (slot->type[i] != STACK_INVALID)
			slot->type[i] = STACK_MISC;
}

/* One byte of the stretch: false when it cannot be read as bytes. */
static bool take_byte(struct stack_slot *slot, u32 byte, bool clobber)
{
	u8 *mark = &slot->type[byte];

	switch (*mark) {
	case STACK_MISC:
		return true;
	case STACK_ZERO:
	case STACK_INVALID:
		if (clobber)
			*mark = STACK_MISC;
		return true;
	case STACK_SPILL:
		if (clobber)
			clobber_spill(slot);
		return true;
	default:
		return false;
	}
}

int stack_range(struct verifier_env *env, u32 regno, s64 off, u32 size, bool zero_ok, enum bpf_access_type type,
		struct raw_buffer *raw)
{
	const struct bpf_reg *reg = env_reg(env, regno);
	struct frame *frame = env_stack_of(env, reg);
	bool fixed = scalar_is_const(reg->val);
	char var[TNUM_TEXT];
	s64 min, max;
	int err;

	if (!size && !zero_ok)
		return reject(env, ZERO_READ);
	err = stack_access_bounds(env, regno, off, size, type);
	if (err)
		return err;
	min = off + (fixed ? (s64)reg->val.var.value : reg->val.r.smin);
	max = off + (fixed ? (s64)reg->val.var.value : reg->val.r.smax);
	if (fixed && raw && raw->wanted) {
		raw->used = true;
		raw->regno = regno;
		raw->size = size;
		return 0;
	}
	for (s64 i = min; i < max + size; i++) {
		u32 byte = (u32)(-i - 1), spi = byte / REG_SIZE;

		if (!take_byte(&frame->stack[spi], byte % REG_SIZE, type == BPF_WRITE)) {
			if (fixed)
				return reject(env, STACK_RANGE_READ, regno, (long long)min, (int)(i - min), size);
			return reject(env, STACK_RANGE_VAR_READ, regno, tnum_text(reg->val.var, var, sizeof(var)), (int)(i - min), size);
		}
		err = env->search_ops->stack_read(env, frame->frameno, 1ULL << spi);
		if (err)
			return err;
	}
	return 0;
}

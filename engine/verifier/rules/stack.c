/* SPDX-License-Identifier: BSD-2-Clause */
/* Stack: spills and fills of whole registers, bytes otherwise. */
#include <errno.h>

#include "engine/verifier/rules/rules.h"

static u8 *byte_mark(const struct frame *frame, s64 off)
{
	u32 slot = (u32)(-off - 1);

	return &frame->stack[slot / REG_SIZE].type[slot % REG_SIZE];
}

static u32 spi_of(s64 off)
{
	return (u32)(-off - 1) / REG_SIZE;
}

/* A spilled register lost some of its bytes: the rest is bytes, too. */
static void scrub(struct stack_slot *slot)
{
	for (u32 i = 0; i < REG_SIZE; i++)
		if (slot->type[i] != STACK_INVALID)
			slot->type[i] = STACK_MISC;
}

int stack_access_bounds(struct verifier_env *env, u32 regno, s64 off, s64 size, enum bpf_access_type type)
{
	const struct bpf_reg *reg = env_reg(env, regno);
	struct frame *frame = env_stack_of(env, reg);
	const char *how = type == BPF_READ ? " read from" : " write to";
	bool fixed = scalar_is_const(reg->val);
	char var[TNUM_TEXT];
	s64 min, max;

	if (fixed) {
		min = (s64)reg->val.var.value + off;
		max = min + size;
	} else {
		if (reg->val.r.smax >= MAX_VAR_OFF || reg->val.r.smin <= -MAX_VAR_OFF)
			return reject(env, STACK_UNBOUNDED, how, regno);
		min = reg->val.r.smin + off;
		max = reg->val.r.smax + off + size;
	}
	tnum_text(reg->val.var, var, sizeof(var));
	if (min < -STACK_MAX || min > -1) {
		if (fixed)
			return reject(env, STACK_BOUNDS, how, regno, (long long)min, (long long)size);
		return reject(env, STACK_VAR_BOUNDS, how, regno, var, (long long)off, (long long)size);
	}
	if (max > 0) {
		if (fixed)
			return reject(env, STACK_BOUNDS_ABOVE, how, regno, (long long)min, (long long)size);
		return reject(env, STACK_VAR_BOUNDS_ABOVE, how, regno, var, (long long)off, (long long)size);
	}
	if (frame_grow_stack(frame, (u32)-min))
		return -ENOMEM;
	env->prog->subprogs[frame->subprog].stack_depth =
		max_of(env->prog->subprogs[frame->subprog].stack_depth, frame->slots * REG_SIZE);
	return 0;
}

/* dst = bytes [min, max): zero where all are known to be. */
void stack_read_bytes(struct verifier_env *env, const struct frame *frame, s64 min_off, s64 max_off, u32 dst)
{
	s64 i = min_off;

	for (; i < max_off; i++) {
		env_dirty_slot(env, spi_of(i));
		if (*byte_mark(frame, i) != STACK_ZERO)
			break;
	}
	if (i == max_off)
		reg_set_const(env_reg(env, dst), 0);
	else
		reg_set_unknown(env_reg(env, dst));
}

static int check_bytes(struct verifier_env *env, const struct frame *frame, s64 off, u32 size)
{
	for (u32 i = 0; i < size; i++) {
		u8 mark = *byte_mark(frame, off + i);

		if (mark != STACK_MISC && mark != STACK_ZERO && mark != STACK_INVALID && mark != STACK_SPILL)
			return reject(env, STACK_READ, (long long)off, (int)i, size);
	}
	return 0;
}

static u32 spill_size(const struct stack_slot *slot)
{
	u32 n = 0;

	for (u32 i = REG_SIZE; i-- > 0 && slot->type[i] == STACK_SPILL;)
		n++;
	return n;
}

static bool all_marked(const struct frame *frame, s64 off, u32 size, u8 mark)
{
	for (u32 i = 0; i < size; i++)
		if (*byte_mark(frame, off + i) != mark)
			return false;
	return true;
}

static void fill_from(struct verifier_env *env, const struct bpf_reg *spilled, u32 dst)
{
	struct bpf_reg *reg = env_reg(env, dst);
	s32 subreg_def = reg->subreg_def;

	*reg = *spilled;
	reg->subreg_def = subreg_def;
}

/* A load of part of a slot that holds a scalar. *restored: the result is tied to the slot for precision tracking. */
static int fill_part(struct verifier_env *env, const struct mem_access *a, struct frame *frame, s64 off, bool *restored)
{
	struct stack_slot *slot = &frame->stack[spi_of(off)];
	u32 n = spill_size(slot), dst = (u32)a->value_reg;
	int err;

	if (a->size <= n && off % REG_SIZE == 0) {
		if (a->size == 4 && n == 4 && reg_width(&slot->reg) <= 32)
			reg_share_id(env, &slot->reg);
		fill_from(env, &slot->reg, dst);
		if (reg_width(&slot->reg) > a->size * 8)
			reg_untie(env_reg(env, dst));
		return 0;
	}
	err = check_bytes(env, frame, off, a->size);
	if (err)
		return err;
	if (all_marked(frame, off, a->size, STACK_SPILL) && reg_is_null(&slot->reg)) {
		reg_set_const(env_reg(env, dst), 0);
		return 0;
	}
	*restored = false;
	if (all_marked(frame, off, a->size, STACK_ZERO))
		reg_set_const(env_reg(env, dst), 0);
	else
		reg_set_unknown(env_reg(env, dst));
	return 0;
}

static int load_fixed(struct verifier_env *env, const struct mem_access *a, struct frame *frame, s64 off)
{
	u32 spi = spi_of(off);
	struct stack_slot *slot = &frame->stack[spi];
	bool restored = true;
	int err;

	env_dirty_slot(env, spi);
	err = env->search_ops->stack_read(env, frame->frameno, 1ULL << spi);
	if (err)
		return err;
	if (!slot_is_spill(slot)) {
		err = check_bytes(env, frame, off, a->size);
		if (!err && a->value_reg >= 0)
			stack_read_bytes(env, frame, off, off + a->size, (u32)a->value_reg);
		return err;
	}
	if (a->size != REG_SIZE || spill_size(slot) != REG_SIZE) {
		if (slot->reg.type != SCALAR_VALUE) {
			env_log_line(env, (u32)env->insn_idx, "; ");
			return reject(env, FILL_SIZE);
		}
		if (a->value_reg < 0)
			return 0;
		err = fill_part(env, a, frame, off, &restored);
		if (err || !restored)
			return err;
	} else if (a->value_reg >= 0) {
		reg_share_id(env, &slot->reg);
		fill_from(env, &slot->reg, (u32)a->value_reg);
	}
	return env_note_stack_access(env, frame->frameno, spi);
}

int stack_load(struct verifier_env *env, const struct mem_access *a, s64 off)
{
	const struct bpf_reg reg = *env_reg(env, a->regno);
	struct frame *frame = env_stack_of(env, &reg);
	char var[TNUM_TEXT];
	int err;

	if (scalar_is_const(reg.val))
		return load_fixed(env, a, frame, off + (s64)reg.val.var.value);
	if (a->value_reg < 0)
		return reject(env, STACK_VAR_HELPER, tnum_text(reg.val.var, var, sizeof(var)), (int)off, a->size);
	err = stack_range(env, a->regno, off, a->size, false, BPF_READ, NULL);
	if (!err)
		stack_read_bytes(env, frame, reg.val.r.smin + off, reg.val.r.smax + off + a->size, (u32)a->value_reg);
	return err;
}

/* The first `size` bytes (lowest addresses) of the slot become the register's. */
static void spill(struct stack_slot *slot, const struct bpf_reg *reg, u32 size)
{
	slot->reg = *reg;
	for (u32 i = 0; i < REG_SIZE; i++) {
		if (i >= REG_SIZE - size)
			slot->type[i] = STACK_SPILL;
		else if (slot->type[i] != STACK_ZERO && slot->type[i] != STACK_INVALID)
			slot->type[i] = STACK_MISC;
	}
}

static int spill_pointer(struct verifier_env *env, const struct mem_access *a, struct frame *frame, struct stack_slot *slot)
{
	const struct bpf_reg *reg = env_reg(env, (u32)a->value_reg);

	if (a->size != REG_SIZE) {
		env_log_line(env, (u32)env->insn_idx, "; ");
		return reject(env, SPILL_SIZE);
	}
	if (frame != env_frame(env) && reg->type == PTR_TO_STACK)
		return reject(env, SPILL_STACK_PTR);
	spill(slot, reg, a->size);
	return 0;
}

static int store_bytes(struct verifier_env *env, const struct mem_access *a, struct frame *frame, s64 off, bool zero)
{
	struct stack_slot *slot = &frame->stack[spi_of(off)];
	int err = 0;

	if (slot->type[REG_SIZE - 1] == STACK_SPILL || slot->type[REG_SIZE - 1] >= STACK_DYNPTR)
		scrub(slot);
	slot->reg.type = NOT_INIT;
	/* Zero bytes are not tied to the register that brought them: its being zero is relied on from here. */
	if (zero && a->value_reg >= 0)
		err = env_mark_precise(env, (u32)a->value_reg);
	for (u32 i = 0; i < a->size; i++)
		*byte_mark(frame, off + i) = zero ? STACK_ZERO : STACK_MISC;
	return err;
}

static bool is_st_imm(const struct verifier_env *env)
{
	return insn_class(env_insn(env)) == BPF_ST;
}

static bool stores_zero(const struct verifier_env *env, const struct mem_access *a)
{
	if (a->value_reg >= 0)
		return reg_is_null(env_reg(env, (u32)a->value_reg));
	return is_st_imm(env) && !env_insn(env)->imm;
}

static int store_fixed(struct verifier_env *env, const struct mem_access *a, struct frame *frame, s64 off)
{
	struct bpf_reg *reg = a->value_reg >= 0 ? env_reg(env, (u32)a->value_reg) : NULL;
	u32 spi = spi_of(off);
	struct stack_slot *slot = &frame->stack[spi];
	bool slot_start = off % REG_SIZE == 0;
	int err = 0;

	if (a->size == REG_SIZE)
		err = env->search_ops->stack_write(env, frame->frameno, 1ULL << spi);
	if (err)
		return err;
	env_dirty_slot(env, spi);
	if (reg && slot_start && reg->type == SCALAR_VALUE) {
		bool whole = reg_width(reg) <= a->size * 8;

		if (whole)
			reg_share_id(env, reg);
		spill(slot, reg, a->size);
		if (!whole)
			reg_untie(&slot->reg);
	} else if (!reg && slot_start && is_st_imm(env)) {
		struct bpf_reg imm = {0};

		reg_set_const(&imm, (u64)(s64)env_insn(env)->imm);
		spill(slot, &imm, a->size);
	} else if (reg && type_is_pointer(reg->type)) {
		err = spill_pointer(env, a, frame, slot);
	} else {
		return store_bytes(env, a, frame, off, stores_zero(env, a));
	}
	return err ? err : env_note_stack_access(env, frame->frameno, spi);
}

/* One of several places is written: each may keep what it had. */
static int store_variable(struct verifier_env *env, const struct mem_access *a, struct frame *frame, s64 min, s64 max)
{
	bool zero = stores_zero(env, a), zero_used = false;

	for (s64 i = min; i < max; i++) {
		struct stack_slot *slot = &frame->stack[spi_of(i)];
		u8 *mark = byte_mark(frame, i);

		env_dirty_slot(env, spi_of(i));
		if (zero && *mark == STACK_SPILL && slot_is_spilled_scalar(slot) && reg_is_null(&slot->reg)) {
			zero_used = true;
			continue;
		}
		slot->reg.type = NOT_INIT;
		zero_used |= zero && *mark == STACK_ZERO;
		*mark = zero && *mark == STACK_ZERO ? STACK_ZERO : STACK_MISC;
	}
	return zero_used && a->value_reg >= 0 ? env_mark_precise(env, (u32)a->value_reg) : 0;
}

int stack_store(struct verifier_env *env, const struct mem_access *a, s64 off)
{
	const struct bpf_reg *reg = env_reg(env, a->regno);
	struct frame *frame = env_stack_of(env, reg);

	if (scalar_is_const(reg->val))
		return store_fixed(env, a, frame, off + (s64)reg->val.var.value);
	return store_variable(env, a, frame, reg->val.r.smin + off, reg->val.r.smax + off + a->size);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The text of registers and states in the log. Numbers are short in decimal where people read them so, hexadecimal beyond. */
#include <stdlib.h>
#include <string.h>

#include "common/btf/btf.h"
#include "common/util/strbuf.h"
#include "engine/maps/map.h"
#include "engine/verifier/state/state.h"

static void print_unsigned(struct strbuf *sb, u64 v)
{
	strbuf_addf(sb, v <= 0xffff ? "%llu" : "%#llx", (unsigned long long)v);
}

static bool is_short(s64 v) /* shown in decimal */
{
	return v >= INT16_MIN && v <= INT16_MAX;
}

static void print_signed(struct strbuf *sb, s64 v)
{
	strbuf_addf(sb, is_short(v) ? "%lld" : "%#llx", (long long)v);
}

/* In hexadecimal a negative 32-bit number shows its own 32 bits, in decimal it is the same at any width. */
static u64 signed32_shown(s32 v)
{
	return is_short(v) ? (u64)(s64)v : (u32)v;
}

struct bound {
	const char *name;
	u64 val;
	bool omit;
};

static bool is_negative(const struct bound *b)
{
	return b->name[0] == 's' && (s64)b->val < 0;
}

/* "smin=umin=4,smax=...": bounds that say something, equal ones together. */
static void print_bounds(struct strbuf *sb, const struct scalar *v, const char **sep)
{
	struct bound b[] = {
		{"smin", (u64)v->r.smin, v->r.smin == INT64_MIN},       {"smax", (u64)v->r.smax, v->r.smax == INT64_MAX},
		{"umin", v->r.umin, v->r.umin == 0},                    {"umax", v->r.umax, v->r.umax == UINT64_MAX},
		{"smin32", signed32_shown(v->w.smin), v->w.smin == INT32_MIN},
		{"smax32", signed32_shown(v->w.smax), v->w.smax == INT32_MAX},
		{"umin32", v->w.umin, v->w.umin == 0},                  {"umax32", v->w.umax, v->w.umax == UINT32_MAX},
	};

	for (u32 i = 0; i < ARRAY_SIZE(b); i++) {
		if (b[i].omit)
			continue;
		strbuf_addf(sb, "%s%s=", *sep, b[i].name);
		*sep = ",";
		/* Lower bounds go with lower ones, upper with upper; a negative number never with what reads it as a large one. */
		for (u32 j = i + 2; j < ARRAY_SIZE(b); j += 2) {
			if (b[j].omit || b[j].val != b[i].val || is_negative(&b[i]) != is_negative(&b[j]))
				continue;
			strbuf_addf(sb, "%s=", b[j].name);
			b[j].omit = true;
		}
		if (b[i].name[0] == 's')
			print_signed(sb, (s64)b[i].val);
		else
			print_unsigned(sb, b[i].val);
	}
	if (!tnum_is_unknown(v->var)) {
		strbuf_addf(sb, "%svar_off=", *sep);
		tnum_print(sb, v->var);
		*sep = ",";
	}
}

static void print_map(struct strbuf *sb, const struct bpf_reg *reg, const char **sep)
{
	if (reg->map->name[0]) {
		strbuf_addf(sb, "%smap=%s", *sep, reg->map->name);
		*sep = ",";
	}
	strbuf_addf(sb, "%sks=%u,vs=%u", *sep, reg->map->key_size, reg->map->value_size);
	*sep = ",";
}

static bool has_map(u32 type)
{
	return base_type(type) == CONST_PTR_TO_MAP || base_type(type) == PTR_TO_MAP_KEY || base_type(type) == PTR_TO_MAP_VALUE;
}

/* What stands between the parentheses. */
static void print_attributes(struct strbuf *sb, const struct bpf_reg *reg)
{
	const char *sep = "";
	u32 t = reg->type;

	if (reg->id) {
		strbuf_addf(sb, "%sid=%u", sep, reg->id & ~REG_ADD_CONST);
		sep = ",";
	}
	if (t == SCALAR_VALUE && (reg->id & REG_ADD_CONST))
		strbuf_addf(sb, "%+d", reg->off);
	if (reg->ref_obj_id) {
		strbuf_addf(sb, "%sref_obj_id=%u", sep, reg->ref_obj_id);
		sep = ",";
	}
	if (type_flag(t) & NON_OWN_REF) {
		strbuf_addf(sb, "%snon_own_ref", sep);
		sep = ",";
	}
	if (has_map(t))
		print_map(sb, reg, &sep);
	if (t != SCALAR_VALUE && reg->off) {
		strbuf_addf(sb, "%soff=", sep);
		print_signed(sb, reg->off);
		sep = ",";
	}
	if (type_is_pkt(t)) {
		strbuf_addf(sb, "%sr=", sep);
		print_unsigned(sb, (u64)(s64)reg->range);
		sep = ",";
	}
	if (base_type(t) == PTR_TO_MEM) {
		strbuf_addf(sb, "%ssz=", sep);
		print_unsigned(sb, reg->mem_size);
		sep = ",";
	}
	if (!scalar_is_const(reg->val)) {
		print_bounds(sb, &reg->val, &sep);
	} else if (reg->val.var.value) {
		strbuf_addf(sb, "%simm=", sep);
		print_signed(sb, (s64)reg->val.var.value);
	}
}

void reg_print(struct strbuf *sb, const struct bpf_reg *reg, u32 frameno)
{
	char name[96];

	if (reg->type == SCALAR_VALUE && reg->precise)
		strbuf_addc(sb, 'P');
	if (reg->type == SCALAR_VALUE && scalar_is_const(reg->val)) {
		print_signed(sb, (s64)reg->val.var.value);
		return;
	}
	strbuf_adds(sb, reg_type_name(reg->type, name, sizeof(name)));
	if (reg->type == PTR_TO_STACK) {
		if (reg->frameno != frameno)
			strbuf_addf(sb, "[%u]", reg->frameno);
		if (scalar_is_const(reg->val)) {
			print_signed(sb, reg->off + (s64)reg->val.var.value);
			return;
		}
	}
	if (base_type(reg->type) == PTR_TO_BTF_ID)
		strbuf_adds(sb, btf_name(reg->btf, reg->btf_id));
	strbuf_addc(sb, '(');
	print_attributes(sb, reg);
	strbuf_addc(sb, ')');
}

static const char slot_chars[] = {
	[STACK_INVALID] = '?', [STACK_SPILL] = 'r', [STACK_MISC] = 'm',     [STACK_ZERO] = '0',
	[STACK_DYNPTR] = 'd',  [STACK_ITER] = 'i',  [STACK_IRQ_FLAG] = 'f',
};

static void print_slot(struct strbuf *sb, const struct frame *frame, u32 spi)
{
	const struct stack_slot *slot = &frame->stack[spi];
	char bytes[REG_SIZE + 1];
	bool used = false;

	for (u32 j = 0; j < REG_SIZE; j++) {
		bytes[j] = slot_chars[slot->type[j]];
		used |= slot->type[j] != STACK_INVALID;
	}
	bytes[REG_SIZE] = '\0';
	if (!used)
		return;
	if (slot->type[REG_SIZE - 1] == STACK_SPILL) {
		u32 j = 0;

		while (slot->type[j] != STACK_SPILL)
			j++;
		bytes[j] = '\0';
		strbuf_addf(sb, " fp%d=%s", slot_off(spi), bytes);
		reg_print(sb, &slot->reg, frame->frameno);
		return;
	}
	strbuf_addf(sb, " fp%d=%s", slot_off(spi), bytes);
}

void state_print(struct strbuf *sb, const struct verifier_state *state, u32 frameno, bool all, u32 regs, u64 slots)
{
	const struct frame *frame = state->frame[frameno];

	if (frame->frameno)
		strbuf_addf(sb, " frame%u:", frame->frameno);
	for (u32 i = 0; i < REG_MAX; i++) {
		if (frame->regs[i].type == NOT_INIT || !(all || (regs & 1U << i)))
			continue;
		strbuf_addf(sb, " R%u=", i);
		reg_print(sb, &frame->regs[i], frame->frameno);
	}
	for (u32 i = 0; i < frame->slots; i++)
		if (all || (slots & 1ULL << i))
			print_slot(sb, frame, i);
	for (u32 i = 0; i < state->ref_cnt; i++)
		strbuf_addf(sb, "%s%u", i ? "," : " refs=", state->refs[i].id);
	if (frame->in_callback)
		strbuf_adds(sb, " cb");
	if (frame->in_async_callback)
		strbuf_adds(sb, " async_cb");
	strbuf_addc(sb, '\n');
}

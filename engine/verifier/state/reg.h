/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A register of the abstract machine: a type, what is known of the number in it (or of the variable part of a pointer's offset),
 * and the identities that tie it to other registers.
 *
 * id means, by type:
 *  - scalar: registers with the same id hold the same number (what is learnt of one holds for all); with REG_ADD_CONST set
 *    this one is `off` more than those without it;
 *  - pointer that may be null: null together with all of the same id;
 *  - packet pointer: same base and same variable offset, so that range checks of one hold for all;
 *  - map value with a spin lock: which value it is.
 */
#ifndef SKEP_STATE_REG_H
#define SKEP_STATE_REG_H

#include <stdbool.h>

#include "common/uapi/bpf.h"
#include "engine/verifier/reg_type.h"
#include "engine/verifier/values/scalar.h"

#define REG_MAX 11             /* r0 .. r10 */
#define REG_FP 10
#define REG_SIZE 8
#define STACK_MAX 512
#define STACK_SLOTS (STACK_MAX / REG_SIZE)
#define FRAMES_MAX 8

#define REG_ADD_CONST64 (1U << 31)
#define REG_ADD_CONST32 (1U << 30)
#define REG_ADD_CONST (REG_ADD_CONST64 | REG_ADD_CONST32)

/* Packet pointers: range is the number of bytes known to lie before the end, or one of these. */
#define RANGE_AT_PKT_END (-1)
#define RANGE_BEYOND_PKT_END (-2)

#define SUBREG_DEF_NONE 0 /* no 32-bit definition whose upper half matters; else index of the defining insn + 1 */

struct bpf_map;
struct btf;

struct bpf_reg {
	u32 type; /* enum bpf_reg_type and its flags */
	s32 off;  /* fixed part of the offset; of a scalar: see REG_ADD_CONST */
	union {
		s32 range; /* packet pointers */
		struct {
			const struct bpf_map *map; /* CONST_PTR_TO_MAP, PTR_TO_MAP_KEY, PTR_TO_MAP_VALUE */
			u32 map_uid;               /* which inner map: id of the lookup that found it */
		};
		struct {
			const struct btf *btf; /* PTR_TO_BTF_ID */
			u32 btf_id;
		};
		struct {
			u32 mem_size; /* PTR_TO_MEM */
			u32 dynptr_id;
		};
		struct {
			u32 kind;        /* enum bpf_dynptr_kind */
			bool first_slot;
		} dynptr; /* CONST_PTR_TO_DYNPTR and STACK_DYNPTR slots */
		u32 subprog; /* PTR_TO_FUNC */
		struct {
			u64 a, b;
		} raw; /* all of the above, for comparing */
	};
	struct scalar val;
	u32 id;
	u32 ref_obj_id; /* the reference that this pointer came with; pointers derived from it share it */
	u32 frameno;    /* PTR_TO_STACK: whose stack */
	s32 subreg_def;
	bool precise;   /* scalar whose value decided something: pruning must compare it */
};

static inline bool reg_is_null(const struct bpf_reg *reg) /* the number 0, as helpers take for NULL */
{
	return reg->type == SCALAR_VALUE && scalar_is_const(reg->val) && reg->val.var.value == 0;
}
static inline bool reg_is_const(const struct bpf_reg *reg)
{
	return reg->type == SCALAR_VALUE && scalar_is_const(reg->val);
}
static inline bool type_may_be_null(u32 type)
{
	return type & PTR_MAYBE_NULL;
}
static inline bool type_is_pkt(u32 type)
{
	return type == PTR_TO_PACKET || type == PTR_TO_PACKET_META;
}
static inline bool type_is_pkt_any(u32 type)
{
	return type_is_pkt(type) || type == PTR_TO_PACKET_END;
}
static inline bool type_is_pointer(u32 type)
{
	return type != NOT_INIT && type != SCALAR_VALUE;
}
static inline bool type_is_ptr_to_mem(u32 type)
{
	return base_type(type) == PTR_TO_MEM;
}

/* The number no longer has to do with others. */
static inline void reg_untie(struct bpf_reg *reg)
{
	reg->id = 0;
	reg->off = 0;
}
/* How far a scalar is from those of its id that were not added to. */
static inline s32 reg_delta(const struct bpf_reg *reg)
{
	return reg->id & REG_ADD_CONST ? reg->off : 0;
}

/* Whole values: everything but subreg_def is set. */
void reg_set_not_init(struct bpf_reg *reg);
void reg_set_unknown(struct bpf_reg *reg); /* imprecise */
void reg_set_const(struct bpf_reg *reg, u64 v);
/* A pointer of that type at offset 0, no identity. Fields of the union are zeroed. */
void reg_set_pointer(struct bpf_reg *reg, u32 type);

/* Keep type and identity, change the value. */
static inline void reg_set_value(struct bpf_reg *reg, struct scalar v)
{
	reg->val = v;
}

/* Words of the log: "scalar", "map_value_or_null", "trusted_ptr_". Up to `size` characters into buf; buf. */
const char *reg_type_name(u32 type, char *buf, size_t size);

struct strbuf;
/* "map_value(id=1,ks=8,vs=48,off=4)", as the log shows a register of frame `frameno`. */
void reg_print(struct strbuf *sb, const struct bpf_reg *reg, u32 frameno);

#endif

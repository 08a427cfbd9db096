/* SPDX-License-Identifier: BSD-2-Clause */
/* What a register may hold, as program types, helper contracts and the verifier name it. */
#ifndef SKEP_VERIFIER_REG_TYPE_H
#define SKEP_VERIFIER_REG_TYPE_H

#include "common/util/util.h"

enum bpf_reg_type {
	NOT_INIT,
	SCALAR_VALUE,
	PTR_TO_CTX,
	CONST_PTR_TO_MAP,
	PTR_TO_MAP_VALUE,
	PTR_TO_MAP_KEY,
	PTR_TO_STACK,
	PTR_TO_PACKET_META,
	PTR_TO_PACKET,
	PTR_TO_PACKET_END,
	PTR_TO_FLOW_KEYS,
	PTR_TO_SOCKET,
	PTR_TO_SOCK_COMMON,
	PTR_TO_TCP_SOCK,
	PTR_TO_TP_BUFFER,
	PTR_TO_XDP_SOCK,
	PTR_TO_BTF_ID,
	PTR_TO_MEM,
	PTR_TO_ARENA,
	PTR_TO_BUF,
	PTR_TO_FUNC,
	CONST_PTR_TO_DYNPTR,
	__BPF_REG_TYPES,
	BPF_BASE_TYPE_MASK = 0xff,

	/* Flags, or-ed to a base type. */
	PTR_MAYBE_NULL = 1 << 8,
	MEM_RDONLY = 1 << 9,
	MEM_RINGBUF = 1 << 10,
	MEM_USER = 1 << 11,
	MEM_PERCPU = 1 << 12,
	OBJ_RELEASE = 1 << 13,
	PTR_UNTRUSTED = 1 << 14,
	MEM_UNINIT = 1 << 15,
	DYNPTR_TYPE_LOCAL = 1 << 16,
	DYNPTR_TYPE_RINGBUF = 1 << 17,
	MEM_FIXED_SIZE = 1 << 18,
	MEM_ALLOC = 1 << 19,
	PTR_TRUSTED = 1 << 20,
	MEM_RCU = 1 << 21,
	NON_OWN_REF = 1 << 22,
	DYNPTR_TYPE_SKB = 1 << 23,
	DYNPTR_TYPE_XDP = 1 << 24,
	MEM_ALIGNED = 1 << 25,
	MEM_WRITE = 1 << 26,
};

static inline u32 base_type(u32 type)
{
	return type & (u32)BPF_BASE_TYPE_MASK;
}
static inline u32 type_flag(u32 type)
{
	return type & ~(u32)BPF_BASE_TYPE_MASK;
}

#endif

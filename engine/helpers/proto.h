/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A helper's contract: what the verifier demands of its arguments and promises of its result. It stands beside the helper's
 * body. Names are those of the kernel's contract language, which the log and the documentation use.
 */
#ifndef SKEP_HELPER_PROTO_H
#define SKEP_HELPER_PROTO_H

#include <stdbool.h>

#include "common/uapi/bpf.h"
#include "engine/verifier/reg_type.h"

struct bpf_prog;

enum bpf_arg_type {
	ARG_DONTCARE,
	ARG_CONST_MAP_PTR,
	ARG_PTR_TO_MAP_KEY,
	ARG_PTR_TO_MAP_VALUE,
	ARG_PTR_TO_MEM, /* followed by ARG_CONST_SIZE*, or MEM_FIXED_SIZE with arg_size */
	ARG_PTR_TO_ARENA,
	ARG_CONST_SIZE,
	ARG_CONST_SIZE_OR_ZERO,
	ARG_PTR_TO_CTX,
	ARG_ANYTHING,
	ARG_PTR_TO_SPIN_LOCK,
	ARG_PTR_TO_SOCK_COMMON,
	ARG_PTR_TO_SOCKET,
	ARG_PTR_TO_BTF_ID, /* arg_btf_name */
	ARG_PTR_TO_RINGBUF_MEM,
	ARG_CONST_ALLOC_SIZE_OR_ZERO,
	ARG_PTR_TO_BTF_ID_SOCK_COMMON,
	ARG_PTR_TO_PERCPU_BTF_ID,
	ARG_PTR_TO_FUNC,
	ARG_PTR_TO_STACK,
	ARG_PTR_TO_CONST_STR,
	ARG_PTR_TO_TIMER,
	ARG_KPTR_XCHG_DEST,
	ARG_PTR_TO_DYNPTR,
	__BPF_ARG_TYPES,
	/* or-ed: PTR_MAYBE_NULL, MEM_UNINIT, MEM_RDONLY, MEM_WRITE, MEM_ALIGNED, OBJ_RELEASE, MEM_FIXED_SIZE, DYNPTR_TYPE_* */
};

enum bpf_return_type {
	RET_INTEGER,
	RET_VOID,
	RET_PTR_TO_MAP_VALUE,
	RET_PTR_TO_SOCKET,
	RET_PTR_TO_TCP_SOCK,
	RET_PTR_TO_SOCK_COMMON,
	RET_PTR_TO_MEM, /* size: ARG_CONST_ALLOC_SIZE_OR_ZERO */
	RET_PTR_TO_MEM_OR_BTF_ID,
	RET_PTR_TO_BTF_ID, /* ret_btf_name */
	/* or-ed: PTR_MAYBE_NULL, MEM_RINGBUF, PTR_TRUSTED */
};

typedef u64 (*bpf_func)(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);

struct bpf_func_proto {
	bpf_func fn;
	bool gpl_only;
	bool pkt_access;    /* ARG_PTR_TO_MEM may be a packet pointer */
	bool might_sleep;   /* only in sleepable programs */
	bool changes_packet; /* packet pointers are void afterwards */
	u32 ret_type;
	u32 arg_type[5];
	u32 arg_size[5];             /* for MEM_FIXED_SIZE */
	const char *arg_btf_name[5]; /* struct name in the engine's BTF, for ARG_PTR_TO_BTF_ID */
	const char *ret_btf_name;
};

/* Whether programs of that type may call the helper at all, be it there or not: the kernel's answer. */
bool helper_available(u32 id, enum bpf_prog_type type);
/* The contract of a helper for a program of that type; NULL: not for this type, or not there. */
const struct bpf_func_proto *helper_func_proto(enum bpf_func_id id, const struct bpf_prog *prog);

/* Name of a helper ("bpf_map_lookup_elem" without "bpf_"), or "unknown". */
const char *helper_name(u32 id);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the verifier learnt of one instruction: for the rewrites, the interpreter and later the JIT. Kept in step with the
 * instructions by the patch engine (rewrite/patch.h).
 */
#ifndef SKEP_INSN_AUX_H
#define SKEP_INSN_AUX_H

#include <stdbool.h>

#include "engine/verifier/reg_type.h"

struct bpf_map;

struct insn_aux {
	bool seen;             /* reached on some path; others are dead and are removed */
	u32 ptr_type;          /* base pointer's reg type of a load, store or atomic; NOT_INIT: none */
	u32 ctx_field_size;    /* for narrow context loads: size of the whole field */
	bool zext_dst;         /* a 32-bit definition whose upper half is used */
	bool probe_mem;        /* a load through a BTF pointer that may fault: becomes BPF_PROBE_MEM / PROBE_MEMSX */
	bool storage_in_arena;
	/* 64-bit immediate loads */
	struct bpf_map *map;   /* of BPF_PSEUDO_MAP_FD / IDX and their _VALUE forms (reference held by prog->used_maps) */
	u32 map_off;
	u32 subprog;           /* of BPF_PSEUDO_FUNC and BPF_PSEUDO_CALL */
	u64 const_value;       /* BTF ids: the address to load */
	u32 btf_id;            /* BPF_PSEUDO_BTF_ID: id in the engine's BTF */
	/* calls */
	const struct bpf_func_proto *proto;
	struct bpf_map *call_map;   /* the one map that this helper call is always given; NULL: none or several */
	bool call_map_poisoned;     /* several */
	u32 tail_call_index;        /* constant index, valid when tail_call_const */
	bool tail_call_const;
	bool loop_seen;        /* bpf_loop: verified once; always with this callback and flags 0 */
	bool loop_plain;
	bool callback_calls;        /* a helper that enters a callback */
	/* known outcome of a conditional jump: 0 unknown, 1 always taken, 2 never */
	u8 branch_known;
	bool prune_point;
	bool jmp_point;
	bool force_checkpoint;
	u32 orig_idx;          /* index in the program as it was loaded */
};

#endif

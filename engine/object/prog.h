/* SPDX-License-Identifier: BSD-2-Clause */
/* A program: from PROG_LOAD's attributes through verification and rewriting to what runs. */
#ifndef SKEP_ENGINE_PROG_H
#define SKEP_ENGINE_PROG_H

#include "engine/object/object.h"
#include "engine/types/prog_type.h"
#include "common/uapi/bpf.h"

struct bpf_map;
struct btf_obj;
struct insn_aux;
struct interp_prog;

/* A function of the program: main is subprog 0. */
struct bpf_subprog {
	u32 start;       /* index of its first insn */
	u32 end;         /* one past its last */
	u32 stack_depth; /* bytes, as verified */
	u32 btf_func_id; /* FUNC in prog->btf, or 0 */
	bool is_global;
	bool is_cb;      /* entered by helpers, not only by calls */
	bool has_tail_call;
	bool has_ld_abs;
};

/* What the imm of a rewritten helper or kfunc call indexes. */
struct bpf_call_target {
	bpf_func fn;
	u32 id;          /* helper id, or BTF id of the kfunc */
	bool is_kfunc;
};

struct bpf_prog {
	struct obj obj;
	enum bpf_prog_type type;
	enum bpf_attach_type expected_attach_type;
	const struct prog_type_ops *ops;
	u32 prog_flags;
	bool gpl_compatible;
	bool sleepable;
	char name[BPF_OBJ_NAME_LEN];
	u8 tag[BPF_TAG_SIZE];
	u64 load_time_ns; /* since boot */
	u32 uid;
	u32 verified_insns;

	/* Before verification: as given, map fds still in place. After rewriting: what runs, and what xlated dumps are made of. */
	struct bpf_insn *insns;
	u32 insn_cnt;
	struct insn_aux *aux; /* one per insn, kept in step by the patch engine; freed once the program is final */

	struct bpf_subprog *subprogs;
	u32 subprog_cnt;
	struct bpf_call_target *calls;
	u32 call_cnt;
	struct bpf_map **used_maps; /* a reference each */
	u32 used_map_cnt;

	struct btf_obj *btf; /* reference, or NULL */
	struct bpf_func_info *func_info;
	u32 func_info_cnt;
	struct bpf_line_info *line_info;
	u32 line_info_cnt; /* insn_off follows the rewrites */

	/* tp_btf, fentry, …: the type in the engine's BTF that the program attaches to. */
	u32 attach_btf_id;
	const char *attach_func_name;

	u32 max_ctx_offset;      /* largest context byte read + 1: TRACEPOINT programs must fit their event */
	u32 max_tp_access;       /* raw tracepoint writable */
	u32 max_pkt_offset;
	bool tail_calls;
	bool kprobe_override;

	struct interp_prog *code;
	atomic_ullong run_cnt;
	atomic_ullong run_time_ns;
	atomic_ullong recursion_misses;
};

static inline struct bpf_prog *obj_to_prog(struct obj *obj)
{
	return container_of(obj, struct bpf_prog, obj);
}

#endif

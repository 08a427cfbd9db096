/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program type is a room: context layout and access rules, context rewriting, helpers, return range, TEST_RUN. One
 * file a family, ending in one struct prog_type_ops; prog_type_ops_of() finds it.
 */
#ifndef SKEP_PROG_TYPE_H
#define SKEP_PROG_TYPE_H

#include <stdbool.h>

#include "engine/helpers/proto.h"
#include "common/uapi/bpf.h"

struct bpf_prog;
struct btf;
struct caller;

enum bpf_access_type { BPF_READ = 1, BPF_WRITE = 2 };

/* What a context access yields; filled by is_valid_access. Start from {.reg_type = SCALAR_VALUE}. */
struct bpf_access_info {
	u32 reg_type;         /* of the loaded value */
	u32 ctx_field_size;   /* nonzero: narrower loads of a field of that size are allowed and rewritten */
	const struct btf *btf; /* for PTR_TO_BTF_ID */
	u32 btf_id;
	bool is_ldsx;
	struct strbuf *log;    /* where a refusal may say more, or NULL */
};

struct bpf_retval_range {
	s32 min;
	s32 max;
};

struct prog_type_ops {
	enum bpf_prog_type type;
	/* PROG_LOAD: whether expected_attach_type and attach_btf_id fit the type; 0 or -EINVAL. NULL: attach type must
	 * be 0. */
	int (*check_load)(const union bpf_attr *attr);
	/* Contract of a helper, or NULL when this type may not call it. */
	const struct bpf_func_proto *(*func_proto)(enum bpf_func_id id, const struct bpf_prog *prog);
	/* Whether [off, off + size) of the context may be read or written. */
	bool (*is_valid_access)(int off, int size, enum bpf_access_type access, const struct bpf_prog *prog,
				struct bpf_access_info *info);
	/* Rewrite one access of the UAPI context into accesses of the engine's own: instructions into out (at most 16),
	 * their number returned; *target_size is the size actually loaded. NULL: the context is what the UAPI says. */
	u32 (*convert_ctx_access)(enum bpf_access_type access, const struct bpf_insn *insn, struct bpf_insn *out,
				  struct bpf_prog *prog, u32 *target_size);
	/* The range that r0 must be in at exit; false: anything. */
	bool (*retval_range)(const struct bpf_prog *prog, struct bpf_retval_range *range);
	/* BPF_PROG_TEST_RUN; NULL: -ENOTSUPP. */
	int (*test_run)(struct bpf_prog *prog, const union bpf_attr *attr, union bpf_attr *uattr,
			struct caller *caller);
	/* Name of the context's struct in BTF ("xdp_md"), for arguments of global functions; NULL: none. */
	const char *ctx_struct;
	bool packet_access;  /* direct packet reads */
	bool packet_write;   /* direct packet writes */
	bool ld_abs;         /* may use the legacy packet instructions */
};

const struct prog_type_ops *prog_type_ops_of(enum bpf_prog_type type); /* NULL: unknown or not there yet */

/* Helpers that every type may call (maps, time, cpu, printk, tail calls, …) and those of all tracing types. NULL:
 * neither. */
const struct bpf_func_proto *base_func_proto(enum bpf_func_id id, const struct bpf_prog *prog);
const struct bpf_func_proto *tracing_func_proto(enum bpf_func_id id, const struct bpf_prog *prog);

#endif

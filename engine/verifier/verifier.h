/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verifier's door. In: a program as it was loaded (prog->insns with map fds, func_info, line_info, BTF). Out: verdict, log,
 * prog->aux, prog->subprogs, prog->used_maps, attach target. Nothing runs that did not pass here; rewrites come after
 * (rewrite/rewrite.h).
 */
#ifndef SKEP_VERIFIER_H
#define SKEP_VERIFIER_H

#include "engine/object/prog.h"
#include "common/util/strbuf.h"

struct caller;

/* The log as BPF_PROG_LOAD's attributes ask for it (Documentation/bpf/verifier.rst, UAPI log_level, log_true_size). */
struct verifier_log {
	struct caller *caller;
	u64 ubuf;       /* caller's memory */
	u32 len_total;
	u32 level;      /* BPF_LOG_LEVEL1 1, LEVEL2 2, STATS 4, FIXED 8 */
	struct strbuf text;
	u64 len_max;    /* largest length reached: what log_true_size reports, less the NUL */
	u64 end_pos;
	u64 start_pos;
};

struct verifier_opts {
	u32 log_level;
	u64 fd_array;    /* caller's address, 0: none */
	u32 fd_array_cnt;
	u32 prog_btf_fd;
	u32 attach_btf_id;
	struct caller *caller;
};

/* 0, or the -errno that PROG_LOAD answers (-EACCES, -EINVAL, -EPERM, -E2BIG, -ENOMEM, …); the reason is in log. */
int verifier_check(struct bpf_prog *prog, const struct verifier_opts *opts, struct verifier_log *log);

#endif

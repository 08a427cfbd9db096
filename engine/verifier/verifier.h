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
	u64 end_pos;    /* of the stream of all that was logged */
	u64 start_pos;  /* of what `text` still holds */
	int reason;     /* enum verifier_reason of the refusal, 0: none */
};

/* An empty log; -EINVAL when level, buffer and size do not go together. level 0: nothing is kept. */
int verifier_log_init(struct verifier_log *log, struct caller *caller, u32 level, u64 ubuf, u32 size);
/* Append to the log, if there is one. */
void verifier_log(struct verifier_log *log, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Write the log to the caller's buffer (its end, or with BPF_LOG_FIXED its start) and free it. *true_size: the buffer that would have
 * held all of it. 0, -ENOSPC when it did not fit, -EFAULT. */
int verifier_log_finalize(struct verifier_log *log, u32 *true_size);
void verifier_log_free(struct verifier_log *log);

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

/* SPDX-License-Identifier: BSD-2-Clause */
/* The seccomp filter of a traced tree: which system calls stop (SECCOMP_RET_TRACE); all others run at full speed. */
#ifndef SKEP_PROCESS_FILTER_H
#define SKEP_PROCESS_FILTER_H

#include <linux/filter.h>
#include <skep/hook.h>

/* SECCOMP_RET_DATA of our filter: what another filter of the tree sends to a tracer is told apart by it. */
#define FILTER_TAG 0x5ee9

static inline bool syscall_set_has(const uint64_t *set, uint32_t nr)
{
	return nr < SKEP_SYSCALL_WORDS * 64 && (set[nr / 64] >> (nr % 64) & 1);
}

/* A filter that stops the calls in `set`, and prctl(PR_SET_NAME). The instructions are the caller's to free. 0 or -errno. */
int filter_build(struct sock_fprog *prog, const uint64_t *set);

#endif

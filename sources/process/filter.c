/* SPDX-License-Identifier: BSD-2-Clause */
#include "sources/process/filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "common/util/util.h"

#define NR_SYSCALLS (SKEP_SYSCALL_WORDS * 64)
/* Head, two instructions for each run of wanted numbers, prctl, tail. */
#define MAX_INSNS (16 + 2 * NR_SYSCALLS)

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#else
#error "no seccomp architecture for this machine yet"
#endif

static struct sock_filter stmt(u16 code, u32 k)
{
	return (struct sock_filter){.code = code, .k = k};
}

static struct sock_filter jump(u16 code, u32 k, u8 jt, u8 jf)
{
	return (struct sock_filter){.code = code, .k = k, .jt = jt, .jf = jf};
}

/*
 * if (arch != native) allow
 * for each run [first, last] of wanted numbers: if (nr >= first && nr <= last) trace
 * if (nr == prctl && arg0 == PR_SET_NAME) trace
 * allow
 *
 * Trace is returned in place behind each run, so no jump is ever longer than its 8 bits. The kernel remembers which numbers are
 * always allowed, so the length costs unwanted calls nothing.
 */
int filter_build(struct sock_fprog *prog, const uint64_t *set)
{
	struct sock_filter *f = calloc(MAX_INSNS + NR_SYSCALLS, sizeof(*f));
	u32 n = 0;

	if (!f)
		return -ENOMEM;
	f[n++] = stmt(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch));
	f[n++] = jump(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
	f[n++] = stmt(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	f[n++] = stmt(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (u32 nr = 0; nr < NR_SYSCALLS; nr++) {
		u32 last = nr;

		if (!syscall_set_has(set, nr))
			continue;
		while (last + 1 < NR_SYSCALLS && syscall_set_has(set, last + 1))
			last++;
		f[n++] = jump(BPF_JMP | BPF_JGE | BPF_K, nr, 0, 2);
		f[n++] = jump(BPF_JMP | BPF_JGT | BPF_K, last, 1, 0);
		f[n++] = stmt(BPF_RET | BPF_K, SECCOMP_RET_TRACE | FILTER_TAG);
		nr = last;
	}
	f[n++] = jump(BPF_JMP | BPF_JEQ | BPF_K, SYS_prctl, 0, 3);
	f[n++] = stmt(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0]));
	f[n++] = jump(BPF_JMP | BPF_JEQ | BPF_K, PR_SET_NAME, 0, 1);
	f[n++] = stmt(BPF_RET | BPF_K, SECCOMP_RET_TRACE | FILTER_TAG);
	f[n++] = stmt(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	*prog = (struct sock_fprog){.len = (unsigned short)n, .filter = f};
	return 0;
}

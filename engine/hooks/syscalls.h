/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls by number and name, and the kernel symbols that their entry functions have. */
#ifndef SKEP_HOOKS_SYSCALLS_H
#define SKEP_HOOKS_SYSCALLS_H

#include "common/util/util.h"

#define SYSCALL_NR_MAX 512 /* every number is less */
#define SYSCALL_ARGS_MAX 6

struct syscall_arg {
	const char *type;
	const char *name;
};

struct syscall_desc {
	const char *name; /* NULL: no such system call */
	struct syscall_arg args[SYSCALL_ARGS_MAX];
	u8 nr_args;
};

/* NULL when there is none of that number. */
const struct syscall_desc *syscall_by_nr(u32 nr);
/* Its number, or -ENOENT. */
int syscall_find(const char *name);
/* Entry functions: the number of the system call whose entry function a symbol ("__x64_sys_openat") names, or -ENOENT;
 * the address that the function pretends to have; the number at an address, or -ENOENT. */
int syscall_symbol(const char *symbol);
u64 syscall_symbol_addr(u32 nr);
int syscall_symbol_at(u64 addr);
#define SYSCALL_SYMBOL_PREFIX "__x64_sys_"

#endif

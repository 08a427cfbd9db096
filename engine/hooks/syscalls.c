/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/hooks/syscalls.h"

#include <errno.h>
#include <string.h>

/* Kernel text begins here on x86-64. Nothing is mapped there: the addresses only tell functions apart. */
#define TEXT_BASE 0xffffffff81000000ULL
#define FUNC_SIZE 64

/* The number of arguments is taken from the list itself. */
#define ARG(type, name) {type, name}
#define SYSCALL(nr, name, ...)                                                                                         \
	[nr] = {#name,                                                                                                 \
		{__VA_ARGS__},                                                                                         \
		sizeof((const struct syscall_arg[]){{0}, ##__VA_ARGS__}) / sizeof(struct syscall_arg) - 1},
static const struct syscall_desc syscalls[] = {
#include "engine/hooks/syscalls_x86_64.def"
};
#undef SYSCALL
#undef ARG

_Static_assert(ARRAY_SIZE(syscalls) <= SYSCALL_NR_MAX, "a system call's number does not fit");

const struct syscall_desc *syscall_by_nr(u32 nr)
{
	return nr < ARRAY_SIZE(syscalls) && syscalls[nr].name ? &syscalls[nr] : NULL;
}

int syscall_find(const char *name)
{
	for (u32 nr = 0; nr < ARRAY_SIZE(syscalls); nr++)
		if (syscalls[nr].name && !strcmp(syscalls[nr].name, name))
			return (int)nr;
	return -ENOENT;
}

int syscall_symbol(const char *symbol)
{
	size_t n = strlen(SYSCALL_SYMBOL_PREFIX);

	return strncmp(symbol, SYSCALL_SYMBOL_PREFIX, n) ? -ENOENT : syscall_find(symbol + n);
}

u64 syscall_symbol_addr(u32 nr)
{
	return TEXT_BASE + (u64)nr * FUNC_SIZE;
}

int syscall_symbol_at(u64 addr)
{
	u64 nr = (addr - TEXT_BASE) / FUNC_SIZE;

	return addr >= TEXT_BASE && (addr - TEXT_BASE) % FUNC_SIZE == 0 && nr < ARRAY_SIZE(syscalls) &&
			       syscalls[nr].name
		       ? (int)nr
		       : -ENOENT;
}

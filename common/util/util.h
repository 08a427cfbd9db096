/* SPDX-License-Identifier: BSD-2-Clause */
/* The few macros that every room uses. */
#ifndef SKEP_UTIL_H
#define SKEP_UTIL_H

#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define min_of(a, b) ({ __auto_type _a = (a); __auto_type _b = (b); _a < _b ? _a : _b; })
#define max_of(a, b) ({ __auto_type _a = (a); __auto_type _b = (b); _a > _b ? _a : _b; })
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

static inline u64 round_up_u64(u64 n, u64 to) /* `to` is a power of two */
{
	return (n + to - 1) & ~(to - 1);
}

static inline void *u64_to_ptr(u64 v)
{
	return (void *)(uintptr_t)v;
}

static inline u64 ptr_to_u64(const void *p)
{
	return (u64)(uintptr_t)p;
}

/* Free what a variable points to when it goes out of scope: `_cleanup_free_ char *s = ...`. */
static inline void cleanup_free(void *p)
{
	__builtin_free(*(void **)p);
}
#define _cleanup_free_ __attribute__((cleanup(cleanup_free)))

/* errno 524: what the kernel answers when a program type has no TEST_RUN, a map no such operation. Not in the UAPI's errno. */
#ifndef ENOTSUPP
#define ENOTSUPP 524
#endif

#endif

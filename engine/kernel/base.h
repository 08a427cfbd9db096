/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine's kernel: small types that the others are made of.
 *
 * Everything under engine/kernel/ is read twice: by host code, which fills the objects in, and by `clang -target bpf -g`, whose
 * BTF becomes the engine's /sys/kernel/btf/vmlinux. Both are LP64, so layouts agree (tests/unit/kernel_btf.c proves it).
 * Names of structs and fields are those of the Linux kernel, because CO-RE finds them by name; layouts are our own. What is
 * declared is what the engine fills in: a field that is missing here fails to relocate, by name, instead of reading nothing.
 *
 * Do not include <linux/ptrace.h> beside these: it has a struct pt_regs of its own.
 */
#ifndef SKEP_KERNEL_BASE_H
#define SKEP_KERNEL_BASE_H

#ifdef __bpf__
#include <linux/types.h>
#include <linux/resource.h>
#include <linux/in.h>
#include <linux/in6.h>
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;
typedef _Bool bool;
typedef __kernel_size_t size_t;
typedef __kernel_ssize_t ssize_t;
typedef __kernel_pid_t pid_t;
typedef __kernel_uid32_t uid_t;
typedef __kernel_gid32_t gid_t;
typedef __kernel_loff_t loff_t;
typedef unsigned short umode_t;
typedef u32 __kernel_dev_t;
typedef __kernel_dev_t dev_t;
#define KERNEL_DEV_T dev_t
typedef __kernel_sa_family_t sa_family_t;
typedef u64 uintptr_t;
#else
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "common/util/util.h"
typedef unsigned short umode_t;
#define KERNEL_DEV_T u32 /* the kernel's dev_t has 32 bits, libc's 64 */
#endif

typedef unsigned int fmode_t;
typedef s64 ktime_t;
typedef s64 time64_t;
typedef u32 errseq_t;
#ifdef __bpf__
typedef __u32 __portpair;
typedef __u64 __addrpair;
#else
typedef u32 __portpair;
typedef u64 __addrpair;
#endif

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic64_t;

typedef atomic64_t atomic_long_t;

typedef struct refcount_struct {
	atomic_t refs;
} refcount_t;

typedef struct spinlock {
	u32 slock;
} spinlock_t;

typedef struct {
	uid_t val;
} kuid_t;

typedef struct {
	gid_t val;
} kgid_t;

typedef struct {
	u64 val;
} kernel_cap_t;

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

struct hlist_node {
	struct hlist_node *next;
	struct hlist_node **pprev;
};

struct hlist_head {
	struct hlist_node *first;
};

struct callback_head {
	struct callback_head *next;
	void (*func)(struct callback_head *);
};

struct rb_node {
	unsigned long __rb_parent_color;
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};

struct timespec64 {
	time64_t tv_sec;
	long tv_nsec;
};

typedef struct {
	unsigned long sig[1];
} kernel_sigset_t;

#endif

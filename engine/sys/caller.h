/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who calls: the dispatcher reads and writes the caller's memory, and gives and takes file descriptors, only through this, so
 * that the caller can be this process or another one (over a connection, sys/serve.c).
 */
#ifndef SKEP_CALLER_H
#define SKEP_CALLER_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/util/util.h"

struct skep_engine;
struct caller;
struct stat;

struct caller_ops {
	int (*read)(struct caller *caller, void *dst, u64 addr, size_t n);        /* 0 or -EFAULT */
	int (*write)(struct caller *caller, u64 addr, const void *src, size_t n); /* 0 or -EFAULT */
	/* The string at addr with its NUL, or its first n bytes when it has none there; how many, or -EFAULT. NULL: by way of read. */
	long (*read_str)(struct caller *caller, char *dst, u64 addr, size_t n);
	/* What stat(2) says of the caller's descriptor, and (unless flags is NULL) its F_GETFL flags; 0 or -EBADF. */
	int (*fd_stat)(struct caller *caller, int fd, struct stat *st, int *flags);
	/* The caller's descriptor as one of this process: a new descriptor, or -EBADF. */
	int (*fd_take)(struct caller *caller, int fd);
	/* Hand a descriptor of this process over (consumed): its number at the caller, or -errno. */
	int (*fd_give)(struct caller *caller, int fd);
};

struct caller {
	const struct caller_ops *ops;
	struct skep_engine *engine;
	uid_t uid;
	pid_t pid;
};

/* This process as caller. Memory faults are not caught: as with any library, bad pointers crash the one who passes them. */
void caller_init_self(struct caller *caller, struct skep_engine *engine);

static inline int copy_from_caller(struct caller *c, void *dst, u64 addr, size_t n)
{
	return n ? c->ops->read(c, dst, addr, n) : 0;
}
static inline int copy_to_caller(struct caller *c, u64 addr, const void *src, size_t n)
{
	return n ? c->ops->write(c, addr, src, n) : 0;
}
/* NUL-terminated string of at most size - 1 characters into dst; its length, -E2BIG when longer, or -EFAULT. */
long copy_str_from_caller(struct caller *c, char *dst, u64 addr, size_t size);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* This process as the caller of its own engine. */
#include "engine/sys/caller.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The lowest page is never mapped, and a NULL that a caller passes where an address is due is its most common mistake. */
#define CALLER_LOWEST 4096

static bool addr_bad(u64 addr, size_t n)
{
	return addr < CALLER_LOWEST || addr + n < addr || addr >> 47;
}

static int self_read(struct caller *caller, void *dst, u64 addr, size_t n)
{
	if (addr_bad(addr, n))
		return -EFAULT;
	memcpy(dst, u64_to_ptr(addr), n);
	return 0;
}

static long self_read_str(struct caller *caller, char *dst, u64 addr, size_t n)
{
	size_t len;

	if (addr_bad(addr, 1))
		return -EFAULT;
	len = strnlen(u64_to_ptr(addr), n);
	len += len < n;
	memcpy(dst, u64_to_ptr(addr), len);
	return (long)len;
}

static int self_write(struct caller *caller, u64 addr, const void *src, size_t n)
{
	if (addr_bad(addr, n))
		return -EFAULT;
	memcpy(u64_to_ptr(addr), src, n);
	return 0;
}

static int self_fd_stat(struct caller *caller, int fd, struct stat *st, int *flags)
{
	if (fstat(fd, st))
		return -errno;
	if (!flags)
		return 0;
	*flags = fcntl(fd, F_GETFL);
	return *flags < 0 ? -errno : 0;
}

static int self_fd_take(struct caller *caller, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return copy < 0 ? -errno : copy;
}

static int self_fd_give(struct caller *caller, int fd)
{
	return fd;
}

static const struct caller_ops self_ops = {
	.read = self_read,
	.write = self_write,
	.read_str = self_read_str,
	.fd_stat = self_fd_stat,
	.fd_take = self_fd_take,
	.fd_give = self_fd_give,
};

void caller_init_self(struct caller *caller, struct skep_engine *engine)
{
	*caller = (struct caller){.ops = &self_ops, .engine = engine, .uid = getuid(), .pid = getpid()};
}

/* In pieces that end where a page ends: what lies behind the string need not be there. */
static long read_str_by_pieces(struct caller *c, char *dst, u64 addr, size_t size)
{
	for (size_t done = 0, n; done < size; done += n) {
		const char *nul;
		int err;

		n = min_of(size - done, (size_t)(256 - ((addr + done) & 255)));
		err = copy_from_caller(c, dst + done, addr + done, n);
		if (err)
			return err;
		nul = memchr(dst + done, 0, n);
		if (nul)
			return nul + 1 - dst;
	}
	return (long)size;
}

long copy_str_from_caller(struct caller *c, char *dst, u64 addr, size_t size)
{
	long n;

	if (!size)
		return -E2BIG;
	n = c->ops->read_str ? c->ops->read_str(c, dst, addr, size) : read_str_by_pieces(c, dst, addr, size);
	if (n <= 0)
		return n < 0 ? n : -EFAULT;
	if (!dst[n - 1])
		return n - 1;
	dst[size - 1] = 0;
	return -E2BIG;
}

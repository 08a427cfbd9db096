/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and writing the memory of a stopped task. The cookie of struct skep_task_mem is the thread id itself. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sources/process/tracee.h"

#define PAGE 4096UL

/* /proc/TID/mem also goes through protections as ptrace does; the way out where process_vm_readv(2) is refused. */
static ssize_t access_by_proc(pid_t tid, uint64_t addr, void *buf, size_t n, bool write)
{
	char path[32];
	ssize_t done;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", tid);
	fd = open(path, (write ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
	if (fd < 0)
		return -1;
	done = write ? pwrite(fd, buf, n, (off_t)addr) : pread(fd, buf, n, (off_t)addr);
	close(fd);
	return done;
}

static ssize_t access_mem(pid_t tid, uint64_t addr, void *buf, size_t n, bool write)
{
	struct iovec local = {.iov_base = buf, .iov_len = n};
	struct iovec remote = {.iov_base = u64_to_ptr(addr), .iov_len = n};
	ssize_t done = write ? process_vm_writev(tid, &local, 1, &remote, 1, 0)
			     : process_vm_readv(tid, &local, 1, &remote, 1, 0);

	if (done < 0 && (errno == EPERM || errno == ENOSYS))
		done = access_by_proc(tid, addr, buf, n, write);
	return done;
}

static int mem_read(void *cookie, uint64_t addr, void *dst, size_t n)
{
	return n && access_mem((pid_t)(intptr_t)cookie, addr, dst, n, false) != (ssize_t)n ? -EFAULT : 0;
}

static int mem_write(void *cookie, uint64_t addr, const void *src, size_t n)
{
	return n && access_mem((pid_t)(intptr_t)cookie, addr, (void *)src, n, true) != (ssize_t)n ? -EFAULT : 0;
}

/* In pieces that end at pages, since the next page may not be there though the string ends before it. */
static long mem_read_str(void *cookie, uint64_t addr, char *dst, size_t n)
{
	pid_t tid = (pid_t)(intptr_t)cookie;
	char buf[256]; /* what follows the string does not reach dst */
	size_t done = 0;

	while (done < n) {
		size_t piece = min_of(n - done, PAGE - (addr + done) % PAGE);
		char *end;

		piece = min_of(piece, sizeof(buf));
		if (access_mem(tid, addr + done, buf, piece, false) != (ssize_t)piece)
			return -EFAULT;
		end = memchr(buf, '\0', piece);
		if (end)
			piece = (size_t)(end - buf) + 1;
		memcpy(dst + done, buf, piece);
		done += piece;
		if (end)
			return (long)done;
	}
	if (n)
		dst[n - 1] = '\0';
	return (long)n;
}

void tracee_mem_init(struct skep_task_mem *mem, pid_t tid)
{
	*mem = (struct skep_task_mem){
		.sz = sizeof(*mem),
		.cookie = (void *)(intptr_t)tid,
		.read = mem_read,
		.write = mem_write,
		.read_str = mem_read_str,
	};
}

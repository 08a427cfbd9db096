/* SPDX-License-Identifier: BSD-2-Clause */
/* The door to the kernel of this machine: the system calls themselves. */
#include "user/door/door.h"

#include <errno.h>
#include <fcntl.h>
#include <skep/skep.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/uapi/bpf.h"

static int kernel_bpf(struct skep_door *door, int cmd, union bpf_attr *attr, unsigned int size)
{
	/* The verifier gives up with EAGAIN when a signal is pending: it is not an answer about the program. */
	for (int tries = 0; tries < 5; tries++) {
		int ret = (int)syscall(__NR_bpf, cmd, attr, size);

		if (ret >= 0)
			return ret;
		if (errno != EAGAIN || cmd != BPF_PROG_LOAD)
			break;
	}
	return -errno;
}

static int kernel_perf_event_open(struct skep_door *door, struct perf_event_attr *attr, pid_t pid, int cpu, int group_fd,
				  unsigned long flags)
{
	int ret = (int)syscall(__NR_perf_event_open, attr, pid, cpu, group_fd, flags);

	return ret < 0 ? -errno : ret;
}

static int kernel_ioctl(struct skep_door *door, int fd, unsigned long request, unsigned long arg)
{
	int ret = ioctl(fd, request, arg);

	return ret < 0 ? -errno : ret;
}

static void *kernel_mmap(struct skep_door *door, size_t length, int prot, int flags, int fd, off_t offset)
{
	void *p = mmap(NULL, length, prot, flags, fd, offset);

	return p == MAP_FAILED ? NULL : p;
}

#define TRACEFS "/sys/kernel/tracing/"
#define DEBUGFS_TRACING "/sys/kernel/debug/tracing/"

static int kernel_open(struct skep_door *door, const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	char other[512];

	/* Where tracefs is not mounted by itself, it may be found below debugfs. */
	if (fd < 0 && errno == ENOENT && !strncmp(path, TRACEFS, strlen(TRACEFS)) &&
	    (size_t)snprintf(other, sizeof(other), DEBUGFS_TRACING "%s", path + strlen(TRACEFS)) < sizeof(other)) {
		fd = open(other, flags | O_CLOEXEC);
	}
	return fd < 0 ? -errno : fd;
}

static int kernel_unlink(struct skep_door *door, const char *path)
{
	return unlink(path) ? -errno : 0;
}

static void kernel_free(struct skep_door *door)
{
	free(door);
}

static const struct door_ops kernel_ops = {
	.name = "kernel",
	.bpf = kernel_bpf,
	.perf_event_open = kernel_perf_event_open,
	.ioctl = kernel_ioctl,
	.mmap = kernel_mmap,
	.open = kernel_open,
	.unlink = kernel_unlink,
	.free = kernel_free,
};

struct skep_door *skep_door_kernel(void)
{
	struct skep_door *door = calloc(1, sizeof(*door));

	if (door)
		door->ops = &kernel_ops;
	return door;
}

void skep_door_free(struct skep_door *door)
{
	if (door)
		door->ops->free(door);
}

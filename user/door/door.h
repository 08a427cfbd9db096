/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The user side's only way to an engine: the system calls of the BPF subsystem, to one of three places. Errors are -errno.
 * Everything above (loading, attaching, reading, commands) is the same for all of them.
 */
#ifndef SKEP_DOOR_H
#define SKEP_DOOR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

union bpf_attr;
struct perf_event_attr;
struct skep_door;

struct door_ops {
	const char *name; /* "kernel", "user" */
	int (*bpf)(struct skep_door *door, int cmd, union bpf_attr *attr, unsigned int size);
	int (*perf_event_open)(struct skep_door *door, struct perf_event_attr *attr, pid_t pid, int cpu, int group_fd,
			       unsigned long flags);
	int (*ioctl)(struct skep_door *door, int fd, unsigned long request, unsigned long arg);
	void *(*mmap)(struct skep_door *door, size_t length, int prot, int flags, int fd, off_t offset); /* NULL with errno */
	int (*open)(struct skep_door *door, const char *path, int flags);
	int (*unlink)(struct skep_door *door, const char *path); /* of a pin */
	void (*free)(struct skep_door *door);
};

struct skep_door {
	const struct door_ops *ops;
};

#endif

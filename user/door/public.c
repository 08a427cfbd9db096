/* SPDX-License-Identifier: BSD-2-Clause */
/* <skep/door.h>: the door's calls for programs outside the library. */
#include <skep/door.h>

#include "user/door/door.h"

const char *skep_door_name(const struct skep_door *door)
{
	return door->ops->name;
}

int skep_bpf(struct skep_door *door, int cmd, union bpf_attr *attr, unsigned int size)
{
	return door->ops->bpf(door, cmd, attr, size);
}

int skep_perf_event_open(struct skep_door *door, struct perf_event_attr *attr, pid_t pid, int cpu, int group_fd,
			 unsigned long flags)
{
	return door->ops->perf_event_open(door, attr, pid, cpu, group_fd, flags);
}

int skep_ioctl(struct skep_door *door, int fd, unsigned long request, unsigned long arg)
{
	return door->ops->ioctl(door, fd, request, arg);
}

void *skep_mmap(struct skep_door *door, size_t length, int prot, int flags, int fd, off_t offset)
{
	return door->ops->mmap(door, length, prot, flags, fd, offset);
}

int skep_open(struct skep_door *door, const char *path, int flags)
{
	return door->ops->open(door, path, flags);
}

int skep_unlink(struct skep_door *door, const char *path)
{
	return door->ops->unlink(door, path);
}

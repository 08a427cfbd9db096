/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The system calls of the BPF subsystem, to whichever engine a door leads. Each returns what the system call returns, or
 * -errno. Descriptors are this process's, closed with close(2).
 */
#ifndef SKEP_DOOR_PUBLIC_H
#define SKEP_DOOR_PUBLIC_H

#include <skep/skep.h>

#ifdef __cplusplus
extern "C" {
#endif

union bpf_attr;
struct perf_event_attr;

/* "kernel" or "user" */
SKEP_API const char *skep_door_name(const struct skep_door *door);
/* bpf(2) */
SKEP_API int skep_bpf(struct skep_door *door, int cmd, union bpf_attr *attr, unsigned int size);
/* perf_event_open(2) */
SKEP_API int skep_perf_event_open(struct skep_door *door, struct perf_event_attr *attr, pid_t pid, int cpu, int group_fd,
				  unsigned long flags);
/* ioctl(2) */
SKEP_API int skep_ioctl(struct skep_door *door, int fd, unsigned long request, unsigned long arg);
/* mmap(2): an address to be unmapped with munmap(2), or NULL with errno */
SKEP_API void *skep_mmap(struct skep_door *door, size_t length, int prot, int flags, int fd, off_t offset);
/* open(2) of a file that the engine shows (BTF, tracefs) */
SKEP_API int skep_open(struct skep_door *door, const char *path, int flags);
/* unlink(2) of a pin */
SKEP_API int skep_unlink(struct skep_door *door, const char *path);

#ifdef __cplusplus
}
#endif
#endif

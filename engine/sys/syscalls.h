/* SPDX-License-Identifier: BSD-2-Clause */
/* The system calls beside bpf(2), for a caller of any kind. Errors are -errno. */
#ifndef SKEP_SYS_SYSCALLS_H
#define SKEP_SYS_SYSCALLS_H

#include <sys/types.h>

#include "engine/maps/map.h"

struct caller;

int sys_perf_event_open(struct caller *caller, u64 uattr, pid_t pid, int cpu, int group_fd, u64 flags);
int sys_ioctl(struct caller *caller, int fd, u64 request, u64 arg);

/* What mmap(2) of a handle shows: pieces of memfds. The object is held until the plan is dropped. */
struct mmap_plan {
	struct obj *obj;
	struct map_piece pieces[MAP_MAX_PIECES];
	int nr_pieces;
};
int mmap_plan_make(struct mmap_plan *plan, struct caller *caller, u64 length, int prot, int flags, int fd, u64 offset);
void mmap_plan_drop(struct mmap_plan *plan);

#endif

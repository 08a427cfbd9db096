/* SPDX-License-Identifier: BSD-2-Clause */
/* perf_event_open(2), ioctl(2) and mmap(2) of the engine's handles. */
#include <errno.h>
#include <sys/mman.h>

#include "engine/engine.h"
#include "engine/maps/map.h"
#include "engine/object/handle.h"
#include "engine/sys/caller.h"

int skep_engine_perf_event_open(struct skep_engine *engine, struct perf_event_attr *attr, pid_t pid, int cpu, int group_fd,
				unsigned long flags)
{
	return -EOPNOTSUPP;
}

int skep_engine_ioctl(struct skep_engine *engine, int fd, unsigned long request, unsigned long arg)
{
	return -EOPNOTSUPP;
}

/* The pieces in one stretch of address space. */
static void *map_pieces(const struct bpf_map *map, size_t length, int prot, const struct map_piece *pieces, int n)
{
	char *base = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (base == MAP_FAILED)
		return NULL;
	for (int i = 0; i < n; i++) {
		if (mmap(base + pieces[i].at, pieces[i].len, prot, MAP_SHARED | MAP_FIXED, map->memfd,
			 pieces[i].segment_offset) == MAP_FAILED) {
			int err = errno;

			munmap(base, length);
			errno = err;
			return NULL;
		}
	}
	return base;
}

/* A handle's mode limits the protection, as the descriptor's does in mmap(2). */
static int mmap_allowed(const struct bpf_map *map, unsigned int handle_flags, int prot, int flags)
{
	if (!(flags & MAP_SHARED))
		return -EINVAL;
	if ((prot & PROT_WRITE) && ((handle_flags & HANDLE_RDONLY) || map->frozen))
		return -EPERM;
	if (handle_flags & HANDLE_WRONLY)
		return -EACCES;
	return 0;
}

void *skep_engine_mmap(struct skep_engine *engine, size_t length, int prot, int flags, int fd, off_t offset)
{
	struct caller caller;
	unsigned int handle_flags;
	struct obj *obj;
	void *p = NULL;
	int err;

	caller_init_self(&caller, engine);
	obj = handle_obj_any(&caller, fd, &handle_flags);
	if (!obj)
		return NULL;
	if (obj->kind == OBJ_MAP) {
		err = mmap_allowed(obj_to_map(obj), handle_flags, prot, flags);
		if (!err) {
			struct map_piece pieces[MAP_MAX_PIECES];
			int n = map_mmap_pieces(obj_to_map(obj), length, prot, offset, pieces);

			if (n > 0)
				p = map_pieces(obj_to_map(obj), length, prot, pieces, n);
			err = n < 0 ? n : p ? 0 : -errno;
		}
	} else {
		err = -ENODEV;
	}
	obj_put(obj);
	errno = -err;
	return p;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* mmap(2) of the engine's handles: what is shown is planned here; the caller's process maps it. */
#include <errno.h>
#include <sys/mman.h>

#include "common/util/mmap_pieces.h"
#include "engine/engine.h"
#include "engine/object/handle.h"
#include "engine/object/perf_event.h"
#include "engine/sys/caller.h"
#include "engine/sys/syscalls.h"

/* A handle's mode limits the protection, as the descriptor's does in mmap(2). */
static int plan_map(struct mmap_plan *plan, unsigned int handle_flags, size_t length, int prot, off_t offset)
{
	struct bpf_map *map = obj_to_map(plan->obj);

	if (handle_flags & HANDLE_WRONLY)
		return -EACCES;
	if ((prot & PROT_WRITE) && ((handle_flags & HANDLE_RDONLY) || __atomic_load_n(&map->frozen, __ATOMIC_SEQ_CST)))
		return -EPERM;
	plan->nr_pieces = map_mmap_pieces(map, length, prot, offset, plan->pieces);
	return min_of(plan->nr_pieces, 0);
}

static int plan_event(struct mmap_plan *plan, size_t length, int prot, off_t offset)
{
	if (offset || !(prot & PROT_READ))
		return -EINVAL;
	plan->pieces[0] = (struct map_piece){.len = length};
	plan->nr_pieces = 1;
	return perf_event_map(plan->obj, length, !(prot & PROT_WRITE), &plan->pieces[0].fd);
}

int mmap_plan_make(struct mmap_plan *plan, struct caller *caller, u64 length, int prot, int flags, int fd, u64 offset)
{
	unsigned int handle_flags;
	int err;

	if (!length || length > (u64)1 << 46 || offset > (u64)1 << 46)
		return length ? -ENOMEM : -EINVAL;
	plan->obj = handle_obj_any(caller, fd, &handle_flags);
	if (!plan->obj)
		return errno == EINVAL ? -ENODEV : -errno;
	if (!(flags & MAP_SHARED))
		err = -EINVAL;
	else if (plan->obj->kind == OBJ_MAP)
		err = plan_map(plan, handle_flags, length, prot, (off_t)offset);
	else if (plan->obj->kind == OBJ_PERF_EVENT)
		err = plan_event(plan, length, prot, (off_t)offset);
	else
		err = -ENODEV;
	if (err)
		obj_put(plan->obj);
	return err;
}

void mmap_plan_drop(struct mmap_plan *plan)
{
	obj_put(plan->obj);
}

void *skep_engine_mmap(struct skep_engine *engine, size_t length, int prot, int flags, int fd, off_t offset)
{
	struct mmap_plan plan;
	struct caller caller;
	void *p;
	int err;

	caller_init_self(&caller, engine);
	err = mmap_plan_make(&plan, &caller, length, prot, flags, fd, (u64)offset);
	if (err) {
		errno = -err;
		return NULL;
	}
	p = mmap_pieces(length, prot, plan.pieces, plan.nr_pieces);
	err = errno;
	mmap_plan_drop(&plan);
	errno = err;
	return p;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arrays of references to objects (programs, perf events, maps), filled through bpf(2) by file descriptor. The references are in
 * private memory, never in a segment. Programs read a slot without a lock; an object taken out is put only when no
 * run can still use it (run_synchronize).
 */
#ifndef SKEP_MAP_FD_ARRAY_H
#define SKEP_MAP_FD_ARRAY_H

#include "engine/maps/array.h"

typedef _Atomic(struct obj *) fd_slot;

struct fd_array {
	fd_slot *slots;
	/* The object of the caller's descriptor, with a reference that the slot takes over; NULL and *err. */
	struct obj *(*get)(struct bpf_map *map, struct caller *caller, int fd, int *err);
	void (*put)(struct obj *obj);
};

int fd_array_alloc_check(const union bpf_attr *attr);
int fd_array_alloc(struct bpf_map *map, struct obj *(*get)(struct bpf_map *, struct caller *, int, int *), void (*put)(struct obj *));
void fd_array_free(struct bpf_map *map);
int fd_array_user_update(struct bpf_map *map, const void *key, const void *value, u64 flags, struct caller *caller);
int fd_array_user_lookup_id(struct bpf_map *map, const void *key, void *value, u64 flags); /* the object's id */
int fd_array_delete(struct bpf_map *map, const void *key);
/* Take everything out. */
void fd_array_clear(struct bpf_map *map);

static inline struct obj *fd_array_at(const struct bpf_map *map, u32 index)
{
	const struct fd_array *array = map->priv;

	return likely(index < map->max_entries) ? atomic_load_explicit(&array->slots[index], memory_order_acquire) : NULL;
}

#endif

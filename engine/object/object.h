/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What every object of the engine has: a kind, a reference count, an id where its kind has ids. Maps, programs, BTF, links
 * and perf events embed struct obj as their first member.
 *
 * Ownership: obj_new-ed with one reference. Handles (file descriptors, object/handle.h) hold references; so do programs on their
 * maps, links on their programs, and so on. The last obj_put removes the id and calls ops->free.
 */
#ifndef SKEP_ENGINE_OBJECT_H
#define SKEP_ENGINE_OBJECT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "common/util/util.h"

struct handle;
struct skep_engine;
struct obj;

enum obj_kind {
	OBJ_MAP,
	OBJ_PROG,
	OBJ_BTF,
	OBJ_LINK,
	OBJ_ID_KINDS, /* kinds below have ids */
	OBJ_PERF_EVENT = OBJ_ID_KINDS,
	OBJ_STATS, /* what ENABLE_STATS returns */
	OBJ_KINDS,
};

struct obj_ops {
	void (*free)(struct obj *obj);
	/* The last handle was closed (references of other objects may remain); may be NULL. */
	void (*release)(struct obj *obj);
};

struct obj {
	enum obj_kind kind;
	u32 id; /* 0: none yet, or no longer */
	atomic_uint refs;
	atomic_uint user_refs; /* handles and pins: what the kernel calls usercnt */
	struct skep_engine *engine;
	const struct obj_ops *ops;
	struct handle *handles; /* object/handle.c */
};

void obj_init(struct obj *obj, struct skep_engine *engine, enum obj_kind kind, const struct obj_ops *ops);
/* Give the object an id and list it; 0, -ENOMEM or -ENOSPC. */
int obj_publish(struct obj *obj);
void obj_get(struct obj *obj);
/* A reference unless the count already fell to zero. */
bool obj_get_not_zero(struct obj *obj);
void obj_put(struct obj *obj);
/* Object by id with a reference, or NULL. */
struct obj *obj_by_id(struct skep_engine *engine, enum obj_kind kind, u32 id);
/* Smallest id greater than `id`, or 0. */
u32 obj_next_id(struct skep_engine *engine, enum obj_kind kind, u32 id);

#endif

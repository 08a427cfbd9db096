/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects: reference counts and ids. A kind's ids only grow, as the kernel's do, so each kind is one array sorted by id:
 * publishing appends, looking up is a binary search.
 */
#include "engine/object/object.h"

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/object/table.h"

struct obj_slot {
	u32 id;
	struct obj *obj;
};

struct obj_list {
	struct obj_slot *slots;
	size_t count, cap;
	u32 last_id;
};

struct object_table {
	pthread_mutex_t lock;
	struct obj_list lists[OBJ_ID_KINDS];
};

struct object_table *object_table_new(void)
{
	struct object_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	pthread_mutex_init(&table->lock, NULL);
	return table;
}

void object_table_free(struct object_table *table)
{
	if (!table)
		return;
	for (int i = 0; i < OBJ_ID_KINDS; i++)
		free(table->lists[i].slots);
	pthread_mutex_destroy(&table->lock);
	free(table);
}

void obj_init(struct obj *obj, struct skep_engine *engine, enum obj_kind kind, const struct obj_ops *ops)
{
	memset(obj, 0, sizeof(*obj));
	obj->kind = kind;
	obj->engine = engine;
	obj->ops = ops;
	atomic_init(&obj->refs, 1);
	atomic_init(&obj->user_refs, 0);
}

/* Index of the first slot whose id is at least `id`. */
static size_t list_lower_bound(const struct obj_list *list, u32 id)
{
	size_t lo = 0, hi = list->count;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (list->slots[mid].id < id)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static int list_add(struct obj_list *list, struct obj *obj)
{
	if (list->last_id == INT_MAX)
		return -ENOSPC;
	if (list->count == list->cap) {
		size_t cap = list->cap ? list->cap * 2 : 64;
		struct obj_slot *slots = reallocarray(list->slots, cap, sizeof(*slots));

		if (!slots)
			return -ENOMEM;
		list->slots = slots;
		list->cap = cap;
	}
	obj->id = ++list->last_id;
	list->slots[list->count++] = (struct obj_slot){obj->id, obj};
	return 0;
}

int obj_publish(struct obj *obj)
{
	struct object_table *table = obj->engine->objects;
	int err;

	pthread_mutex_lock(&table->lock);
	err = list_add(&table->lists[obj->kind], obj);
	pthread_mutex_unlock(&table->lock);
	return err;
}

static void obj_unpublish(struct obj *obj)
{
	struct object_table *table = obj->engine->objects;
	struct obj_list *list;
	size_t i;

	if (obj->kind >= OBJ_ID_KINDS || !obj->id)
		return;
	pthread_mutex_lock(&table->lock);
	list = &table->lists[obj->kind];
	i = list_lower_bound(list, obj->id);
	if (i < list->count && list->slots[i].obj == obj) {
		list->count--;
		memmove(&list->slots[i], &list->slots[i + 1], (list->count - i) * sizeof(*list->slots));
	}
	pthread_mutex_unlock(&table->lock);
}

void obj_get(struct obj *obj)
{
	atomic_fetch_add_explicit(&obj->refs, 1, memory_order_relaxed);
}

bool obj_get_not_zero(struct obj *obj)
{
	unsigned int refs = atomic_load_explicit(&obj->refs, memory_order_relaxed);

	while (refs)
		if (atomic_compare_exchange_weak_explicit(&obj->refs, &refs, refs + 1, memory_order_acquire,
							  memory_order_relaxed))
			return true;
	return false;
}

void obj_put(struct obj *obj)
{
	if (!obj || atomic_fetch_sub_explicit(&obj->refs, 1, memory_order_acq_rel) != 1)
		return;
	obj_unpublish(obj);
	obj->ops->free(obj);
}

void obj_user_get(struct obj *obj)
{
	obj_get(obj);
	atomic_fetch_add_explicit(&obj->user_refs, 1, memory_order_relaxed);
}

void obj_user_put(struct obj *obj)
{
	if (atomic_fetch_sub_explicit(&obj->user_refs, 1, memory_order_acq_rel) == 1 && obj->ops->release)
		obj->ops->release(obj);
	obj_put(obj);
}

struct obj *obj_by_id(struct skep_engine *engine, enum obj_kind kind, u32 id)
{
	struct object_table *table = engine->objects;
	struct obj_list *list = &table->lists[kind];
	struct obj *obj = NULL;
	size_t i;

	pthread_mutex_lock(&table->lock);
	i = list_lower_bound(list, id);
	if (i < list->count && list->slots[i].id == id && obj_get_not_zero(list->slots[i].obj))
		obj = list->slots[i].obj;
	pthread_mutex_unlock(&table->lock);
	return obj;
}

u32 obj_next_id(struct skep_engine *engine, enum obj_kind kind, u32 id)
{
	struct object_table *table = engine->objects;
	struct obj_list *list = &table->lists[kind];
	u32 next = 0;
	size_t i;

	if (id >= INT_MAX)
		return 0;
	pthread_mutex_lock(&table->lock);
	i = list_lower_bound(list, id + 1);
	if (i < list->count)
		next = list->slots[i].id;
	pthread_mutex_unlock(&table->lock);
	return next;
}

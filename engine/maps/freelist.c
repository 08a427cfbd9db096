/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/maps/freelist.h"

#include <errno.h>
#include <stdlib.h>

static atomic_uint *link_of(const struct freelist *list, u32 index)
{
	return (atomic_uint *)(list->elems + index * list->elem_size + list->link_off);
}

int freelist_init(struct freelist *list, void *elems, size_t elem_size, u32 link_off, u32 count, u32 nr_cpus)
{
	list->heads = calloc(nr_cpus, sizeof(*list->heads));
	if (!list->heads)
		return -ENOMEM;
	list->elems = elems;
	list->elem_size = elem_size;
	list->link_off = link_off;
	list->count = count;
	list->nr_cpus = nr_cpus;
	atomic_init(&list->untouched, 0);
	return 0;
}

void freelist_exit(struct freelist *list)
{
	free(list->heads);
	list->heads = NULL;
}

static u64 retag(u64 top, u32 index)
{
	return ((top >> 32) + 1) << 32 | index;
}

static u32 pop_from(struct freelist *list, struct freelist_head *head)
{
	u64 top = atomic_load_explicit(&head->top, memory_order_acquire);
	u32 next;

	while ((u32)top) {
		next = atomic_load_explicit(link_of(list, (u32)top), memory_order_relaxed);
		if (atomic_compare_exchange_weak_explicit(&head->top, (unsigned long long *)&top, retag(top, next), memory_order_acquire,
							  memory_order_acquire))
			return (u32)top;
	}
	return 0;
}

static u32 pop_untouched(struct freelist *list)
{
	u32 n = atomic_load_explicit(&list->untouched, memory_order_relaxed);

	while (n < list->count)
		if (atomic_compare_exchange_weak_explicit(&list->untouched, &n, n + 1, memory_order_relaxed, memory_order_relaxed))
			return n + 1;
	return 0;
}

u32 freelist_pop(struct freelist *list, u32 cpu)
{
	u32 index = pop_from(list, &list->heads[cpu]);

	if (!index)
		index = pop_untouched(list);
	for (u32 i = 1; !index && i < list->nr_cpus; i++)
		index = pop_from(list, &list->heads[(cpu + i) % list->nr_cpus]);
	return index;
}

void freelist_push(struct freelist *list, u32 cpu, u32 index)
{
	struct freelist_head *head = &list->heads[cpu];
	u64 top = atomic_load_explicit(&head->top, memory_order_relaxed);

	do {
		atomic_store_explicit(link_of(list, index), (u32)top, memory_order_relaxed);
	} while (!atomic_compare_exchange_weak_explicit(&head->top, (unsigned long long *)&top, retag(top, index), memory_order_release,
							memory_order_relaxed));
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Free elements of a segment: lock-free stacks of indices, one a CPU, over elements that were never used yet. Taking looks at the
 * caller's CPU first, then at the others, then at the untouched rest, so that memory is committed only as elements are used.
 * Index 0 stands for none: elements are numbered from 1.
 */
#ifndef SKEP_MAP_FREELIST_H
#define SKEP_MAP_FREELIST_H

#include <stdatomic.h>

#include "common/util/util.h"

struct freelist_head {
	atomic_ullong top; /* change count in the upper half (against ABA), index in the lower */
	char pad[56];
};

struct freelist {
	char *elems;     /* element i is at elems + i * elem_size */
	size_t elem_size;
	u32 link_off;    /* of the atomic_uint in an element that this list may use while the element is free */
	u32 count;       /* elements: 1 .. count */
	u32 nr_cpus;
	atomic_uint untouched; /* elements above this one were never taken */
	struct freelist_head *heads;
};

int freelist_init(struct freelist *list, void *elems, size_t elem_size, u32 link_off, u32 count, u32 nr_cpus); /* 0 or -ENOMEM */
void freelist_exit(struct freelist *list);
u32 freelist_pop(struct freelist *list, u32 cpu); /* 0: none left */
void freelist_push(struct freelist *list, u32 cpu, u32 index);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel memory: the one region in which everything lives that programs may reach by kernel pointer (task_structs, creds,
 * files, registers). Faulting loads and bpf_probe_read_kernel read it and nothing else of the process, but map segments and
 * the running program's own stack and context, which are registered as readable ranges.
 */
#ifndef SKEP_KMEM_H
#define SKEP_KMEM_H

#include <stdbool.h>
#include <stddef.h>

#include "common/util/util.h"

struct kmem {
	u8 *base;    /* reserved address space */
	size_t size; /* bytes reserved */
	struct kmem_pages *pages; /* allocator state */
};

struct kmem *kmem_new(size_t size); /* NULL with errno */
void kmem_free_all(struct kmem *kmem);
/* Zeroed memory, 16-byte aligned; NULL when the region is full. Thread-safe. */
void *kmem_alloc(struct kmem *kmem, size_t size);
void kmem_free(struct kmem *kmem, void *p);
/* Whether [addr, addr + n) lies within the region. */
static inline bool kmem_contains(const struct kmem *kmem, u64 addr, size_t n)
{
	u64 off = addr - (u64)(uintptr_t)kmem->base;

	return off < kmem->size && n <= kmem->size - off;
}
/* Other memory that programs may read by kernel address (map segments). */
int kmem_register(struct kmem *kmem, const void *start, size_t len);
void kmem_unregister(struct kmem *kmem, const void *start);
/* Copy n bytes from a kernel address; 0, or -EFAULT with dst zeroed. */
int kmem_read(const struct kmem *kmem, void *dst, u64 addr, size_t n);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel memory: one reserved region, blocks of powers of two with a 16-byte header, free lists by size. The whole region is
 * readable at all times (untouched pages read as zero), so that a read that kmem_contains() allows never faults.
 */
#include "engine/object/kmem.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define KMEM_MIN_SHIFT 5
#define KMEM_MAX_SHIFT 26
#define KMEM_HEADER    16

struct kmem_block {
	u64 shift;
	struct kmem_block *next; /* while free */
};

struct kmem_range {
	u64 start, len;
};

struct kmem_pages {
	pthread_mutex_t lock;
	size_t used; /* bytes of the region ever handed out */
	struct kmem_block *free[KMEM_MAX_SHIFT + 1];

	pthread_rwlock_t ranges_lock;
	struct kmem_range *ranges; /* sorted by start, disjoint */
	size_t nr_ranges, cap_ranges;
};

struct kmem *kmem_new(size_t size)
{
	struct kmem *kmem = calloc(1, sizeof(*kmem));
	struct kmem_pages *pages = calloc(1, sizeof(*pages));
	void *base = MAP_FAILED;

	if (kmem && pages)
		base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED) {
		free(kmem);
		free(pages);
		errno = ENOMEM;
		return NULL;
	}
	pthread_mutex_init(&pages->lock, NULL);
	pthread_rwlock_init(&pages->ranges_lock, NULL);
	*kmem = (struct kmem){.base = base, .size = size, .pages = pages};
	return kmem;
}

void kmem_free_all(struct kmem *kmem)
{
	if (!kmem)
		return;
	munmap(kmem->base, kmem->size);
	pthread_rwlock_destroy(&kmem->pages->ranges_lock);
	pthread_mutex_destroy(&kmem->pages->lock);
	free(kmem->pages->ranges);
	free(kmem->pages);
	free(kmem);
}

static u32 block_shift(size_t size)
{
	u32 shift = KMEM_MIN_SHIFT;

	while (((size_t)1 << shift) < size + KMEM_HEADER)
		shift++;
	return shift;
}

void *kmem_alloc(struct kmem *kmem, size_t size)
{
	struct kmem_pages *pages = kmem->pages;
	struct kmem_block *block;
	u32 shift;
	bool fresh = false;

	if (size > ((size_t)1 << KMEM_MAX_SHIFT) - KMEM_HEADER) {
		errno = ENOMEM;
		return NULL;
	}
	shift = block_shift(size);
	pthread_mutex_lock(&pages->lock);
	block = pages->free[shift];
	if (block) {
		pages->free[shift] = block->next;
	} else if (((size_t)1 << shift) <= kmem->size - pages->used) {
		block = (struct kmem_block *)(kmem->base + pages->used);
		pages->used += (size_t)1 << shift;
		fresh = true;
	}
	pthread_mutex_unlock(&pages->lock);
	if (!block) {
		errno = ENOMEM;
		return NULL;
	}
	block->shift = shift;
	block->next = NULL;
	if (!fresh)
		memset((u8 *)block + KMEM_HEADER, 0, size);
	return (u8 *)block + KMEM_HEADER;
}

void kmem_free(struct kmem *kmem, void *p)
{
	struct kmem_pages *pages = kmem->pages;
	struct kmem_block *block;

	if (!p)
		return;
	block = (struct kmem_block *)((u8 *)p - KMEM_HEADER);
	pthread_mutex_lock(&pages->lock);
	block->next = pages->free[block->shift];
	pages->free[block->shift] = block;
	pthread_mutex_unlock(&pages->lock);
}

/* Index of the first range that starts above addr. */
static size_t ranges_above(const struct kmem_pages *pages, u64 addr)
{
	size_t lo = 0, hi = pages->nr_ranges;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (pages->ranges[mid].start <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int kmem_register(struct kmem *kmem, const void *start, size_t len)
{
	struct kmem_pages *pages = kmem->pages;
	size_t i;

	if (!len)
		return 0;
	pthread_rwlock_wrlock(&pages->ranges_lock);
	if (pages->nr_ranges == pages->cap_ranges) {
		size_t cap = pages->cap_ranges ? pages->cap_ranges * 2 : 32;
		struct kmem_range *ranges = reallocarray(pages->ranges, cap, sizeof(*ranges));

		if (!ranges) {
			pthread_rwlock_unlock(&pages->ranges_lock);
			return -ENOMEM;
		}
		pages->ranges = ranges;
		pages->cap_ranges = cap;
	}
	i = ranges_above(pages, ptr_to_u64(start));
	memmove(&pages->ranges[i + 1], &pages->ranges[i], (pages->nr_ranges - i) * sizeof(*pages->ranges));
	pages->ranges[i] = (struct kmem_range){ptr_to_u64(start), len};
	pages->nr_ranges++;
	pthread_rwlock_unlock(&pages->ranges_lock);
	return 0;
}

void kmem_unregister(struct kmem *kmem, const void *start)
{
	struct kmem_pages *pages = kmem->pages;
	size_t i;

	pthread_rwlock_wrlock(&pages->ranges_lock);
	i = ranges_above(pages, ptr_to_u64(start));
	if (i && pages->ranges[i - 1].start == ptr_to_u64(start)) {
		pages->nr_ranges--;
		memmove(&pages->ranges[i - 1], &pages->ranges[i], (pages->nr_ranges - (i - 1)) * sizeof(*pages->ranges));
	}
	pthread_rwlock_unlock(&pages->ranges_lock);
}

int kmem_read(const struct kmem *kmem, void *dst, u64 addr, size_t n)
{
	struct kmem_pages *pages = kmem->pages;
	int err = -EFAULT;
	size_t i;

	if (kmem_contains(kmem, addr, n)) {
		memcpy(dst, u64_to_ptr(addr), n);
		return 0;
	}
	pthread_rwlock_rdlock(&pages->ranges_lock);
	i = ranges_above(pages, addr);
	if (i) {
		const struct kmem_range *r = &pages->ranges[i - 1];
		u64 off = addr - r->start;

		if (off < r->len && n <= r->len - off) {
			memcpy(dst, u64_to_ptr(addr), n);
			err = 0;
		}
	}
	pthread_rwlock_unlock(&pages->ranges_lock);
	if (err)
		memset(dst, 0, n);
	return err;
}

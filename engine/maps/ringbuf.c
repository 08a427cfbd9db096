/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/maps/ringbuf.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/object/handle.h"

#define RECORD_MAX (UINT32_MAX / 4)
#define DISTANCE_UNIT 4096U /* of a header's page_off, whatever the page size */

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static int ringbuf_alloc_check(const union bpf_attr *attr)
{
	if ((attr->map_flags & ~(u32)BPF_F_NUMA_NODE) || attr->key_size || attr->value_size || !attr->max_entries ||
	    (attr->max_entries & (attr->max_entries - 1)) || attr->max_entries % page_size())
		return -EINVAL;
	return 0;
}

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif

/* A sealed file of that size; the caller maps it writable before seal() closes it to writers. */
static int new_file(size_t size)
{
	int fd = memfd_create("skep-ringbuf", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd >= 0 && ftruncate(fd, (off_t)size)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int seal(int fd, bool against_writers)
{
	return fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | (against_writers ? F_SEAL_FUTURE_WRITE : 0));
}


/* Pages of the whole mapping behind the private one, as the consumer counts them. */
static size_t shown_len(const struct bpf_map *map)
{
	return 2 * page_size() + 2 * (size_t)map->max_entries;
}

static bool map_at(void *at, size_t len, int fd, off_t offset)
{
	return mmap(at, len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, offset) != MAP_FAILED;
}

static bool map_ring(char *base, const struct bpf_map *map, int consumer)
{
	size_t page = page_size(), size = map->max_entries;

	return !mprotect(base, page, PROT_READ | PROT_WRITE) && map_at(base + page, page, consumer, 0) &&
	       map_at(base + 2 * page, page + size, map->memfd, 0) && map_at(base + 3 * page + size, size, map->memfd, (off_t)page) &&
	       !seal(consumer, false) && !seal(map->memfd, true);
}

static void ringbuf_free(struct bpf_map *map)
{
	if (map->mem) {
		map_hide_segment(map, page_size());
		munmap(map->mem, map->mem_len);
	}
	if (map->memfd >= 0)
		close(map->memfd);
	if (map->memfd2 >= 0)
		close(map->memfd2);
	map->mem = map->priv = NULL;
}

static int ringbuf_alloc(struct bpf_map *map, const union bpf_attr *attr)
{
	size_t page = page_size();
	struct ringbuf *rb;
	char *base;

	map->mem_len = page + shown_len(map);
	map->memfd = new_file(page + map->max_entries);
	map->memfd2 = new_file(page);
	base = mmap(NULL, map->mem_len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	map->mem = base == MAP_FAILED ? NULL : base;
	if (!map->mem || map->memfd < 0 || map->memfd2 < 0 || !map_ring(base, map, map->memfd2) ||
	    map_show_segment(map, page)) {
		ringbuf_free(map);
		return -ENOMEM;
	}
	rb = map->priv = base;
	rb->map = map;
	rb->consumer_pos = (atomic_ullong *)(base + page);
	rb->producer_pos = (atomic_ullong *)(base + 2 * page);
	rb->data = base + 3 * page;
	rb->mask = map->max_entries - 1;
	return 0;
}

static int ringbuf_mmap(struct bpf_map *map, off_t offset, size_t length, int prot, struct map_piece pieces[MAP_MAX_PIECES])
{
	size_t page = page_size(), size = map->max_entries;
	/* Where the mapping's parts begin in what is shown, in which file, and where there. */
	const struct {
		size_t start, end;
		int fd;
		size_t file_off;
	} parts[] = {
		{0, page, map->memfd2, 0},
		{page, 2 * page + size, map->memfd, 0},
		{2 * page + size, 2 * page + 2 * size, map->memfd, page},
	};
	size_t from = (size_t)offset, to;
	int n = 0;

	length = round_up_u64(length, page);
	if ((prot & PROT_WRITE) && (offset || length != page))
		return -EPERM;
	if (offset < 0 || !length || from % page || from >= shown_len(map) || length > shown_len(map) - from)
		return -EINVAL;
	to = from + length;
	for (u32 i = 0; i < ARRAY_SIZE(parts); i++) {
		size_t start = max_of(parts[i].start, from), end = min_of(parts[i].end, to);

		if (start < end)
			pieces[n++] = (struct map_piece){.fd = parts[i].fd, .at = start - from, .len = end - start,
							 .segment_offset = (off_t)(parts[i].file_off + start - parts[i].start)};
	}
	return n;
}

static struct ringbuf_hdr *header_at(const struct ringbuf *rb, u64 pos)
{
	return (struct ringbuf_hdr *)(rb->data + (pos & rb->mask));
}

static u64 record_len(u64 size)
{
	return round_up_u64(size + BPF_RINGBUF_HDR_SZ, 8);
}

/* Pass over what was committed since the last time. */
static u64 advance_pending(struct ringbuf *rb, u64 producer)
{
	u64 pos = rb->pending_pos;

	while (pos < producer) {
		u32 len = atomic_load_explicit(&header_at(rb, pos)->len, memory_order_acquire);

		if (len & BPF_RINGBUF_BUSY_BIT)
			break;
		pos += record_len(len & ~BPF_RINGBUF_DISCARD_BIT);
	}
	return rb->pending_pos = pos;
}

void *ringbuf_reserve(struct bpf_map *map, u64 size)
{
	struct ringbuf *rb = map->priv;
	struct ringbuf_hdr *hdr = NULL;
	u64 producer, end;

	if (size > RECORD_MAX || record_len(size) > rb->mask + 1)
		return NULL;
	map_lock(&rb->lock);
	producer = atomic_load_explicit(rb->producer_pos, memory_order_relaxed);
	end = producer + record_len(size);
	/* Neither over what was not consumed, nor over what was not committed, whatever the consumer says. */
	if (end - atomic_load_explicit(rb->consumer_pos, memory_order_acquire) <= rb->mask &&
	    end - advance_pending(rb, producer) <= rb->mask) {
		hdr = header_at(rb, producer);
		hdr->page_off = (u32)((size_t)((char *)hdr - (char *)rb) / DISTANCE_UNIT);
		atomic_store_explicit(&hdr->len, (u32)size | BPF_RINGBUF_BUSY_BIT, memory_order_relaxed);
		atomic_store_explicit(rb->producer_pos, end, memory_order_release);
	}
	map_unlock(&rb->lock);
	return hdr ? hdr + 1 : NULL;
}

void ringbuf_commit(void *record, u64 flags, bool discard)
{
	struct ringbuf_hdr *hdr = (struct ringbuf_hdr *)record - 1;
	struct ringbuf *rb = (struct ringbuf *)(((uintptr_t)hdr & ~(uintptr_t)(DISTANCE_UNIT - 1)) - (size_t)hdr->page_off * DISTANCE_UNIT);
	u64 offset = (u64)((char *)hdr - rb->data);
	u32 len = atomic_load_explicit(&hdr->len, memory_order_relaxed) ^ BPF_RINGBUF_BUSY_BIT;
	struct bpf_map *map = rb->map;

	if (discard)
		len |= BPF_RINGBUF_DISCARD_BIT;
	/* Exchanged, not stored: the consumer's position is read after the record can be seen. */
	atomic_exchange_explicit(&hdr->len, len, memory_order_seq_cst);
	if (flags & BPF_RB_FORCE_WAKEUP)
		handle_signal(&map->obj);
	else if (!(flags & BPF_RB_NO_WAKEUP) && (atomic_load_explicit(rb->consumer_pos, memory_order_seq_cst) & rb->mask) == offset)
		handle_signal(&map->obj);
}

int ringbuf_output(struct bpf_map *map, const void *data, u64 size, u64 flags)
{
	void *record;

	if (flags & ~(u64)(BPF_RB_NO_WAKEUP | BPF_RB_FORCE_WAKEUP))
		return -EINVAL;
	record = ringbuf_reserve(map, size);
	if (!record)
		return -EAGAIN;
	memcpy(record, data, size);
	ringbuf_commit(record, flags, false);
	return 0;
}

u64 ringbuf_query(const struct bpf_map *map, u64 what)
{
	const struct ringbuf *rb = map->priv;
	u64 consumer = atomic_load_explicit(rb->consumer_pos, memory_order_acquire);
	u64 producer = atomic_load_explicit(rb->producer_pos, memory_order_acquire);

	switch (what) {
	case BPF_RB_AVAIL_DATA:
		return producer - consumer;
	case BPF_RB_RING_SIZE:
		return rb->mask + 1;
	case BPF_RB_CONS_POS:
		return consumer;
	case BPF_RB_PROD_POS:
		return producer;
	default:
		return 0;
	}
}

bool ringbuf_has_data(const struct bpf_map *map)
{
	return ringbuf_query(map, BPF_RB_AVAIL_DATA) != 0;
}

const struct map_ops ringbuf_map_ops = {
	.alloc_check = ringbuf_alloc_check,
	.alloc = ringbuf_alloc,
	.free = ringbuf_free,
	.mmap = ringbuf_mmap,
	.pollable = true,
};

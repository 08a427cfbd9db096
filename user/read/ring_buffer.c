/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ring buffers (BPF_MAP_TYPE_RINGBUF): one page with the consumer's position, which we write, one with the producer's, then the
 * data, mapped twice in a row so that no record wraps. A record is an 8-byte header (length, busy and discard bits) and its
 * data, in steps of 8 bytes. Source: Documentation/bpf/ringbuf.rst, UAPI BPF_RINGBUF_*.
 */
#include <errno.h>
#include <fcntl.h>
#include <skep/skep.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <stdatomic.h>
#include <unistd.h>

#include "user/door/sys.h"

struct ring {
	int fd; /* duplicate of the map's */
	u64 mask;
	_Atomic u64 *consumer;
	const _Atomic u64 *producer;
	const u8 *data;
	size_t producer_len;
	skep_record_fn fn;
	void *ctx;
};

struct skep_ring_buffer {
	struct skep_door *door;
	int epoll_fd;
	struct ring **rings;
	u32 nr_rings;
};

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

struct skep_ring_buffer *skep_ring_buffer_new(struct skep_door *door)
{
	struct skep_ring_buffer *rb = calloc(1, sizeof(*rb));

	if (!rb)
		return NULL;
	rb->door = door;
	rb->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (rb->epoll_fd < 0) {
		free(rb);
		return NULL;
	}
	return rb;
}

static void free_ring(struct ring *r)
{
	if (r->consumer)
		munmap((void *)r->consumer, page_size());
	if (r->producer)
		munmap((void *)r->producer, r->producer_len);
	if (r->fd >= 0)
		close(r->fd);
	free(r);
}

static int map_ring(struct skep_door *door, struct ring *r, u32 size)
{
	r->mask = size - 1;
	r->consumer = door->ops->mmap(door, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	if (!r->consumer)
		return -errno;
	r->producer_len = page_size() + 2 * (size_t)size;
	r->producer = door->ops->mmap(door, r->producer_len, PROT_READ, MAP_SHARED, r->fd, (off_t)page_size());
	if (!r->producer)
		return -errno;
	r->data = (const u8 *)r->producer + page_size();
	return 0;
}

int skep_ring_buffer_add(struct skep_ring_buffer *rb, int map_fd, skep_record_fn fn, void *ctx)
{
	struct bpf_map_info info = {};
	struct ring **rings, *r;
	u32 len = sizeof(info);
	int ret = sys_obj_info(rb->door, map_fd, &info, &len);

	if (ret)
		return ret;
	if (info.type != BPF_MAP_TYPE_RINGBUF || !info.max_entries)
		return -EINVAL;
	rings = realloc(rb->rings, (rb->nr_rings + 1) * sizeof(struct ring *));
	if (!rings)
		return -ENOMEM;
	rb->rings = rings;
	r = calloc(1, sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->fn = fn;
	r->ctx = ctx;
	r->fd = fcntl(map_fd, F_DUPFD_CLOEXEC, 3);
	ret = r->fd < 0 ? -errno : map_ring(rb->door, r, info.max_entries);
	if (!ret && epoll_ctl(rb->epoll_fd, EPOLL_CTL_ADD, r->fd, &(struct epoll_event){.events = EPOLLIN, .data.u32 = rb->nr_rings}))
		ret = -errno;
	if (ret) {
		free_ring(r);
		return ret;
	}
	rb->rings[rb->nr_rings++] = r;
	return 0;
}

/* Hand over what is complete; stops at a record that its producer still writes. Records, or what fn returned. */
static int consume(struct ring *r)
{
	u64 at = atomic_load_explicit(r->consumer, memory_order_relaxed);
	int count = 0;

	for (;;) {
		u64 end = atomic_load_explicit(r->producer, memory_order_acquire);

		if (at >= end)
			return count;
		while (at < end) {
			const u8 *record = r->data + (at & r->mask);
			u32 header = atomic_load_explicit((const _Atomic u32 *)record, memory_order_acquire);
			u32 size = header & ~(u32)(BPF_RINGBUF_BUSY_BIT | BPF_RINGBUF_DISCARD_BIT);
			int ret = 0;

			if (header & BPF_RINGBUF_BUSY_BIT)
				return count;
			if (size > r->mask)
				return -EIO; /* never written by an engine: stop rather than read beyond */
			if (!(header & BPF_RINGBUF_DISCARD_BIT)) {
				ret = r->fn(r->ctx, record + BPF_RINGBUF_HDR_SZ, size);
				count++;
			}
			at += round_up_u64(size + (u64)BPF_RINGBUF_HDR_SZ, 8);
			/* Sequentially consistent with the producer's look at it: either it sees us behind and wakes us, or we see its record. */
			atomic_store(r->consumer, at);
			if (ret)
				return ret;
		}
	}
}

int skep_ring_buffer_consume(struct skep_ring_buffer *rb)
{
	int total = 0;

	for (u32 i = 0; i < rb->nr_rings; i++) {
		int ret = consume(rb->rings[i]);

		if (ret < 0)
			return ret;
		total += ret;
	}
	return total;
}

int skep_ring_buffer_poll(struct skep_ring_buffer *rb, int timeout_ms)
{
	struct epoll_event events[16];
	int n = epoll_wait(rb->epoll_fd, events, ARRAY_SIZE(events), timeout_ms), total = 0;
	u64 drained;

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		struct ring *r = rb->rings[events[i].data.u32];
		int ret;

		/* Takes an engine's readiness back before we look, so that what comes later shows again; the kernel refuses it, which is all right. */
		if (read(r->fd, &drained, sizeof(drained)) < 0)
			drained = 0;
		ret = consume(r);
		if (ret < 0)
			return ret;
		total += ret;
	}
	return total;
}

int skep_ring_buffer_epoll_fd(const struct skep_ring_buffer *rb)
{
	return rb->epoll_fd;
}

void skep_ring_buffer_free(struct skep_ring_buffer *rb)
{
	if (!rb)
		return;
	for (u32 i = 0; i < rb->nr_rings; i++)
		free_ring(rb->rings[i]);
	free(rb->rings);
	close(rb->epoll_fd);
	free(rb);
}

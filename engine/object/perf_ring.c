/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/object/perf_ring.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define RING_MAX_PAGES (1U << 18)

static int ring_map(struct perf_ring *ring)
{
	int err;

	ring->memfd = memfd_create("perf_event", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (ring->memfd < 0)
		return -errno;
	/* Who maps it must not be able to take pages away from under us. */
	if (!ftruncate(ring->memfd, (off_t)ring->len) &&
	    !fcntl(ring->memfd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)) {
		ring->mem = mmap(NULL, ring->len, PROT_READ | PROT_WRITE, MAP_SHARED, ring->memfd, 0);
		if (ring->mem != MAP_FAILED)
			return 0;
	}
	err = -errno;
	close(ring->memfd);
	ring->mem = NULL;
	return err;
}

int perf_ring_init(struct perf_ring *ring, size_t length, bool overwrite)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = length / page;
	struct perf_event_mmap_page *shared;
	int err;

	if (length % page || !pages || pages - 1 > RING_MAX_PAGES || ((pages - 1) & (pages - 2) && pages > 1))
		return -EINVAL;
	memset(ring, 0, sizeof(*ring));
	ring->len = length;
	ring->data_size = (pages - 1) * page;
	ring->overwrite = overwrite;
	err = ring_map(ring);
	if (err)
		return err;
	shared = (struct perf_event_mmap_page *)ring->mem;
	shared->data_offset = page;
	shared->data_size = ring->data_size;
	shared->size = offsetof(struct perf_event_mmap_page, __reserved);
	return 0;
}

void perf_ring_exit(struct perf_ring *ring)
{
	if (!ring->mem)
		return;
	munmap(ring->mem, ring->len);
	close(ring->memfd);
	ring->mem = NULL;
}

static void put_bytes(struct perf_ring *ring, u64 *at, const void *data, size_t n)
{
	u8 *base = ring->mem + (ring->len - ring->data_size);
	u64 off = *at & (ring->data_size - 1);
	size_t first = min_of(n, (size_t)(ring->data_size - off));

	memcpy(base + off, data, first);
	memcpy(base, (const u8 *)data + first, n - first);
	*at += n;
}

int perf_ring_write(struct perf_ring *ring, u64 event_id, const struct perf_part *parts, u32 n)
{
	struct perf_event_mmap_page *shared = (struct perf_event_mmap_page *)ring->mem;
	struct {
		struct perf_event_header header;
		u64 id, lost;
	} lost = {{PERF_RECORD_LOST, 0, sizeof(lost)}, event_id, ring->lost};
	u64 size = ring->lost ? sizeof(lost) : 0, at = ring->head, tail, room;

	for (u32 i = 0; i < n; i++)
		size += parts[i].len;
	tail = __atomic_load_n(&shared->data_tail, __ATOMIC_ACQUIRE);
	/* One byte stays free, so that full and empty differ. */
	room = ring->data_size ? (tail - ring->head - 1) & (ring->data_size - 1) : 0;
	if (ring->overwrite)
		room = ring->data_size;
	if (room < size) {
		ring->lost++;
		return -ENOSPC;
	}
	if (ring->lost)
		put_bytes(ring, &at, &lost, sizeof(lost));
	ring->lost = 0;
	for (u32 i = 0; i < n; i++)
		put_bytes(ring, &at, parts[i].data, parts[i].len);
	ring->head = at;
	__atomic_store_n(&shared->data_head, at, __ATOMIC_RELEASE);
	return 0;
}

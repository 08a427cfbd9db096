/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_RINGBUF: one ring of records for all CPUs, consumed through mmap(2). What a consumer sees is the UAPI's
 * (Documentation/bpf/ringbuf.rst): a page with the consumer's position, a page with the producer's, the data twice in a row.
 *
 * Two memfds: the consumer's page may be mapped writable, the rest is sealed against any writer but the engine, so that the
 * headers in it can be trusted. In the engine's mapping a private page comes first:
 *
 *   private | consumer | producer | data | data again
 *
 * A record's header holds its distance from the private page, in units of 4 KiB: that is how its address leads back to its ring.
 */
#ifndef SKEP_MAP_RINGBUF_H
#define SKEP_MAP_RINGBUF_H

#include "engine/maps/lock.h"
#include "engine/maps/map.h"

struct ringbuf_hdr {
	atomic_uint len; /* with BPF_RINGBUF_BUSY_BIT, BPF_RINGBUF_DISCARD_BIT */
	u32 page_off;
};

/* The private page. */
struct ringbuf {
	struct bpf_map *map;
	atomic_ullong *consumer_pos;
	atomic_ullong *producer_pos;
	char *data;
	u64 mask;        /* size of the data - 1 */
	u64 pending_pos; /* of the oldest record that is not committed, or behind it; under the lock */
	map_lock_t lock;
};

/* Room for a record of `size` bytes, or NULL when there is none (or it could never be). */
void *ringbuf_reserve(struct bpf_map *map, u64 size);
/* Hand a reserved record over to the consumer, or have it skipped. flags: BPF_RB_NO_WAKEUP, BPF_RB_FORCE_WAKEUP. */
void ringbuf_commit(void *record, u64 flags, bool discard);
int ringbuf_output(struct bpf_map *map, const void *data, u64 size, u64 flags);
u64 ringbuf_query(const struct bpf_map *map, u64 what);
/* Whether a consumer has something to read. */
bool ringbuf_has_data(const struct bpf_map *map);

#endif

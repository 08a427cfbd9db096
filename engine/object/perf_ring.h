/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The ring buffer of a perf event, in the UAPI's layout: one page of struct perf_event_mmap_page, then 2^n pages of records
 * (<linux/perf_event.h>). One writer at a time (the event's lock); the reader is whoever maps the memfd, and is not trusted:
 * of what it can write only data_tail is looked at, and any value of it is harmless.
 */
#ifndef SKEP_PERF_RING_H
#define SKEP_PERF_RING_H

#include <stdbool.h>
#include <stddef.h>

#include "common/util/util.h"

struct perf_part {
	const void *data;
	size_t len;
};

struct perf_ring {
	int memfd;
	u8 *mem;          /* page and data */
	size_t len;
	u64 data_size;    /* 0 or a power of two */
	u64 head;         /* written, private copy of data_head */
	u64 lost;         /* records since the last PERF_RECORD_LOST */
	u64 wakeup_at;    /* bytes: head past which the reader is woken next */
	u32 events;       /* samples since the last wakeup */
	bool overwrite;   /* mapped read-only: old records give way */
};

/* 0, -EINVAL when length is not one page plus a power of two of pages (or none), or -ENOMEM. */
int perf_ring_init(struct perf_ring *ring, size_t length, bool overwrite);
void perf_ring_exit(struct perf_ring *ring);
/* Append one record that consists of the parts (a multiple of eight bytes in all), with a PERF_RECORD_LOST before it when records were lost.
 * -ENOSPC when it does not fit; it is counted as lost. */
int perf_ring_write(struct perf_ring *ring, u64 event_id, const struct perf_part *parts, u32 n);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Perf events: BPF output (a ring of samples that programs write) and attach points (tracepoints, kprobes, software clocks). What an
 * attach point is, and attaching to it, is hooks/perf.h's.
 */
#ifndef SKEP_PERF_EVENT_H
#define SKEP_PERF_EVENT_H

#include <stdbool.h>

#include "engine/object/object.h"
#include "engine/object/perf_ring.h"

struct perf_event_attr;

/* Whether programs can write samples to it (PERF_COUNT_SW_BPF_OUTPUT). */
bool perf_event_is_output(const struct obj *event);
/* The CPU that it was opened for, -1: any; and whether it is enabled. */
int perf_event_cpu(const struct obj *event);
bool perf_event_enabled(const struct obj *event);
/*
 * Write one sample of raw data that consists of the parts, from any thread. 0; -ENOSPC when the ring is full or was never mapped
 * (the loss is counted and told in a PERF_RECORD_LOST); -EINVAL when the event is no output event; -E2BIG beyond what a record can
 * hold. Readers are woken as wakeup_events or wakeup_watermark say.
 */
int perf_event_output(struct obj *event, const struct perf_part *parts, u32 n);

/* What perf_event_open(2) made; for sys/perf.c. The event holds no reference of its own on what it is attached to. */
struct hook_target;
struct obj *perf_event_new(struct skep_engine *engine, const struct perf_event_attr *attr, const struct hook_target *target, int cpu);
void perf_event_enable(struct obj *event, bool on);
void perf_event_pause(struct obj *event, bool on);
u64 perf_event_id(const struct obj *event);
/* The ring, made at the first call: 0, or -EINVAL when the length does not fit (the ring's, if there is one). *memfd is the event's. */
int perf_event_map(struct obj *event, size_t length, bool overwrite, int *memfd);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Perf events as objects: their state, samples and wakeups. */
#include "engine/object/perf_event.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/hooks/perf.h"
#include "engine/object/handle.h"
#include "engine/run.h"

struct perf_event {
	struct obj obj;
	struct perf_event_attr attr;
	struct hook_target target;
	bool has_target;
	int cpu;
	u64 id;
	atomic_bool enabled, paused;
	pthread_mutex_t lock; /* ring */
	struct perf_ring ring;
};

static struct perf_event *event_of(const struct obj *obj)
{
	return container_of(obj, struct perf_event, obj);
}

static void perf_event_free(struct obj *obj)
{
	struct perf_event *e = event_of(obj);

	if (e->has_target)
		perf_detach(obj, &e->target);
	perf_ring_exit(&e->ring);
	pthread_mutex_destroy(&e->lock);
	free(e);
}

static const struct obj_ops perf_event_ops = {.free = perf_event_free};

struct obj *perf_event_new(struct skep_engine *engine, const struct perf_event_attr *attr, const struct hook_target *target, int cpu)
{
	struct perf_event *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	obj_init(&e->obj, engine, OBJ_PERF_EVENT, &perf_event_ops);
	e->attr = *attr;
	e->cpu = cpu;
	e->id = atomic_fetch_add(&engine->perf_ids, 1) + 1;
	if (target) {
		e->target = *target;
		e->has_target = true;
	}
	atomic_init(&e->enabled, !attr->disabled);
	pthread_mutex_init(&e->lock, NULL);
	return &e->obj;
}

bool perf_event_is_output(const struct obj *obj)
{
	const struct perf_event *e = event_of(obj);

	return e->attr.type == PERF_TYPE_SOFTWARE && e->attr.config == PERF_COUNT_SW_BPF_OUTPUT;
}

int perf_event_cpu(const struct obj *event)
{
	return event_of(event)->cpu;
}

bool perf_event_enabled(const struct obj *event)
{
	return atomic_load(&event_of(event)->enabled);
}

void perf_event_enable(struct obj *event, bool on)
{
	atomic_store(&event_of(event)->enabled, on);
}

void perf_event_pause(struct obj *event, bool on)
{
	atomic_store(&event_of(event)->paused, on);
}

u64 perf_event_id(const struct obj *event)
{
	return event_of(event)->id;
}

const struct hook_target *perf_event_target(const struct obj *obj)
{
	struct perf_event *e = event_of(obj);

	return e->has_target ? &e->target : NULL;
}

const struct perf_event_attr *perf_event_attr_of(const struct obj *event)
{
	return &event_of(event)->attr;
}

int perf_event_map(struct obj *event, size_t length, bool overwrite, int *memfd)
{
	struct perf_event *e = event_of(event);
	int err = 0;

	pthread_mutex_lock(&e->lock);
	if (!e->ring.mem) {
		err = perf_ring_init(&e->ring, length, overwrite);
		if (!err) {
			u32 watermark = e->attr.watermark ? e->attr.wakeup_watermark : 0;

			if (!watermark || watermark > e->ring.data_size)
				watermark = (u32)(e->ring.data_size / 2);
			e->ring.wakeup_at = watermark;
		}
	} else if (e->ring.len != length) {
		err = -EINVAL;
	}
	*memfd = e->ring.memfd;
	pthread_mutex_unlock(&e->lock);
	return err;
}

/* Fixed fields of a sample before the raw data, in the order of the UAPI. */
static u32 sample_fields(const struct perf_event *e, u64 *out)
{
	u64 type = e->attr.sample_type, *at = out;
	struct timespec ts;

	if (type & PERF_SAMPLE_IDENTIFIER)
		*at++ = e->id;
	if (type & PERF_SAMPLE_IP)
		*at++ = run_current && run_current->regs ? run_current->regs->ip : 0;
	if (type & PERF_SAMPLE_TID)
		*at++ = (u64)getpid() | (u64)gettid() << 32;
	if (type & PERF_SAMPLE_TIME) {
		clock_gettime(CLOCK_MONOTONIC, &ts);
		*at++ = (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
	}
	if (type & PERF_SAMPLE_ADDR)
		*at++ = 0;
	if (type & PERF_SAMPLE_ID)
		*at++ = e->id;
	if (type & PERF_SAMPLE_STREAM_ID)
		*at++ = e->id;
	if (type & PERF_SAMPLE_CPU)
		*at++ = run_current ? run_current->cpu : (u32)max_of(e->cpu, 0);
	if (type & PERF_SAMPLE_PERIOD)
		*at++ = 1;
	return (u32)(at - out);
}

/* Whether the sample that was just written is the one to wake the reader for. */
static bool wants_wakeup(struct perf_event *e)
{
	struct perf_ring *ring = &e->ring;
	u32 step = e->attr.watermark ? e->attr.wakeup_watermark : 0;

	if (!step || step > ring->data_size)
		step = (u32)(ring->data_size / 2);
	if (!e->attr.watermark && e->attr.wakeup_events && ++ring->events >= e->attr.wakeup_events) {
		ring->events = 0;
		return true;
	}
	if (ring->head <= ring->wakeup_at)
		return false;
	ring->wakeup_at += (ring->head - ring->wakeup_at) / step * step + step;
	return true;
}

#define SAMPLE_MAX_PARTS 8

int perf_event_output(struct obj *event, const struct perf_part *parts, u32 n)
{
	static const u8 zeros[8];
	struct perf_event *e = event_of(event);
	struct perf_part all[SAMPLE_MAX_PARTS + 4];
	struct perf_event_header header = {.type = PERF_RECORD_SAMPLE};
	u64 fields[16];
	size_t raw = 0, total;
	u32 nr = 0, raw_size, nr_fields;
	bool wake = false;
	int err;

	if (!perf_event_is_output(event) || n > SAMPLE_MAX_PARTS)
		return -EINVAL;
	if (atomic_load(&e->paused))
		return -ENOSPC;
	nr_fields = sample_fields(e, fields);
	all[nr++] = (struct perf_part){&header, sizeof(header)};
	all[nr++] = (struct perf_part){fields, nr_fields * sizeof(u64)};
	total = sizeof(header) + nr_fields * sizeof(u64);
	if (e->attr.sample_type & PERF_SAMPLE_RAW) {
		for (u32 i = 0; i < n; i++)
			raw += parts[i].len;
		if (raw > UINT16_MAX)
			return -E2BIG;
		/* The size counts the padding that rounds it and itself up to eight bytes. */
		raw_size = (u32)(round_up_u64(raw + sizeof(raw_size), 8) - sizeof(raw_size));
		all[nr++] = (struct perf_part){&raw_size, sizeof(raw_size)};
		for (u32 i = 0; i < n; i++)
			all[nr++] = parts[i];
		all[nr++] = (struct perf_part){zeros, raw_size - raw};
		total += sizeof(raw_size) + raw_size;
	}
	if (total > UINT16_MAX)
		return -E2BIG;
	header.size = (u16)total;
	pthread_mutex_lock(&e->lock);
	err = e->ring.mem ? perf_ring_write(&e->ring, e->id, all, nr) : -ENOSPC;
	if (!err)
		wake = wants_wakeup(e);
	pthread_mutex_unlock(&e->lock);
	if (wake)
		handle_signal(event);
	return err;
}

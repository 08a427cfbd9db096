/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Perf buffers: a BPF_OUTPUT event a CPU, each with a ring of its own that the kernel writes PERF_RECORD_SAMPLE and PERF_RECORD_LOST to.
 * Source: perf_event_open(2), "MMAP layout".
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <skep/skep.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "user/door/sys.h"

#define DEFAULT_PAGES 64

struct cpu_ring {
	int cpu;
	int fd; /* -1: not in use (an offline CPU) */
	struct perf_event_mmap_page *meta;
};

struct skep_perf_buffer {
	struct skep_door *door;
	int map_fd;
	int epoll_fd;
	size_t data_len, map_len;
	struct cpu_ring *cpus;
	int nr_cpus;
	skep_sample_fn sample;
	skep_lost_fn lost;
	void *ctx;
	u64 lost_total;
	u8 *wrapped; /* a record that goes round the end, put together */
	size_t wrapped_len;
};

static int open_ring(struct skep_perf_buffer *pb, struct cpu_ring *r, u32 wakeup_events)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
				       .size = sizeof(attr),
				       .config = PERF_COUNT_SW_BPF_OUTPUT,
				       .sample_type = PERF_SAMPLE_RAW,
				       .sample_period = 1,
				       .wakeup_events = wakeup_events};
	const struct door_ops *ops = pb->door->ops;
	u32 key = (u32)r->cpu;
	int ret;

	r->fd = ops->perf_event_open(pb->door, &attr, -1, r->cpu, -1, PERF_FLAG_FD_CLOEXEC);
	if (r->fd == -ENODEV)
		return 0; /* possible, but not there */
	if (r->fd < 0)
		return r->fd;
	r->meta = ops->mmap(pb->door, pb->map_len, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	if (!r->meta)
		return -errno;
	ret = ops->ioctl(pb->door, r->fd, PERF_EVENT_IOC_ENABLE, 0);
	if (ret < 0)
		return ret;
	ret = sys_map_update(pb->door, pb->map_fd, &key, &r->fd, 0);
	if (ret)
		return ret;
	return epoll_ctl(pb->epoll_fd, EPOLL_CTL_ADD, r->fd, &(struct epoll_event){.events = EPOLLIN, .data.u32 = (u32)(r - pb->cpus)}) ? -errno : 0;
}

struct skep_perf_buffer *skep_perf_buffer_new(struct skep_door *door, int map_fd, skep_sample_fn sample, skep_lost_fn lost, void *ctx,
					      const struct skep_perf_buffer_opts *given)
{
	struct skep_perf_buffer_opts opts = {.sz = sizeof(opts)};
	struct bpf_map_info info = {};
	struct skep_perf_buffer *pb;
	u32 len = sizeof(info), pages;
	int nr_cpus = skep_nr_possible_cpus(), ret;

	if (given)
		memcpy(&opts, given, min_of(given->sz, sizeof(opts)));
	pages = opts.pages ? opts.pages : DEFAULT_PAGES;
	ret = nr_cpus < 0 ? nr_cpus : pages & (pages - 1) ? -EINVAL : sys_obj_info(door, map_fd, &info, &len);
	if (!ret && info.type != BPF_MAP_TYPE_PERF_EVENT_ARRAY)
		ret = -EINVAL;
	if (ret) {
		errno = -ret;
		return NULL;
	}
	pb = calloc(1, sizeof(*pb));
	if (!pb)
		return NULL;
	nr_cpus = (int)min_of((u32)nr_cpus, info.max_entries);
	*pb = (struct skep_perf_buffer){.door = door, .map_fd = fcntl(map_fd, F_DUPFD_CLOEXEC, 3), .epoll_fd = epoll_create1(EPOLL_CLOEXEC), .sample = sample, .lost = lost, .ctx = ctx};
	pb->data_len = (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
	pb->map_len = pb->data_len + (size_t)sysconf(_SC_PAGESIZE);
	pb->cpus = calloc((size_t)nr_cpus + 1, sizeof(*pb->cpus));
	ret = pb->cpus ? pb->map_fd < 0 || pb->epoll_fd < 0 ? -EMFILE : 0 : -ENOMEM;
	for (int i = 0; i < nr_cpus && !ret; i++) {
		pb->cpus[i] = (struct cpu_ring){.cpu = i, .fd = -1};
		pb->nr_cpus = i + 1;
		ret = open_ring(pb, &pb->cpus[i], opts.wakeup_events ? opts.wakeup_events : 1);
	}
	if (!ret)
		return pb;
	skep_perf_buffer_free(pb);
	errno = -ret;
	return NULL;
}

/* The record at a position, in one piece; NULL with no memory. */
static const struct perf_event_header *record_at(struct skep_perf_buffer *pb, const u8 *data, u64 at, u16 size)
{
	size_t start = at & (pb->data_len - 1), first = pb->data_len - start;

	if (size <= first)
		return (const struct perf_event_header *)(data + start);
	if (pb->wrapped_len < size) {
		u8 *grown = realloc(pb->wrapped, size);

		if (!grown)
			return NULL;
		pb->wrapped = grown;
		pb->wrapped_len = size;
	}
	memcpy(pb->wrapped, data + start, first);
	memcpy(pb->wrapped + first, data, size - first);
	return (const struct perf_event_header *)pb->wrapped;
}

static int handle_record(struct skep_perf_buffer *pb, int cpu, const struct perf_event_header *h, int *count)
{
	const u8 *body = (const u8 *)(h + 1);
	u32 size;
	u64 lost;

	if (h->type == PERF_RECORD_SAMPLE && h->size >= sizeof(*h) + sizeof(size)) {
		memcpy(&size, body, sizeof(size));
		if (size > h->size - sizeof(*h) - sizeof(size))
			return -EIO;
		(*count)++;
		return pb->sample ? pb->sample(pb->ctx, cpu, body + sizeof(size), size) : 0;
	}
	if (h->type == PERF_RECORD_LOST && h->size >= sizeof(*h) + 2 * sizeof(lost)) {
		memcpy(&lost, body + sizeof(u64), sizeof(lost)); /* after the event's id */
		pb->lost_total += lost;
		if (pb->lost)
			pb->lost(pb->ctx, cpu, lost);
	}
	return 0;
}

static int consume(struct skep_perf_buffer *pb, struct cpu_ring *r)
{
	const u8 *data = (const u8 *)r->meta + (pb->map_len - pb->data_len);
	u64 head, tail = r->meta->data_tail;
	int count = 0, ret = 0;

	head = __atomic_load_n(&r->meta->data_head, __ATOMIC_ACQUIRE);
	while (tail != head && !ret) {
		u16 size = ((const struct perf_event_header *)(data + (tail & (pb->data_len - 1))))->size;
		const struct perf_event_header *h;

		if (size < sizeof(*h) || size > head - tail)
			return -EIO;
		h = record_at(pb, data, tail, size);
		if (!h)
			return -ENOMEM;
		ret = handle_record(pb, r->cpu, h, &count);
		tail += size;
		__atomic_store_n(&r->meta->data_tail, tail, __ATOMIC_RELEASE);
	}
	return ret ? ret : count;
}

int skep_perf_buffer_consume(struct skep_perf_buffer *pb)
{
	int total = 0;

	for (int i = 0; i < pb->nr_cpus; i++) {
		int ret = pb->cpus[i].fd >= 0 ? consume(pb, &pb->cpus[i]) : 0;

		if (ret < 0)
			return ret;
		total += ret;
	}
	return total;
}

int skep_perf_buffer_poll(struct skep_perf_buffer *pb, int timeout_ms)
{
	struct epoll_event events[64];
	int n = epoll_wait(pb->epoll_fd, events, ARRAY_SIZE(events), timeout_ms), total = 0;
	u64 drained[4];

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		struct cpu_ring *r = &pb->cpus[events[i].data.u32];
		int ret;

		if (read(r->fd, drained, sizeof(drained)) < 0) /* rearms an engine's event */
			drained[0] = 0;
		ret = consume(pb, r);
		if (ret < 0)
			return ret;
		total += ret;
	}
	return total;
}

int skep_perf_buffer_epoll_fd(const struct skep_perf_buffer *pb)
{
	return pb->epoll_fd;
}

uint64_t skep_perf_buffer_lost(const struct skep_perf_buffer *pb)
{
	return pb->lost_total;
}

void skep_perf_buffer_free(struct skep_perf_buffer *pb)
{
	if (!pb)
		return;
	for (int i = 0; i < pb->nr_cpus; i++) {
		u32 key = (u32)pb->cpus[i].cpu;

		if (pb->cpus[i].meta)
			munmap(pb->cpus[i].meta, pb->map_len);
		if (pb->cpus[i].fd < 0)
			continue;
		sys_map_delete(pb->door, pb->map_fd, &key);
		close(pb->cpus[i].fd);
	}
	if (pb->map_fd >= 0)
		close(pb->map_fd);
	if (pb->epoll_fd >= 0)
		close(pb->epoll_fd);
	free(pb->wrapped);
	free(pb->cpus);
	free(pb);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* perf_event_open, mmap and ioctl of BPF output events; perf event arrays. */
#include "tests/engine/both.h"

static struct perf_event_attr output_attr(void)
{
	return (struct perf_event_attr){.size = sizeof(struct perf_event_attr), .type = PERF_TYPE_SOFTWARE,
					.config = PERF_COUNT_SW_BPF_OUTPUT, .sample_type = PERF_SAMPLE_RAW, .sample_period = 1,
					.wakeup_events = 1};
}

static int open_output(struct both *t, int cpu)
{
	struct perf_event_attr attr = output_attr();

	return T_perf_event_open(t, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static void attr_sizes(struct both *t)
{
	static const u32 probes[] = {0, 1, 63, 64, 72, 80, 96, 112, 120, 128, 136, 144, 4096, 4097, 0xffffffff};
	u8 room[8192];

	for (int dirty = 0; dirty < 2; dirty++)
		for (size_t i = 0; i < ARRAY_SIZE(probes); i++) {
			struct perf_event_attr attr = output_attr();
			int ret;

			memset(room, 0, sizeof(room));
			attr.size = probes[i];
			memcpy(room, &attr, 64);
			if (dirty)
				room[4095] = 1;
			ret = T_perf_event_open(t, (struct perf_event_attr *)room, -1, 0, -1, 0);
			memcpy(&attr, room, sizeof(attr));
			/* E2BIG says how large the kernel's own is: as large as this kernel's or ours. */
			T_NOTE(t, "size %u dirty %d: %d%s", probes[i], dirty, ret < 0 ? ret : 0,
			       ret == -E2BIG && attr.size != probes[i] ? " and a size" : "");
			if (ret >= 0)
				close(ret);
		}
}

static void placements(struct both *t)
{
	static const struct {
		pid_t pid;
		int cpu, group;
		unsigned long flags;
	} tries[] = {{-1, 0, -1, 0},  {-1, -1, -1, 0}, {0, -1, -1, 0},	{0, 0, -1, 0},	   {-1, 100000, -1, 0},
		     {-1, -2, -1, 0}, {-1, 0, 9999, 0}, {-1, 0, -1, 16}, {-1, 0, -1, 1UL << 40}, {-1, 0, 0, 0}};

	for (size_t i = 0; i < ARRAY_SIZE(tries); i++) {
		struct perf_event_attr attr = output_attr();

		T_NOTE(t, "%zu", i);
		T_NOTE_FD(t, "open", T_perf_event_open(t, &attr, tries[i].pid, tries[i].cpu, tries[i].group, tries[i].flags));
	}
	T_NOTE_FD(t, "no attr", T_perf_event_open(t, NULL, -1, 0, -1, 0));
}

static void mapping_sizes(struct both *t)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t pages = 1; pages <= 17; pages++) {
		int fd = open_output(t, 0);
		struct perf_event_mmap_page *p = T_mmap(t, pages * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), *q;

		T_NOTE(t, "%zu pages: %d", pages, p ? 0 : errno);
		if (p) {
			T_NOTE(t, "data %llu + %llu, head %llu tail %llu", (unsigned long long)p->data_offset,
			       (unsigned long long)p->data_size, (unsigned long long)p->data_head,
			       (unsigned long long)p->data_tail);
			q = T_mmap(t, pages * page * 2, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
			T_NOTE(t, "again, larger: %d", q ? 0 : errno);
			q = T_mmap(t, pages * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
			T_NOTE(t, "again: %d", q ? 0 : errno);
			if (q)
				munmap(q, pages * page);
			munmap(p, pages * page);
		}
		close(fd);
	}
	{
		int fd = open_output(t, 0);
		void *p = T_mmap(t, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

		T_NOTE(t, "private: %d", p ? 0 : errno);
		close(fd);
	}
}

static void controls(struct both *t)
{
	int fd = open_output(t, 0), map = T_map(t, BPF_MAP_TYPE_HASH, 4, 4, 1, 0);
	u64 id = 0;

	T_IS(t, T_ioctl(t, fd, PERF_EVENT_IOC_ENABLE, 0), 0);
	T_IS(t, T_ioctl(t, fd, PERF_EVENT_IOC_DISABLE, 0), 0);
	T_IS(t, T_ioctl(t, fd, PERF_EVENT_IOC_RESET, 0), 0);
	T_IS(t, T_ioctl(t, fd, PERF_EVENT_IOC_ID, (unsigned long)&id), 0);
	T_TRUE(t, id > 0);
	T_NOTE(t, "no request: %d", T_ioctl(t, fd, 0xabcd, 0));
	T_NOTE(t, "not a program: %d", T_ioctl(t, fd, PERF_EVENT_IOC_SET_BPF, (unsigned long)map));
	T_NOTE(t, "no descriptor: %d", T_ioctl(t, fd, PERF_EVENT_IOC_SET_BPF, 9999));
	T_NOTE(t, "not an event: %d", T_ioctl(t, map, PERF_EVENT_IOC_ENABLE, 0));
	T_IS(t, T_ioctl(t, 9999, PERF_EVENT_IOC_ENABLE, 0), -EBADF);
	close(fd);
	close(map);
}

static void arrays_of_events(struct both *t)
{
	u32 key = 0, cpus = (u32)T_nr_cpus();
	int map = T_map(t, BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, cpus, 0), fd = open_output(t, 0), no = -1, zero = 0;

	T_IS(t, T_update(t, map, &key, &fd, 0), 0);
	T_IS(t, T_update(t, map, &key, &no, 0), -EBADF);
	T_NOTE(t, "not an event: %d", T_update(t, map, &key, &map, 0));
	T_NOTE(t, "noexist: %d", T_update(t, map, &key, &fd, BPF_NOEXIST));
	T_NOTE(t, "lookup: %d", T_lookup(t, map, &key, &zero, 0));
	T_IS(t, T_delete(t, map, &key), 0);
	T_NOTE(t, "delete again: %d", T_delete(t, map, &key));
	key = cpus;
	T_NOTE(t, "beyond: %d", T_update(t, map, &key, &fd, 0));
	close(fd);
	close(map);
}

static const struct both_case cases[] = {
	BOTH(attr_sizes), BOTH(placements), BOTH(mapping_sizes), BOTH(controls), BOTH(arrays_of_events),
};

int main(int argc, char **argv)
{
	return both_main(cases, ARRAY_SIZE(cases), argc, argv);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel memory, perf rings, handles that go away, the trace log. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/uapi/bpf.h"
#include "engine/engine.h"
#include "engine/helpers/trace_log.h"
#include "engine/object/handle.h"
#include "engine/object/kmem.h"
#include "engine/object/perf_event.h"
#include "engine/sys/caller.h"
#include "engine/sys/sha256.h"

static void kmem_blocks_are_zero_aligned_and_apart(void **state)
{
	struct kmem *kmem = kmem_new(1 << 20);
	u8 *blocks[64];

	for (u32 round = 0; round < 3; round++) {
		for (u32 i = 0; i < 64; i++) {
			blocks[i] = kmem_alloc(kmem, i * 16 + 1);
			assert_non_null(blocks[i]);
			assert_int_equal((uintptr_t)blocks[i] % 16, 0);
			for (u32 b = 0; b < i * 16 + 1; b++)
				assert_int_equal(blocks[i][b], 0);
			memset(blocks[i], (int)i + 1, i * 16 + 1);
		}
		for (u32 i = 0; i < 64; i++) {
			for (u32 b = 0; b < i * 16 + 1; b++)
				assert_int_equal(blocks[i][b], i + 1);
			kmem_free(kmem, blocks[i]);
		}
	}
	assert_null(kmem_alloc(kmem, 1 << 21));
	kmem_free_all(kmem);
}

static void kmem_reads_only_what_is_its_own(void **state)
{
	struct kmem *kmem = kmem_new(1 << 20);
	u64 secret = 0x1122334455667788, got = 1, shown[2] = {7, 8};
	u64 *block = kmem_alloc(kmem, 8);

	*block = 5;
	assert_int_equal(kmem_read(kmem, &got, ptr_to_u64(block), 8), 0);
	assert_int_equal(got, 5);
	assert_int_equal(kmem_read(kmem, &got, ptr_to_u64(&secret), 8), -EFAULT);
	assert_int_equal(got, 0);
	assert_int_equal(kmem_register(kmem, shown, sizeof(shown)), 0);
	assert_int_equal(kmem_read(kmem, &got, ptr_to_u64(&shown[1]), 8), 0);
	assert_int_equal(got, 8);
	assert_int_equal(kmem_read(kmem, &got, ptr_to_u64(&shown[1]) + 1, 8), -EFAULT);
	kmem_unregister(kmem, shown);
	assert_int_equal(kmem_read(kmem, &got, ptr_to_u64(shown), 8), -EFAULT);
	assert_int_equal(kmem_read(kmem, &got, ptr_to_u64(kmem->base) + kmem->size - 4, 8), -EFAULT);
	assert_int_equal(kmem_read(kmem, &got, UINT64_MAX, 8), -EFAULT);
	kmem_free_all(kmem);
}

static void sha256_of_known_texts(void **state)
{
	static const u8 abc[4] = {0xba, 0x78, 0x16, 0xbf}, empty[4] = {0xe3, 0xb0, 0xc4, 0x42}, two_blocks[4] = {0x24, 0x8d, 0x6a, 0x61};
	u8 digest[SHA256_SIZE];

	sha256("abc", 3, digest);
	assert_memory_equal(digest, abc, 4);
	sha256("", 0, digest);
	assert_memory_equal(digest, empty, 4);
	sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56, digest);
	assert_memory_equal(digest, two_blocks, 4);
}

static struct obj *output_event(struct skep_engine *engine, int *fd, u32 wakeup_events)
{
	struct perf_event_attr attr = {.size = sizeof(attr), .type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_BPF_OUTPUT,
				       .sample_type = PERF_SAMPLE_RAW, .wakeup_events = wakeup_events};
	struct caller caller;

	caller_init_self(&caller, engine);
	*fd = skep_engine_perf_event_open(engine, &attr, -1, 0, -1, 0);
	assert_true(*fd >= 0);
	return handle_obj(&caller, *fd, OBJ_PERF_EVENT, NULL);
}

static bool readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

/* Samples of all sizes go around the ring many times; the reader sees each, whole and in order. */
static void perf_samples_arrive_whole(void **state)
{
	struct skep_engine *engine = skep_engine_new(NULL);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct perf_event_mmap_page *ring;
	struct obj *event;
	u8 sent[300], *data, rec[512];
	char drain[64];
	u64 tail = 0;
	int fd;

	event = output_event(engine, &fd, 1);
	assert_int_equal(perf_event_output(event, NULL, 0), -ENOSPC); /* nobody mapped it */
	ring = skep_engine_mmap(engine, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_non_null(ring);
	data = (u8 *)ring + page;
	for (u32 i = 0; i < 1000; i++) {
		u32 n = i % sizeof(sent), size, raw;
		struct perf_part parts[2] = {{sent, n / 2}, {sent + n / 2, n - n / 2}};

		for (u32 b = 0; b < n; b++)
			sent[b] = (u8)(i + b);
		assert_false(readable(fd));
		assert_int_equal(perf_event_output(event, parts, 2), 0);
		assert_true(readable(fd));
		assert_true(read(fd, drain, sizeof(drain)) > 0);
		for (u32 b = 0; b < ring->data_head - tail; b++)
			rec[b] = data[(tail + b) % page];
		size = (u32)(ring->data_head - tail);
		assert_int_equal(((struct perf_event_header *)rec)->type, PERF_RECORD_SAMPLE);
		assert_int_equal(((struct perf_event_header *)rec)->size, size);
		assert_int_equal(size % 8, 0);
		memcpy(&raw, rec + 8, sizeof(raw));
		assert_true(raw >= n && raw < n + 8);
		assert_memory_equal(rec + 12, sent, n);
		tail = ring->data_head;
		__atomic_store_n(&ring->data_tail, tail, __ATOMIC_RELEASE);
	}
	munmap(ring, 2 * page);
	close(fd);
	obj_put(event);
	skep_engine_free(engine);
}

static void perf_losses_are_told(void **state)
{
	struct skep_engine *engine = skep_engine_new(NULL);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct perf_event_mmap_page *ring;
	struct {
		struct perf_event_header header;
		u64 id, lost;
	} told;
	u64 value = 1;
	struct perf_part part = {&value, sizeof(value)};
	struct obj *event;
	u32 fitted = 0;
	int fd;

	event = output_event(engine, &fd, 0);
	ring = skep_engine_mmap(engine, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	assert_non_null(ring);
	while (!perf_event_output(event, &part, 1))
		fitted++;
	assert_int_equal(fitted, page / 24 - (page % 24 == 0));
	assert_int_equal(perf_event_output(event, &part, 1), -ENOSPC);
	/* A reader that writes nonsense harms nobody. */
	ring->data_head = 12345;
	ring->data_size = 1ULL << 40;
	__atomic_store_n(&ring->data_tail, fitted * 24ULL, __ATOMIC_RELEASE);
	assert_int_equal(perf_event_output(event, &part, 1), 0);
	for (u32 i = 0; i < 3; i++)
		memcpy((u8 *)&told + i * 8, (u8 *)ring + page + (fitted * 24 + i * 8) % page, 8);
	assert_int_equal(told.header.type, PERF_RECORD_LOST);
	assert_int_equal(told.lost, 2);
	__atomic_store_n(&ring->data_tail, 0x8000000000000123ULL, __ATOMIC_RELEASE);
	for (int i = 0; i < 1000; i++)
		perf_event_output(event, &part, 1);
	munmap(ring, 2 * page);
	close(fd);
	obj_put(event);
	skep_engine_free(engine);
}

static u32 next_map_id(struct skep_engine *engine)
{
	union bpf_attr attr = {0};

	return skep_engine_bpf(engine, BPF_MAP_GET_NEXT_ID, &attr, sizeof(attr)) ? 0 : attr.next_id;
}

/* Both kinds of descriptor: closed, the map is gone; while one duplicate lives, so does the map. */
static void closed_handles_free_their_objects(void **state)
{
	struct skep_engine *engine = skep_engine_new(NULL);

	for (u32 flags = 0; flags <= BPF_F_MMAPABLE; flags += BPF_F_MMAPABLE) {
		union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 4,
				       .map_flags = flags};
		int fd = skep_engine_bpf(engine, BPF_MAP_CREATE, &attr, sizeof(attr)), copy;

		assert_true(fd >= 0);
		copy = dup(fd);
		assert_true(next_map_id(engine) > 0);
		close(fd);
		assert_true(next_map_id(engine) > 0);
		close(copy);
		if (!flags)
			assert_true(readable(skep_engine_reap_fd(engine)));
		assert_int_equal(next_map_id(engine), 0);
	}
	skep_engine_free(engine);
}

/* A stock client maps the descriptor itself. */
static void mmapable_arrays_are_mapped_by_mmap(void **state)
{
	struct skep_engine *engine = skep_engine_new(NULL);
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 4,
			       .map_flags = BPF_F_MMAPABLE};
	int fd = skep_engine_bpf(engine, BPF_MAP_CREATE, &attr, sizeof(attr));
	u64 value = 77, *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	u32 key = 3;

	assert_ptr_not_equal(p, MAP_FAILED);
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (u32)fd;
	attr.key = ptr_to_u64(&key);
	attr.value = ptr_to_u64(&value);
	assert_int_equal(skep_engine_bpf(engine, BPF_MAP_UPDATE_ELEM, &attr, 32), 0);
	assert_int_equal(p[3], 77);
	attr.key = attr.value = 0;
	assert_int_equal(ftruncate(fd, 0), -1); /* the engine's memory cannot be taken away */
	/* Frozen: what is mapped stays, nothing more is mapped for writing. */
	assert_int_equal(skep_engine_bpf(engine, BPF_MAP_FREEZE, &attr, 4), 0);
	assert_ptr_equal(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	assert_int_equal(write(fd, "x", 1), -1);
	close(fd);
	assert_true(next_map_id(engine) > 0); /* the mapping holds the map */
	munmap(p, 4096);
	assert_int_equal(next_map_id(engine), 0);
	skep_engine_free(engine);
}

static void handles_of_a_freed_engine_are_inert(void **state)
{
	struct skep_engine *engine = skep_engine_new(NULL), *other = skep_engine_new(NULL);
	union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 4};
	int fd = skep_engine_bpf(engine, BPF_MAP_CREATE, &attr, sizeof(attr));

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (u32)fd;
	assert_int_equal(skep_engine_bpf(other, BPF_MAP_FREEZE, &attr, 4), -EINVAL);
	skep_engine_free(engine);
	assert_int_equal(skep_engine_bpf(other, BPF_MAP_FREEZE, &attr, 4), -EINVAL);
	assert_true(readable(fd)); /* hung up */
	close(fd);
	skep_engine_free(other);
}

static void trace_pipes_get_lines(void **state)
{
	struct skep_engine *engine = skep_engine_new(NULL);
	char text[512];
	ssize_t n;
	int first, second;

	trace_log_printk(engine, "early", 1, 0, "before", 6);
	first = skep_engine_open(engine, "/sys/kernel/tracing/trace_pipe", O_RDONLY | O_NONBLOCK);
	second = skep_engine_open(engine, "/sys/kernel/debug/tracing/trace_pipe", O_RDONLY | O_NONBLOCK);
	assert_true(first >= 0 && second >= 0);
	assert_false(readable(second));
	trace_log_printk(engine, "bash", 4321, 1, "hello\n", 6);
	n = read(first, text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = 0;
	assert_non_null(strstr(text, "           early-1       [000] ..... "));
	assert_non_null(strstr(text, ": bpf_trace_printk: before\n"));
	assert_non_null(strstr(text, "            bash-4321    [001] ..... "));
	assert_non_null(strstr(text, ": bpf_trace_printk: hello\n\n"));
	assert_true(read(second, text, sizeof(text)) > 0);
	assert_int_equal(read(first, text, sizeof(text)), -1);
	close(second);
	/* Nobody reads: lines are lost, and counted. */
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 20000; i++)
		trace_log_printk(engine, "bash", 4321, 1, text, sizeof(text));
	while ((n = read(first, text, sizeof(text))) > 0)
		;
	trace_log_printk(engine, "bash", 4321, 1, "last", 4);
	n = read(first, text, sizeof(text) - 1);
	assert_true(n > 0);
	text[n] = 0;
	assert_int_equal(strncmp(text, "CPU:1 [LOST ", 12), 0);
	skep_engine_free(engine);
	assert_int_equal(read(first, text, sizeof(text)), 0);
	close(first);
}

static void engines_are_values(void **state)
{
	struct skep_engine_opts opts = {.sz = sizeof(opts), .nr_cpus = 7}, wrong = {.sz = sizeof(opts), .nr_cpus = 100000};
	struct skep_engine *a = skep_engine_new(&opts), *b = skep_engine_new(NULL);

	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(a->nr_cpus, 7);
	assert_null(skep_engine_new(&wrong));
	assert_int_equal(errno, EINVAL);
	skep_engine_free(a);
	skep_engine_free(b);
	skep_engine_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kmem_blocks_are_zero_aligned_and_apart),
		cmocka_unit_test(kmem_reads_only_what_is_its_own),
		cmocka_unit_test(sha256_of_known_texts),
		cmocka_unit_test(perf_samples_arrive_whole),
		cmocka_unit_test(perf_losses_are_told),
		cmocka_unit_test(closed_handles_free_their_objects),
		cmocka_unit_test(mmapable_arrays_are_mapped_by_mmap),
		cmocka_unit_test(handles_of_a_freed_engine_are_inert),
		cmocka_unit_test(trace_pipes_get_lines),
		cmocka_unit_test(engines_are_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

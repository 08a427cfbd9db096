/* SPDX-License-Identifier: BSD-2-Clause */
/* Maps under several threads: no torn value, no lost element, no endless walk. To be run under ThreadSanitizer too. */
#include "maps_util.h"

#include <pthread.h>

#include "engine/maps/ringbuf.h"

#define THREADS 4
#define ROUNDS 20000

static struct skep_engine *engine;

struct job {
	struct bpf_map *map;
	u32 id;
	u32 errors;
	u32 done;
};

static void run_threads(struct bpf_map *map, void *(*fn)(void *), struct job jobs[THREADS])
{
	pthread_t threads[THREADS];

	for (u32 i = 0; i < THREADS; i++) {
		jobs[i] = (struct job){.map = map, .id = i};
		assert_int_equal(pthread_create(&threads[i], NULL, fn, &jobs[i]), 0);
	}
	for (u32 i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (u32 i = 0; i < THREADS; i++)
		assert_int_equal(jobs[i].errors, 0);
}

struct pair {
	u64 a, b, c;
};

/* Threads replace, delete and look up the same few keys; a value seen by bpf(2) is always one that was written whole, for its key. */
static void *churn(void *arg)
{
	struct job *job = arg;
	u32 seed = job->id * 7919 + 1;

	for (u32 i = 0; i < ROUNDS; i++) {
		u32 key, what;
		struct pair v;
		int err;

		seed = seed * 1664525 + 1013904223;
		key = seed >> 24 & 15;
		what = seed >> 16 & 3;
		v = (struct pair){key, (u64)i << 8 | job->id, ~((u64)i << 8 | job->id)};
		if (what == 0) {
			err = map_user_delete(job->map, &key);
			job->errors += err && err != -ENOENT;
		} else if (what == 1) {
			err = map_user_lookup(job->map, &key, &v, 0);
			job->errors += err ? err != -ENOENT : v.a != key || v.b != ~v.c;
		} else {
			err = map_user_update(job->map, &key, &v, BPF_ANY, NULL);
			job->errors += err && err != -E2BIG;
		}
		job->map->ops->lookup(job->map, &key);
	}
	return NULL;
}

static void bpf2_never_sees_a_torn_or_foreign_value(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, HASH, 4, sizeof(struct pair), 16, 0);
	struct job jobs[THREADS];
	u32 n = 0, key;

	run_threads(map, churn, jobs);
	for (u32 i = 0; i < 16; i++)
		n += map->ops->lookup(map, &i) != NULL;
	/* Nothing leaked: the map takes exactly the rest. */
	for (key = 100; n < 16; key++, n++)
		assert_int_equal(map_user_update(map, &key, &(struct pair){0}, BPF_NOEXIST, NULL), 0);
	assert_int_equal(map_user_update(map, &key, &(struct pair){0}, BPF_NOEXIST, NULL), -E2BIG);
	test_map_free(map);
}

/* Keys that stay in a map are always found while others come and go in the same buckets. */
static void *find_while_others_move(void *arg)
{
	struct job *job = arg;

	for (u32 i = 0; i < ROUNDS; i++) {
		u32 key = i % 32;
		u64 value = i;

		if (job->id % 2) {
			job->errors += !job->map->ops->lookup(job->map, &key);
		} else {
			key = 32 + (i * 13 + job->id * 101) % 96;
			if (i % 2)
				map_user_delete(job->map, &key);
			else
				map_user_update(job->map, &key, &value, BPF_ANY, NULL);
		}
	}
	return NULL;
}

static void stable_keys_are_always_found(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, HASH, 4, 8, 40, BPF_F_ZERO_SEED);
	struct job jobs[THREADS];

	for (u32 key = 0; key < 32; key++)
		assert_int_equal(map_user_update(map, &key, &(u64){key}, BPF_ANY, NULL), 0);
	run_threads(map, find_while_others_move, jobs);
	test_map_free(map);
}

/* The key is found also while its own value is being replaced. */
static void *find_while_replaced(void *arg)
{
	struct job *job = arg;

	for (u32 i = 0; i < ROUNDS; i++) {
		u32 key = i % 4;
		u64 value = i;

		if (job->id % 2)
			job->errors += !job->map->ops->lookup(job->map, &key);
		else
			job->errors += map_user_update(job->map, &key, &value, BPF_EXIST, NULL) != 0;
	}
	return NULL;
}

static void replaced_keys_are_always_found(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, HASH, 4, 8, 4, 0);
	struct job jobs[THREADS];

	for (u32 key = 0; key < 4; key++)
		assert_int_equal(map_user_update(map, &key, &(u64){key}, BPF_ANY, NULL), 0);
	run_threads(map, find_while_replaced, jobs);
	test_map_free(map);
}

static void *count_under_lock(void *arg)
{
	struct job *job = arg;
	u32 key = 0;

	for (u32 i = 0; i < ROUNDS; i++) {
		struct {
			u32 lock, pad;
			u64 a, b;
		} v;

		job->errors += map_user_lookup(job->map, &key, &v, BPF_F_LOCK) != 0 || v.a != v.b;
		v.a = v.b = (u64)i << 2 | job->id;
		job->errors += map_user_update(job->map, &key, &v, BPF_F_LOCK, NULL) != 0;
	}
	return NULL;
}

static void locked_values_are_whole(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, ARRAY, 4, 24, 1, 0);
	struct job jobs[THREADS];

	map->spin_lock_off = 0;
	run_threads(map, count_under_lock, jobs);
	test_map_free(map);
}

static void *hold_cpus(void *arg)
{
	static atomic_uint held[2];
	struct job *job = arg;

	for (u32 i = 0; i < ROUNDS; i++) {
		struct run_ctx run = {0}, nested = {0};

		run_enter(job->map->obj.engine, &run);
		job->errors += atomic_exchange(&held[run.cpu], 1) != 0;
		run_enter(job->map->obj.engine, &nested);
		job->errors += nested.cpu != run.cpu || run_current != &nested;
		run_leave(&nested);
		atomic_store(&held[run.cpu], 0);
		run_leave(&run);
		if (i % 1024 == 0)
			run_synchronize(job->map->obj.engine);
	}
	return NULL;
}

static void a_cpu_slot_has_one_holder(void **state)
{
	struct skep_engine *two = test_engine(2);
	struct bpf_map *map = TEST_MAP(two, ARRAY, 4, 8, 1, 0);
	struct job jobs[THREADS];

	run_threads(map, hold_cpus, jobs);
	test_map_free(map);
	test_engine_free(two);
}

/* An LRU map takes every key, whoever else does; what bpf(2) reads is whole. */
static void *fill_lru(void *arg)
{
	struct job *job = arg;

	for (u32 i = 0; i < ROUNDS; i++) {
		u32 key = i * THREADS + job->id, other = key - 64 * THREADS;
		struct pair v = {key, i, ~(u64)i};
		int err = map_user_update(job->map, &key, &v, BPF_ANY, NULL);

		job->errors += err != 0;
		job->map->ops->lookup(job->map, &other);
		err = map_user_lookup(job->map, &other, &v, 0);
		job->errors += err ? err != -ENOENT : v.a != other || v.b != ~v.c;
		if (i % 16 == 0)
			map_user_delete(job->map, &key);
	}
	return NULL;
}

static void lru_makes_room_for_all(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, LRU_HASH, 4, sizeof(struct pair), 200, 0);
	struct job jobs[THREADS];
	u32 n = 0, key, *at = NULL;

	run_threads(map, fill_lru, jobs);
	while (!map_user_next_key(map, at, &key) && n <= 200) {
		at = &key;
		n++;
	}
	assert_in_range(n, 150, 200);
	test_map_free(map);
}

/* Prefixes that stay are matched while longer and shorter ones come and go. */
static void *match_while_others_move(void *arg)
{
	struct job *job = arg;

	for (u32 i = 0; i < ROUNDS; i++) {
		struct {
			u32 len;
			u8 data[4];
		} key = {32, {10, (u8)(i % 8), (u8)i, (u8)(i >> 3)}};
		u64 *value;

		if (job->id % 2) {
			value = job->map->ops->lookup(job->map, &key);
			job->errors += !value;
		} else {
			key.len = 17 + i % 16;
			if (i % 3)
				map_user_update(job->map, &key, &(u64){i}, BPF_ANY, NULL);
			else
				map_user_delete(job->map, &key);
		}
	}
	return NULL;
}

static void stable_prefixes_always_match(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, LPM_TRIE, 8, 8, 400, BPF_F_NO_PREALLOC);
	struct job jobs[THREADS];

	for (u8 i = 0; i < 8; i++) {
		struct {
			u32 len;
			u8 data[4];
		} key = {16, {10, i}};

		assert_int_equal(map_user_update(map, &key, &(u64){i}, BPF_ANY, NULL), 0);
	}
	run_threads(map, match_while_others_move, jobs);
	test_map_free(map);
}

static void *push_and_pop(void *arg)
{
	struct job *job = arg;

	for (u32 i = 0; i < ROUNDS; i++) {
		struct pair v = {job->id, i, ~(u64)i};

		if (i % 2)
			job->map->ops->push(job->map, &v, i % 8 ? BPF_ANY : BPF_EXIST);
		else if (!job->map->ops->pop(job->map, &v))
			job->errors += v.b != ~v.c;
	}
	return NULL;
}

static void queued_values_are_whole(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, QUEUE, 0, sizeof(struct pair), 7, 0);
	struct job jobs[THREADS];

	run_threads(map, push_and_pop, jobs);
	test_map_free(map);
}

static atomic_uint producers_done;

static void *produce(void *arg)
{
	struct job *job = arg;

	for (u32 i = 0; i < ROUNDS; i++) {
		u64 *record;

		while (!(record = ringbuf_reserve(job->map, 8 + i % 5 * 8)))
			sched_yield();
		for (u32 w = 0; w <= i % 5; w++)
			record[w] = (u64)job->id << 32 | job->done;
		job->done += i % 7 != 0;
		ringbuf_commit(record, 0, i % 7 == 0);
	}
	producers_done++;
	return NULL;
}

/* Each producer's records arrive whole and in order; what was consumed is what was submitted. */
static void ring_delivers_in_order(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, RINGBUF, 0, 0, 16384, 0);
	atomic_ullong *consumer = map_mmap(map, 4096, 3, 0);
	const char *producer = map_mmap(map, 4096 + 2 * 16384, 1, 4096);
	struct job jobs[THREADS];
	pthread_t threads[THREADS];
	u32 seen[THREADS] = {0};
	u64 pos = 0;

	assert_non_null(consumer);
	assert_non_null(producer);
	for (u32 i = 0; i < THREADS; i++) {
		jobs[i] = (struct job){.map = map, .id = i};
		assert_int_equal(pthread_create(&threads[i], NULL, produce, &jobs[i]), 0);
	}
	for (;;) {
		bool last = producers_done == THREADS;
		const char *at = producer + 4096 + (pos & 16383);
		u32 len = BPF_RINGBUF_BUSY_BIT;

		if (pos < atomic_load_explicit((const atomic_ullong *)(const void *)producer, memory_order_acquire))
			len = atomic_load_explicit((const atomic_uint *)(const void *)at, memory_order_acquire);
		if (len & BPF_RINGBUF_BUSY_BIT) {
			if (last)
				break;
			sched_yield();
			continue;
		}
		if (!(len & BPF_RINGBUF_DISCARD_BIT)) {
			const u64 *record = (const u64 *)(const void *)(at + 8);

			for (u32 w = 0; w < len / 8; w++)
				assert_true(record[w] == record[0]);
			assert_true(record[0] >> 32 < THREADS);
			assert_int_equal((u32)record[0], seen[record[0] >> 32]++);
		}
		pos += round_up_u64((len & ~BPF_RINGBUF_DISCARD_BIT) + 8, 8);
		atomic_store_explicit(consumer, pos, memory_order_release);
	}
	for (u32 i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(seen[i], jobs[i].done);
	}
	test_map_free(map);
}

static int setup(void **state)
{
	engine = test_engine(4);
	return 0;
}

static int teardown(void **state)
{
	test_engine_free(engine);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bpf2_never_sees_a_torn_or_foreign_value),
		cmocka_unit_test(stable_keys_are_always_found),
		cmocka_unit_test(replaced_keys_are_always_found),
		cmocka_unit_test(locked_values_are_whole),
		cmocka_unit_test(a_cpu_slot_has_one_holder),
		cmocka_unit_test(ring_delivers_in_order),
		cmocka_unit_test(lru_makes_room_for_all),
		cmocka_unit_test(stable_prefixes_always_match),
		cmocka_unit_test(queued_values_are_whole),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Map types by their operations. What the kernel answers to the same calls is compared in tests/engine. */
#include "maps_util.h"

#include "engine/maps/ringbuf.h"

static struct skep_engine *engine;

static int up(struct bpf_map *map, u32 key, u64 value, u64 flags)
{
	return map_user_update(map, &key, &value, flags, NULL);
}

static s64 look(struct bpf_map *map, u32 key)
{
	u64 value = 0;
	int err = map_user_lookup(map, &key, &value, 0);

	return err ? err : (s64)value;
}

static int del(struct bpf_map *map, u32 key)
{
	return map_user_delete(map, &key);
}

static void array_indices_are_bounded(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, ARRAY, 4, 8, 3, 0);
	u32 key = 3, next;

	assert_int_equal(up(map, 2, 7, BPF_ANY), 0);
	assert_int_equal(look(map, 2), 7);
	assert_int_equal(look(map, 0), 0);
	assert_int_equal(look(map, 3), -ENOENT);
	assert_null(map->ops->lookup(map, &key));
	assert_int_equal(up(map, 3, 7, BPF_ANY), -E2BIG);
	assert_int_equal(up(map, 2, 7, BPF_NOEXIST), -EEXIST);
	assert_int_equal(up(map, 2, 7, 3), -EINVAL);
	assert_int_equal(up(map, 2, 7, BPF_F_LOCK), -EINVAL);
	assert_int_equal(del(map, 2), -EINVAL);
	assert_int_equal(map_user_next_key(map, NULL, &next), 0);
	assert_int_equal(next, 0);
	assert_int_equal(map_user_next_key(map, &key, &next), 0);
	assert_int_equal(next, 0);
	key = 2;
	assert_int_equal(map_user_next_key(map, &key, &next), -ENOENT);
	test_map_free(map);
}

static void array_attributes_are_checked(void **state)
{
	assert_null(TEST_MAP(engine, ARRAY, 4, 8, 0, 0));
	assert_null(TEST_MAP(engine, ARRAY, 8, 8, 1, 0));
	assert_null(TEST_MAP(engine, ARRAY, 4, 0, 1, 0));
	assert_null(TEST_MAP(engine, ARRAY, 4, 8, 1, BPF_F_NO_PREALLOC));
	assert_null(TEST_MAP(engine, ARRAY, 4, 8, 1, BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG));
	assert_null(TEST_MAP(engine, PERCPU_ARRAY, 4, 32769, 1, 0));
	assert_int_equal(errno, E2BIG);
	assert_null(TEST_MAP(engine, ARRAY, 4, 0x80000000U, 1, 0));
	assert_int_equal(errno, E2BIG);
}

static void percpu_array_values_are_separate(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, PERCPU_ARRAY, 4, 12, 2, 0);
	char value[64] = {0}, out[64];
	struct run_ctx run = {0};
	u32 key = 1;

	assert_int_equal(map_user_value_size(map), 16 * 4);
	for (u32 i = 0; i < 64; i++)
		value[i] = (char)i;
	assert_int_equal(map_user_update(map, &key, value, 0, NULL), 0);
	run_enter(engine, &run);
	assert_memory_equal(map->ops->lookup(map, &key), value + run.cpu * 16, 12);
	assert_int_equal(map->ops->update(map, &key, "abcdefghijkl", BPF_EXIST), 0);
	memcpy(value + run.cpu * 16, "abcdefghijkl", 12);
	assert_ptr_equal(map->ops->lookup_percpu(map, &key, run.cpu), map->ops->lookup(map, &key));
	assert_null(map->ops->lookup_percpu(map, &key, 4));
	run_leave(&run);
	assert_int_equal(map_user_lookup(map, &key, out, 0), 0);
	assert_memory_equal(out, value, 64);
	test_map_free(map);
}

static void hash_update_flags(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, HASH, 4, 8, 2, 0);

	assert_int_equal(up(map, 1, 10, BPF_EXIST), -ENOENT);
	assert_int_equal(up(map, 1, 10, BPF_NOEXIST), 0);
	assert_int_equal(up(map, 1, 11, BPF_NOEXIST), -EEXIST);
	assert_int_equal(up(map, 1, 12, BPF_EXIST), 0);
	assert_int_equal(look(map, 1), 12);
	assert_int_equal(up(map, 1, 12, 3), -EINVAL);
	assert_int_equal(up(map, 1, 12, BPF_F_LOCK), -EINVAL);
	assert_int_equal(del(map, 2), -ENOENT);
	assert_int_equal(del(map, 1), 0);
	assert_int_equal(look(map, 1), -ENOENT);
	test_map_free(map);
}

static void full_hash_replaces_but_does_not_grow(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, HASH, 4, 8, 5, 0);

	for (u32 i = 0; i < 5; i++)
		assert_int_equal(up(map, i, i, BPF_ANY), 0);
	for (u32 round = 0; round < 50; round++) {
		assert_int_equal(up(map, 5, 5, BPF_ANY), -E2BIG);
		assert_int_equal(up(map, 5, 5, BPF_EXIST), -ENOENT);
		assert_int_equal(up(map, round % 5, 100 + round, BPF_ANY), 0);
		assert_int_equal(look(map, round % 5), 100 + round);
	}
	assert_int_equal(del(map, 3), 0);
	assert_int_equal(up(map, 5, 5, BPF_ANY), 0);
	assert_int_equal(up(map, 3, 5, BPF_ANY), -E2BIG);
	test_map_free(map);
}

static void deleted_value_stays_readable(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, HASH, 4, 8, 1000, 0);
	u32 key = 9;
	u64 *p;

	assert_int_equal(up(map, 9, 99, BPF_ANY), 0);
	p = map->ops->lookup(map, &key);
	assert_int_equal(*p, 99);
	assert_int_equal(del(map, 9), 0);
	assert_int_equal(*p, 99);
	test_map_free(map);
}

static void next_key_visits_all_and_restarts_at_a_missing_key(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, HASH, 4, 8, 64, 0);
	u32 key, next, first, n = 0;
	u64 seen = 0;

	assert_int_equal(map_user_next_key(map, NULL, &next), -ENOENT);
	for (u32 i = 0; i < 64; i++)
		assert_int_equal(up(map, i, i, BPF_ANY), 0);
	assert_int_equal(map_user_next_key(map, NULL, &first), 0);
	key = first;
	do {
		seen |= 1ULL << key;
		n++;
	} while (!map_user_next_key(map, &key, &next) && (key = next, n <= 64));
	assert_int_equal(n, 64);
	assert_true(seen == UINT64_MAX);
	key = 1000;
	assert_int_equal(map_user_next_key(map, &key, &next), 0);
	assert_int_equal(next, first);
	test_map_free(map);
}

static void batches_take_whole_buckets(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, HASH, 4, 8, 64, 0);
	u32 keys[64], batch = 0, count, total = 0;
	u64 values[64];
	int err;

	for (u32 i = 0; i < 64; i++)
		assert_int_equal(up(map, i, i * 3, BPF_ANY), 0);
	do {
		count = 10;
		err = map->ops->user_lookup_batch(map, &batch, keys, values, &count, 0, true);
		assert_true(err == 0 || err == -ENOENT);
		assert_true(count <= 10);
		for (u32 i = 0; i < count; i++)
			assert_int_equal(values[i], keys[i] * 3);
		total += count;
	} while (!err);
	assert_int_equal(total, 64);
	assert_int_equal(map_user_next_key(map, NULL, keys), -ENOENT);
	for (u32 i = 0; i < 64; i++)
		assert_int_equal(up(map, i, i, BPF_ANY), 0);
	count = 0;
	batch = 0;
	assert_int_equal(map->ops->user_lookup_batch(map, &batch, keys, values, &count, 0, false), -ENOSPC);
	test_map_free(map);
}

static void percpu_hash_zeroes_other_cpus(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, PERCPU_HASH, 4, 8, 1, 0);
	u64 values[4] = {1, 2, 3, 4}, out[4], mine = 42;
	struct run_ctx run = {0};
	u32 key = 5, other = 6;

	assert_int_equal(map_user_update(map, &key, values, 0, NULL), 0);
	assert_int_equal(map_user_update(map, &other, values, 0, NULL), -E2BIG);
	assert_int_equal(map_user_delete(map, &key), 0);
	run_enter(engine, &run);
	assert_int_equal(map->ops->update(map, &other, &mine, 0), 0);
	run_leave(&run);
	assert_int_equal(map_user_lookup_and_delete(map, &other, out, 0), 0);
	for (u32 i = 0; i < 4; i++)
		assert_int_equal(out[i], i == run.cpu ? 42 : 0);
	assert_int_equal(map_user_lookup(map, &other, out, 0), -ENOENT);
	test_map_free(map);
}

static void spin_lock_field_is_neither_written_nor_shown(void **state)
{
	struct {
		u32 a, lock, b;
	} v = {1, 2, 3}, *p;
	struct bpf_map *map = TEST_MAP(engine, HASH, 4, sizeof(v), 4, 0);
	u32 key = 1;

	map->spin_lock_off = 4;
	assert_int_equal(map_user_update(map, &key, &v, BPF_F_LOCK, NULL), 0);
	p = map->ops->lookup(map, &key);
	assert_int_equal(p->lock, 0);
	v.a = 10;
	assert_int_equal(map_user_update(map, &key, &v, BPF_F_LOCK, NULL), 0);
	assert_ptr_equal(map->ops->lookup(map, &key), p);
	assert_int_equal(p->a, 10);
	assert_int_equal(p->lock, 0);
	p->lock = 0;
	v.lock = 77;
	assert_int_equal(map_user_lookup(map, &key, &v, BPF_F_LOCK), 0);
	assert_int_equal(v.lock, 0);
	assert_int_equal(v.b, 3);
	test_map_free(map);
}

static void mmap_shows_the_array(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, ARRAY, 4, 8, 600, BPF_F_MMAPABLE);
	struct map_piece piece[MAP_MAX_PIECES];

	assert_true(map->memfd >= 0);
	assert_int_equal(map_mmap_pieces(map, 8192, 3, 0, piece), 1);
	assert_int_equal(map_mmap_pieces(map, 4096, 3, 4096, piece), 1);
	assert_int_equal(piece[0].segment_offset, 4096);
	assert_int_equal(map_mmap_pieces(map, 8193, 3, 0, piece), -EINVAL);
	assert_int_equal(map_mmap_pieces(map, 4096, 3, 8192, piece), -EINVAL);
	map->frozen = true;
	assert_int_equal(map_mmap_pieces(map, 4096, 3, 0, piece), -EPERM);
	assert_int_equal(map_mmap_pieces(map, 4096, 1, 0, piece), 1);
	test_map_free(map);
}

/* A hash map against a plain table, over random operations on few keys. */
static void hash_agrees_with_a_model(void **state)
{
	enum { KEYS = 40, ROOM = 24 };
	static const struct {
		u32 key_size, value_size, flags;
	} shapes[] = {{4, 8, 0}, {1, 4, BPF_F_NO_PREALLOC}, {13, 20, 0}, {16, 100, 0}, {3, 1, BPF_F_ZERO_SEED}};

	srandom(7);
	for (u32 s = 0; s < ARRAY_SIZE(shapes); s++) {
		struct bpf_map *map = TEST_MAP(engine, HASH, shapes[s].key_size, shapes[s].value_size, ROOM, shapes[s].flags);
		int model[KEYS];
		u32 live = 0;

		for (u32 i = 0; i < KEYS; i++)
			model[i] = -1;
		for (u32 step = 0; step < 20000; step++) {
			u32 k = (u32)random() % KEYS, flags = (u32)random() % 3;
			u8 key[16] = {0}, value[100], out[100];
			int want, err;

			memset(key, 0x5a, shapes[s].key_size);
			key[shapes[s].key_size - 1] = (u8)k;
			memset(value, (int)(step & 0x7f), sizeof(value));
			switch (random() % 3) {
			case 0:
				want = flags == BPF_NOEXIST && model[k] >= 0 ? -EEXIST :
				       flags == BPF_EXIST && model[k] < 0    ? -ENOENT :
				       model[k] < 0 && live == ROOM	     ? -E2BIG :
									       0;
				err = map->ops->update(map, key, value, flags);
				if (!err) {
					live += model[k] < 0;
					model[k] = (int)(step & 0x7f);
				}
				break;
			case 1:
				want = model[k] < 0 ? -ENOENT : 0;
				err = map->ops->delete(map, key);
				if (!err) {
					live--;
					model[k] = -1;
				}
				break;
			default:
				want = model[k] < 0 ? -ENOENT : 0;
				err = map_user_lookup(map, key, out, 0);
				if (!err) {
					memset(value, model[k], sizeof(value));
					assert_memory_equal(out, value, shapes[s].value_size);
				}
				assert_true(!map->ops->lookup(map, key) == !!want);
			}
			assert_int_equal(err, want);
		}
		test_map_free(map);
	}
}

/* Longest-prefix match over random prefixes of 16 bits against a search of all. */
static void trie_agrees_with_a_model(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, LPM_TRIE, 6, 8, 60, BPF_F_NO_PREALLOC);
	static s64 model[17][1 << 8]; /* by length and the upper eight bits that the keys use */
	u32 live = 0;

	memset(model, 0xff, sizeof(model));
	srandom(11);
	for (u32 step = 0; step < 30000; step++) {
		u32 len = (u32)random() % 17, bits = (u32)random() & 0xff, flags = (u32)random() % 3;
		/* Eight bits that differ, spread over the sixteen; those behind the prefix do not matter. */
		u16 spread = (u16)((bits & 0xf0) << 8 | (bits & 0x0f) << 4);
		u16 prefix = len ? (u16)(spread >> (16 - len) << (16 - len)) : 0;
		u32 slot = (u32)(prefix >> 8 & 0xf0) | (prefix >> 4 & 0x0f);
		struct {
			u32 len;
			u8 data[2];
		} key = {len, {(u8)(spread >> 8), (u8)spread}};
		s64 *there = &model[len][slot], value = step, got, best = -1;
		int err, want;

		switch (random() % 3) {
		case 0:
			want = flags == BPF_NOEXIST && *there >= 0 ? -EEXIST :
			       flags == BPF_EXIST && *there < 0	   ? -ENOENT :
			       *there < 0 && live == 60		   ? -ENOSPC :
								     0;
			err = map->ops->update(map, &key, &value, flags);
			if (!err) {
				live += *there < 0;
				*there = value;
			}
			break;
		case 1:
			want = *there < 0 ? -ENOENT : 0;
			err = map->ops->delete(map, &key);
			if (!err) {
				live--;
				*there = -1;
			}
			break;
		default:
			for (u32 l = 0; l <= len; l++) {
				u16 p = l ? (u16)(spread >> (16 - l) << (16 - l)) : 0;
				u32 s = (u32)(p >> 8 & 0xf0) | (p >> 4 & 0x0f);

				if (model[l][s] >= 0)
					best = model[l][s];
			}
			want = best < 0 ? -ENOENT : 0;
			err = map_user_lookup(map, &key, &got, 0);
			if (!err)
				assert_int_equal(got, best);
			assert_true(!map->ops->lookup(map, &key) == !!want);
		}
		assert_int_equal(err, want);
		if (step % 1000 == 0) {
			u32 n = 0;

			for (void *k = NULL; !map_user_next_key(map, k, &key); k = &key)
				n++;
			assert_int_equal(n, live);
		}
	}
	test_map_free(map);
}

static void lru_spares_what_was_looked_up(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, LRU_HASH, 4, 8, 64, 0);
	u32 n = 0;

	for (u32 i = 0; i < 64; i++)
		assert_int_equal(up(map, i, i, BPF_NOEXIST), 0);
	for (u32 i = 64; i < 4000; i++) {
		u32 kept = 7;

		assert_non_null(map->ops->lookup(map, &kept));
		assert_int_equal(up(map, i, i, BPF_NOEXIST), 0);
		assert_int_equal(look(map, i), i);
	}
	for (u32 i = 0; i < 4000; i++)
		n += look(map, i) >= 0;
	assert_int_equal(n, 64);
	/* Replacing evicts nobody. */
	for (u32 i = 0; i < 4000; i++)
		if (look(map, i) >= 0)
			assert_int_equal(up(map, i, i, BPF_EXIST), 0);
	assert_int_equal(del(map, 7), 0);
	test_map_free(map);
}

static void prog_array_holds_one_kind_until_released(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, PROG_ARRAY, 4, 4, 4, 0);
	struct bpf_prog a = {.obj = {.kind = OBJ_PROG, .id = 7}, .type = BPF_PROG_TYPE_XDP};
	struct bpf_prog b = {.obj = {.kind = OBJ_PROG, .id = 8}, .type = BPF_PROG_TYPE_KPROBE};
	u32 key = 1, fd = 3, other = 4, out = 0;

	test_objs[3] = &a.obj;
	test_objs[4] = &b.obj;
	assert_int_equal(map_user_update(map, &key, &fd, BPF_NOEXIST, NULL), -EINVAL);
	assert_int_equal(map_user_update(map, &key, &fd, BPF_ANY, NULL), 0);
	assert_int_equal(a.obj.refs, 1);
	assert_int_equal(map_user_update(map, &key, &fd, BPF_ANY, NULL), 0);
	assert_int_equal(a.obj.refs, 1);
	assert_int_equal(map_user_update(map, &key, &other, BPF_ANY, NULL), -EINVAL);
	assert_int_equal(b.obj.refs, 0);
	assert_int_equal(map_user_lookup(map, &key, &out, 0), 0);
	assert_int_equal(out, 7);
	assert_ptr_equal(map_prog_array_get(map, 1), &a);
	assert_null(map_prog_array_get(map, 0));
	assert_null(map_prog_array_get(map, 4));
	map->ops->release(map);
	assert_int_equal(a.obj.refs, 0);
	assert_int_equal(map_user_lookup(map, &key, &out, 0), -ENOENT);
	assert_int_equal(map_user_delete(map, &key), -ENOENT);
	key = 4;
	assert_int_equal(map_user_delete(map, &key), -E2BIG);
	test_objs[3] = test_objs[4] = NULL;
	test_map_free(map);
}

struct consumer {
	atomic_ullong *consumer_pos;
	atomic_ullong *producer_pos;
	char *data;
	u32 mask;
};

/* As a stock consumer maps it. */
static struct consumer consumer_of(struct bpf_map *map)
{
	struct consumer c = {.mask = map->max_entries - 1};
	char *producer;

	c.consumer_pos = map_mmap(map, 4096, 3, 0);
	producer = map_mmap(map, 4096 + 2 * (size_t)map->max_entries, 1, 4096);
	assert_non_null(c.consumer_pos);
	assert_non_null(producer);
	c.producer_pos = (atomic_ullong *)producer;
	c.data = producer + 4096;
	return c;
}

static u32 *record_at(const struct consumer *c, u64 pos)
{
	return (u32 *)(c->data + (pos & c->mask));
}

static void ring_has_the_uapi_layout(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, RINGBUF, 0, 0, 4096, 0);
	struct map_piece pieces[MAP_MAX_PIECES];
	struct consumer c = consumer_of(map);
	char *a, *b;

	assert_int_equal(map_mmap_pieces(map, 8192, 3, 0, pieces), -EPERM);
	assert_int_equal(map_mmap_pieces(map, 4096, 3, 4096, pieces), -EPERM);
	assert_int_equal(map_mmap_pieces(map, 4096 * 4, 1, 4096, pieces), -EINVAL);
	test_signals = 0;
	a = ringbuf_reserve(map, 5);
	b = ringbuf_reserve(map, 8);
	memcpy(a, "hello", 5);
	assert_int_equal(*c.producer_pos, 32);
	assert_int_equal(record_at(&c, 0)[0], 5 | BPF_RINGBUF_BUSY_BIT);
	assert_int_equal(record_at(&c, 0)[1], 3);
	ringbuf_commit(b, 0, true);
	assert_int_equal(record_at(&c, 16)[0], 8 | BPF_RINGBUF_DISCARD_BIT);
	assert_int_equal(test_signals, 0);
	ringbuf_commit(a, 0, false);
	assert_int_equal(test_signals, 1);
	assert_int_equal(record_at(&c, 0)[0], 5);
	assert_memory_equal(record_at(&c, 0) + 2, "hello", 5);
	assert_int_equal(ringbuf_query(map, BPF_RB_AVAIL_DATA), 32);
	assert_int_equal(ringbuf_query(map, BPF_RB_RING_SIZE), 4096);
	*c.consumer_pos = 32;
	assert_int_equal(ringbuf_query(map, BPF_RB_CONS_POS), 32);
	assert_int_equal(ringbuf_query(map, BPF_RB_PROD_POS), 32);
	assert_int_equal(ringbuf_output(map, "x", 1, BPF_RB_NO_WAKEUP), 0);
	assert_int_equal(test_signals, 1);
	assert_int_equal(ringbuf_output(map, "x", 1, BPF_RB_FORCE_WAKEUP), 0);
	assert_int_equal(test_signals, 2);
	assert_int_equal(ringbuf_output(map, "x", 1, 4), -EINVAL);
	test_map_free(map);
}

static void full_ring_waits_for_its_consumer(void **state)
{
	struct bpf_map *map = TEST_MAP(engine, RINGBUF, 0, 0, 4096, 0);
	struct consumer c = consumer_of(map);
	char big[4096] = {1};
	void *held;
	u32 n = 0;

	assert_int_equal(ringbuf_output(map, big, 4089, 0), -EAGAIN);
	while (!ringbuf_output(map, "0123456789abcdef", 16, 0))
		n++;
	assert_int_equal(n, 170); /* 24 bytes each of at most 4095 */
	*c.consumer_pos = 24;
	held = ringbuf_reserve(map, 16);
	assert_non_null(held);
	assert_null(ringbuf_reserve(map, 16));
	/* A consumer that claims to have read what is not committed cannot have it overwritten. */
	*c.consumer_pos = *c.producer_pos;
	for (n = 0; !ringbuf_output(map, "0123456789abcdef", 16, 0); n++)
		*c.consumer_pos = *c.producer_pos;
	assert_int_equal(n, 169);
	ringbuf_commit(held, 0, false);
	assert_int_equal(ringbuf_output(map, "0123456789abcdef", 16, 0), 0);
	/* A record that goes over the end of the data is whole in its second mapping. */
	*c.consumer_pos = *c.producer_pos;
	for (u32 i = 0; i < 64; i++) {
		u64 pos = *c.producer_pos;

		memset(big, (int)i, 1001);
		assert_int_equal(ringbuf_output(map, big, 1001, 0), 0);
		assert_memory_equal(record_at(&c, pos) + 2, big, 1001);
		*c.consumer_pos = *c.producer_pos;
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
		cmocka_unit_test(array_indices_are_bounded),
		cmocka_unit_test(array_attributes_are_checked),
		cmocka_unit_test(percpu_array_values_are_separate),
		cmocka_unit_test(hash_update_flags),
		cmocka_unit_test(full_hash_replaces_but_does_not_grow),
		cmocka_unit_test(deleted_value_stays_readable),
		cmocka_unit_test(next_key_visits_all_and_restarts_at_a_missing_key),
		cmocka_unit_test(batches_take_whole_buckets),
		cmocka_unit_test(percpu_hash_zeroes_other_cpus),
		cmocka_unit_test(spin_lock_field_is_neither_written_nor_shown),
		cmocka_unit_test(mmap_shows_the_array),
		cmocka_unit_test(hash_agrees_with_a_model),
		cmocka_unit_test(trie_agrees_with_a_model),
		cmocka_unit_test(lru_spares_what_was_looked_up),
		cmocka_unit_test(prog_array_holds_one_kind_until_released),
		cmocka_unit_test(ring_has_the_uapi_layout),
		cmocka_unit_test(full_ring_waits_for_its_consumer),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Map types, by every element command with every flag, empty, filled and full, on both engines. */
#include "tests/engine/both.h"

#include <stdio.h>

struct shape {
	const char *name;
	u32 type, key, value, entries, flags;
};

/* One usable shape of every type whose elements are plain. */
static const struct shape shapes[] = {
	{"hash", BPF_MAP_TYPE_HASH, 4, 8, 4, BPF_F_ZERO_SEED},
	{"hash no prealloc", BPF_MAP_TYPE_HASH, 7, 3, 4, BPF_F_ZERO_SEED | BPF_F_NO_PREALLOC},
	{"array", BPF_MAP_TYPE_ARRAY, 4, 12, 4, 0},
	{"percpu hash", BPF_MAP_TYPE_PERCPU_HASH, 4, 12, 4, BPF_F_ZERO_SEED},
	{"percpu array", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 12, 4, 0},
	{"lru hash", BPF_MAP_TYPE_LRU_HASH, 4, 8, 100, BPF_F_ZERO_SEED},
	{"lru percpu hash", BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 8, 100, BPF_F_ZERO_SEED},
	{"lpm trie", BPF_MAP_TYPE_LPM_TRIE, 8, 8, 4, BPF_F_NO_PREALLOC},
	{"queue", BPF_MAP_TYPE_QUEUE, 0, 8, 4, 0},
	{"stack", BPF_MAP_TYPE_STACK, 0, 8, 4, 0},
	{"stack trace", BPF_MAP_TYPE_STACK_TRACE, 4, 80, 4, 0},
	{"bloom filter", BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 4, BPF_F_ZERO_SEED},
	{"prog array", BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4, 0},
	{"perf event array", BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 4, 0},
	{"ring buffer", BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0},
};

static void creation_by_sizes(struct both *t)
{
	static const u32 sizes[][3] = {
		{4, 8, 4},	{4, 4, 4},	 {4, 8, 0},	{0, 8, 4},     {4, 0, 4},	 {8, 8, 4},    {0, 0, 4096},
		{0, 4096, 4096}, {0, 0, 6000},	 {0, 0, 2048},	{4, 4 << 20, 1}, {4, (4 << 20) - 52, 1},
		{4, (4 << 20) - 53, 1}, {4, 32768, 1}, {4, 32769, 1}, {512, 4, 1},   {513, 4, 1},	 {8, 256, 1},  {5, 8, 4},
		{4, 1016, 1},	{4, 1024, 1},	 {260, 4, 1},	{261, 4, 1},   {4, 12, 3},	 {4, 0x80000000, 1}, {0, 4 << 20, 1},
		{0, (4 << 20) + 8, 1},
	};

	for (size_t s = 0; s < ARRAY_SIZE(shapes); s++) {
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			char label[80];

			snprintf(label, sizeof(label), "%s %u %u %u", shapes[s].name, sizes[i][0], sizes[i][1], sizes[i][2]);
			T_NOTE_FD(t, label, T_map(t, shapes[s].type, sizes[i][0], sizes[i][1], sizes[i][2], shapes[s].flags));
		}
	}
}

static void creation_by_flags(struct both *t)
{
	for (size_t s = 0; s < ARRAY_SIZE(shapes); s++) {
		const struct shape *h = &shapes[s];

		for (u32 bit = 0; bit < 32; bit++) {
			char label[80];

			/* Stack traces by build id need files; links and tokens descriptors. */
			if ((1U << bit) == BPF_F_STACK_BUILD_ID || (1U << bit) == BPF_F_TOKEN_FD)
				continue;
			snprintf(label, sizeof(label), "%s flag %u", h->name, bit);
			T_NOTE_FD(t, label, T_map(t, h->type, h->key, h->value, h->entries, h->flags | 1U << bit));
			snprintf(label, sizeof(label), "%s only flag %u", h->name, bit);
			T_NOTE_FD(t, label, T_map(t, h->type, h->key, h->value, h->entries, 1U << bit));
		}
		T_NOTE_FD(t, h->name, T_map(t, h->type, h->key, h->value, h->entries, h->flags | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG));
		T_NOTE_FD(t, h->name, T_map(t, h->type, h->key, h->value, h->entries, h->flags | BPF_F_RDONLY | BPF_F_WRONLY));
	}
}

static int lookup_and_delete(struct both *t, int map, const void *key, void *value, u64 flags)
{
	union bpf_attr attr = {.map_fd = (u32)map, .key = ptr_to_u64(key), .value = ptr_to_u64(value), .flags = flags};

	return T_bpf(t, BPF_MAP_LOOKUP_AND_DELETE_ELEM, &attr, sizeof(attr));
}

/* Key i of a shape: a /32 in a trie. NULL: the type has none. */
static void *key_of(const struct shape *h, u32 i, u32 key[4])
{
	memset(key, 0, 16);
	if (h->type == BPF_MAP_TYPE_LPM_TRIE) {
		key[0] = 32;
		key[1] = __builtin_bswap32(0x0a000000 + i);
	} else {
		key[0] = i;
	}
	return h->key ? key : NULL;
}

static void note_value(struct both *t, const struct shape *h, const char *what, u32 i, u64 flags, int err, const u8 *value)
{
	char hex[64] = "";

	if (!err)
		for (u32 b = 0; b < min_of(h->value, 24U); b++)
			snprintf(hex + 2 * b, 3, "%02x", value[b]);
	T_NOTE(t, "%s: %s %u flags %llx: %d %s", h->name, what, i, (unsigned long long)flags, err, hex);
}

/* Everything there is to ask about key i. */
static void probe(struct both *t, const struct shape *h, int map, u32 i)
{
	static const u64 flags[] = {0, 1, 2, 3, 4, 8, 1ULL << 32};
	u32 key[4], next[4] = {0};
	u8 value[4096];
	void *k = key_of(h, i, key);
	int err;

	for (size_t f = 0; f < ARRAY_SIZE(flags); f++) {
		memset(value, (int)i, sizeof(value));
		err = T_lookup(t, map, k, value, flags[f]);
		note_value(t, h, "lookup", i, flags[f], err, value);
	}
	err = T_next_key(t, map, k, next);
	T_NOTE(t, "%s: next of %u: %d %x %x", h->name, i, err, next[0], next[1]);
}

static void note_all_keys(struct both *t, const struct shape *h, int map)
{
	u32 key[4] = {0}, next[4] = {0};
	int err = T_next_key(t, map, NULL, next);
	u32 n = 0;

	for (; !err && n < 200; n++) {
		T_NOTE(t, "%s: key %x %x", h->name, next[0], next[1]);
		memcpy(key, next, sizeof(key));
		err = T_next_key(t, map, key, next);
	}
	T_NOTE(t, "%s: %u keys, then %d", h->name, n, err);
}

static void elements_with_every_flag(struct both *t)
{
	static const u64 flags[] = {0, 1, 2, 3, 4, 5, 6, 8, 1ULL << 32};
	static const u8 pattern[4096] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

	for (size_t s = 0; s < ARRAY_SIZE(shapes); s++) {
		const struct shape *h = &shapes[s];
		int map = T_map(t, h->type, h->key, h->value, h->entries, h->flags);
		u8 value[4096];
		u32 key[4];

		if (!T_TRUE(t, map >= 0))
			continue;
		for (u32 i = 0; i < 6; i++)
			probe(t, h, map, i);
		note_all_keys(t, h, map);
		for (u32 round = 0; round < 2; round++) {
			for (u32 i = 0; i < 7; i++) {
				for (size_t f = 0; f < ARRAY_SIZE(flags); f++) {
					memcpy(value, pattern, sizeof(value));
					value[0] = (u8)(i * 16 + f);
					T_NOTE(t, "%s: update %u flags %llx: %d", h->name, i, (unsigned long long)flags[f],
					       T_update(t, map, key_of(h, i, key), value, flags[f]));
				}
			}
			for (u32 i = 0; i < 6; i++)
				probe(t, h, map, i);
			note_all_keys(t, h, map);
			for (u32 i = 1; i < 8; i += 2)
				T_NOTE(t, "%s: delete %u: %d", h->name, i, T_delete(t, map, key_of(h, i, key)));
			note_all_keys(t, h, map);
			for (u32 i = 0; i < 7; i++) {
				for (size_t f = 0; f < ARRAY_SIZE(flags); f++) {
					int err;

					memset(value, 0, sizeof(value));
					err = lookup_and_delete(t, map, key_of(h, i, key), value, flags[f]);
					note_value(t, h, "lookup and delete", i, flags[f], err, value);
				}
			}
		}
		close(map);
	}
}

static void iteration_order_with_zero_seed(struct both *t)
{
	static const struct shape hashes[] = {
		{"hash", BPF_MAP_TYPE_HASH, 4, 4, 64, BPF_F_ZERO_SEED},
		{"hash 8", BPF_MAP_TYPE_HASH, 8, 4, 50, BPF_F_ZERO_SEED},
		{"hash 12", BPF_MAP_TYPE_HASH, 12, 4, 50, BPF_F_ZERO_SEED},
		{"hash 16", BPF_MAP_TYPE_HASH, 16, 4, 50, BPF_F_ZERO_SEED},
		{"hash 5", BPF_MAP_TYPE_HASH, 5, 4, 33, BPF_F_ZERO_SEED},
		{"hash 3", BPF_MAP_TYPE_HASH, 3, 4, 33, BPF_F_ZERO_SEED},
		{"hash 13", BPF_MAP_TYPE_HASH, 13, 4, 33, BPF_F_ZERO_SEED},
		{"percpu", BPF_MAP_TYPE_PERCPU_HASH, 4, 4, 64, BPF_F_ZERO_SEED},
	};

	for (size_t s = 0; s < ARRAY_SIZE(hashes); s++) {
		const struct shape *h = &hashes[s];
		int map = T_map(t, h->type, h->key, h->value, h->entries, h->flags);
		u32 key[4] = {0};
		u8 value[4096] = {0};

		for (u32 i = 0; i < h->entries; i++) {
			key[0] = i * 0x01010101;
			key[2] = i;
			T_IS(t, T_update(t, map, key, value, BPF_NOEXIST), 0);
		}
		note_all_keys(t, h, map);
		/* A replaced value's element comes first in its bucket. */
		for (u32 i = 0; i < h->entries; i += 3) {
			key[0] = i * 0x01010101;
			key[2] = i;
			T_IS(t, T_update(t, map, key, value, BPF_EXIST), 0);
		}
		note_all_keys(t, h, map);
		close(map);
	}
}

/* Deleting the key at hand and asking for the next of it begins anew. */
static void iteration_while_deleting(struct both *t)
{
	const struct shape h = {"hash", BPF_MAP_TYPE_HASH, 4, 4, 16, BPF_F_ZERO_SEED};
	int map = T_map(t, h.type, h.key, h.value, h.entries, h.flags);
	u32 key = 0, next = 0, n;
	int err;

	for (u32 i = 0; i < 16; i++)
		T_IS(t, T_update(t, map, &i, &i, 0), 0);
	err = T_next_key(t, map, NULL, &key);
	for (n = 0; !err && n < 40; n++) {
		T_NOTE(t, "at %u: delete %d", key, T_delete(t, map, &key));
		err = T_next_key(t, map, &key, &next);
		key = next;
	}
	T_NOTE(t, "%u steps, then %d", n, err);
	close(map);
}

static void full_map_still_replaces(struct both *t)
{
	static const u32 types[] = {BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_LPM_TRIE};

	for (size_t s = 0; s < ARRAY_SIZE(types); s++) {
		struct shape h = {"full", types[s], 8, 8, 3, types[s] == BPF_MAP_TYPE_LPM_TRIE ? BPF_F_NO_PREALLOC : 0};
		int map = T_map(t, h.type, h.key, h.value, h.entries, h.flags);
		u8 value[4096] = {0};
		u32 key[4];

		for (u32 i = 0; i < 5; i++)
			T_NOTE(t, "%zu: insert %u: %d", s, i, T_update(t, map, key_of(&h, i, key), value, BPF_NOEXIST));
		for (u32 round = 0; round < 10; round++)
			T_IS(t, T_update(t, map, key_of(&h, round % 3, key), value, BPF_ANY), 0);
		T_NOTE(t, "%zu: one more: %d", s, T_update(t, map, key_of(&h, 4, key), value, BPF_ANY));
		T_IS(t, T_delete(t, map, key_of(&h, 0, key)), 0);
		T_IS(t, T_update(t, map, key_of(&h, 4, key), value, BPF_ANY), 0);
		T_NOTE(t, "%zu: and another: %d", s, T_update(t, map, key_of(&h, 0, key), value, BPF_ANY));
		close(map);
	}
}

static void lru_makes_room(struct both *t)
{
	int map = T_map(t, BPF_MAP_TYPE_LRU_HASH, 4, 4, 256, 0);
	u32 next, n = 0, last = 0;

	for (u32 i = 0; i < 3000; i++)
		T_IS(t, T_update(t, map, &i, &i, BPF_ANY), 0);
	for (u32 *k = NULL; n < 4000 && !T_next_key(t, map, k, &next); k = &last) {
		last = next;
		n++;
	}
	T_TRUE(t, n > 100 && n <= 256);
	last = 2999;
	T_IS(t, T_lookup(t, map, &last, &next, 0), 0);
	last = 0;
	T_IS(t, T_lookup(t, map, &last, &next, 0), -ENOENT);
	close(map);
}

static void queue_overwrites_when_told(struct both *t)
{
	static const u32 types[] = {BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK};

	for (size_t s = 0; s < ARRAY_SIZE(types); s++) {
		int map = T_map(t, types[s], 0, 4, 3, 0);
		u32 v, got;

		for (v = 1; v < 6; v++)
			T_NOTE(t, "push %u: %d", v, T_update(t, map, NULL, &v, BPF_ANY));
		for (v = 6; v < 8; v++)
			T_NOTE(t, "push over %u: %d", v, T_update(t, map, NULL, &v, BPF_EXIST));
		for (v = 0; v < 5; v++) {
			int err = T_lookup(t, map, NULL, &got, 0);

			T_NOTE(t, "peek: %d %u", err, err ? 0 : got);
			err = lookup_and_delete(t, map, NULL, &got, 0);
			T_NOTE(t, "pop: %d %u", err, err ? 0 : got);
		}
		close(map);
	}
}

static void longest_prefix_wins(struct both *t)
{
	static const struct {
		u32 len;
		u8 addr[4];
	} prefixes[] = {{8, {10}}, {16, {10, 1}}, {24, {10, 1, 2}}, {32, {10, 1, 2, 3}}, {0, {0}}, {12, {172, 16}}, {13, {172, 24}},
			{24, {192, 168, 1}}, {25, {192, 168, 1, 128}}, {9, {10, 128}}, {31, {10, 1, 2, 2}}, {1, {128}}},
	  asked[] = {{32, {10, 1, 2, 3}}, {32, {10, 1, 2, 4}}, {32, {10, 1, 9, 9}}, {32, {10, 9, 9, 9}}, {32, {11}}, {24, {10, 1, 2}},
		     {20, {10, 1}}, {32, {172, 30}}, {32, {172, 17}}, {32, {192, 168, 1, 200}}, {32, {192, 168, 1, 2}}, {33, {0}},
		     {0, {0}}, {32, {10, 1, 2, 2}}, {32, {200}}};
	const struct shape h = {"trie", BPF_MAP_TYPE_LPM_TRIE, 8, 4, 20, BPF_F_NO_PREALLOC};
	int map = T_map(t, h.type, h.key, h.value, h.entries, h.flags);
	u32 value;

	for (u32 gone = 0; gone <= ARRAY_SIZE(prefixes); gone++) {
		if (!gone) {
			for (u32 i = 0; i < ARRAY_SIZE(prefixes); i++)
				T_IS(t, T_update(t, map, &prefixes[i], &i, BPF_NOEXIST), 0);
		} else {
			T_NOTE(t, "delete %d", T_delete(t, map, &prefixes[(gone * 5) % ARRAY_SIZE(prefixes)]));
		}
		for (u32 i = 0; i < ARRAY_SIZE(asked); i++) {
			int err = T_lookup(t, map, &asked[i], &value, 0);

			T_NOTE(t, "%u gone: %u: %d %u", gone, i, err, err ? 0 : value);
			T_NOTE(t, "delete %d", T_delete(t, map, &(u32[2]){asked[i].len, 0xffffffff}));
		}
		note_all_keys(t, &h, map);
	}
	close(map);
}

static int batch(struct both *t, int cmd, int map, void *in, void *out, void *keys, void *values, u32 *count, u64 elem_flags, u64 flags)
{
	union bpf_attr attr = {0};
	int err;

	attr.batch.in_batch = ptr_to_u64(in);
	attr.batch.out_batch = ptr_to_u64(out);
	attr.batch.keys = ptr_to_u64(keys);
	attr.batch.values = ptr_to_u64(values);
	attr.batch.count = *count;
	attr.batch.map_fd = (u32)map;
	attr.batch.elem_flags = elem_flags;
	attr.batch.flags = flags;
	err = T_bpf(t, cmd, &attr, sizeof(attr));
	*count = attr.batch.count;
	return err;
}

static void batches(struct both *t)
{
	static const int commands[] = {BPF_MAP_LOOKUP_BATCH, BPF_MAP_LOOKUP_AND_DELETE_BATCH, BPF_MAP_UPDATE_BATCH, BPF_MAP_DELETE_BATCH};

	for (size_t s = 0; s < ARRAY_SIZE(shapes); s++) {
		const struct shape *h = &shapes[s];
		int map = T_map(t, h->type, h->key, h->value, h->entries, h->flags);
		u8 values[64 * 1024];
		u32 keys[64], cursor[4] = {0}, count;

		/* The cursor of these is a bucket that other keys decide. */
		if (h->type == BPF_MAP_TYPE_LRU_HASH || h->type == BPF_MAP_TYPE_LRU_PERCPU_HASH) {
			close(map);
			continue;
		}
		for (u32 full = 0; full < 2; full++) {
			for (size_t c = 0; c < ARRAY_SIZE(commands); c++) {
				for (u32 max = 0; max < 10; max += 3) {
					int err;

					memset(values, 0x11, sizeof(values));
					memset(cursor, 0, sizeof(cursor));
					for (u32 i = 0; i < 64; i++)
						keys[i] = 0;
					for (u32 i = 0; i < 4; i++)
						key_of(h, i, keys + i * h->key / 4);
					count = max;
					err = batch(t, commands[c], map, NULL, cursor, keys, values, &count, 0, 0);
					T_NOTE(t, "%s: command %d of %u: %d count %u keys %x %x", h->name, commands[c], max, err, count,
					       keys[0], keys[1]);
					count = max;
					T_NOTE(t, "lock: %d", batch(t, commands[c], map, NULL, cursor, keys, values, &count, BPF_F_LOCK, 0));
					count = max;
					T_NOTE(t, "flags: %d", batch(t, commands[c], map, NULL, cursor, keys, values, &count, 0, 1));
					count = max;
					T_NOTE(t, "elem: %d", batch(t, commands[c], map, NULL, cursor, keys, values, &count, 1, 0));
				}
			}
		}
		close(map);
	}
}

/* Whole iterations in pieces of every size see every element once, in one order. */
static void batches_walk_the_map(struct both *t)
{
	static const struct shape walked[] = {
		{"hash", BPF_MAP_TYPE_HASH, 4, 4, 20, BPF_F_ZERO_SEED},
		{"percpu hash", BPF_MAP_TYPE_PERCPU_HASH, 4, 8, 20, BPF_F_ZERO_SEED},
		{"array", BPF_MAP_TYPE_ARRAY, 4, 4, 20, 0},
		{"percpu array", BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, 20, 0},
		{"lpm trie", BPF_MAP_TYPE_LPM_TRIE, 8, 4, 20, BPF_F_NO_PREALLOC},
	};

	for (size_t s = 0; s < ARRAY_SIZE(walked); s++) {
		const struct shape *h = &walked[s];
		int map = T_map(t, h->type, h->key, h->value, h->entries, h->flags);
		u8 value[4096] = {0}, values[64 * 1024];
		u32 key[4], keys[64];

		for (u32 i = 0; i < h->entries; i++) {
			value[0] = (u8)i;
			T_IS(t, T_update(t, map, key_of(h, i, key), value, BPF_ANY), 0);
		}
		for (u32 size = 1; size <= 21; size += 4) {
			u32 cursor[4] = {0}, rounds = 0, count;
			int err;

			do {
				count = size;
				memset(values, 0, sizeof(values));
				err = batch(t, BPF_MAP_LOOKUP_BATCH, map, rounds ? cursor : NULL, cursor, keys, values, &count, 0, 0);
				T_NOTE(t, "%s by %u: %d count %u cursor %x", h->name, size, err, count, err == -EFAULT ? 0 : cursor[0]);
				for (u32 i = 0; i < count && (!err || err == -ENOENT); i++)
					T_NOTE(t, "%x %x = %u", keys[i * h->key / 4], keys[i * h->key / 4 + h->key / 4 - 1],
					       values[i * round_up_u64(h->value, h->type == BPF_MAP_TYPE_PERCPU_HASH ||
							h->type == BPF_MAP_TYPE_PERCPU_ARRAY ? 8 : 1) *
						      (h->type == BPF_MAP_TYPE_PERCPU_HASH || h->type == BPF_MAP_TYPE_PERCPU_ARRAY ?
							       (u32)T_nr_cpus() : 1)]);
			} while (!err && ++rounds < 40);
		}
		close(map);
	}
}

static void percpu_values_are_separate(struct both *t)
{
	static const u32 types[] = {BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_LRU_PERCPU_HASH};

	for (size_t s = 0; s < ARRAY_SIZE(types); s++) {
		int map = T_map(t, types[s], 4, 5, 2, 0);
		u8 in[8 * 1024], out[8 * 1024];
		u32 key = 1;
		size_t all = 8 * (size_t)T_nr_cpus();

		for (size_t i = 0; i < sizeof(in); i++)
			in[i] = (u8)(i * 7);
		memset(out, 0xee, sizeof(out));
		T_IS(t, T_update(t, map, &key, in, 0), 0);
		T_IS(t, T_lookup(t, map, &key, out, 0), 0);
		T_IS(t, memcmp(in, out, all), 0);
		T_IS(t, out[all], 0xee);
		close(map);
	}
}

static void maps_in_maps(struct both *t)
{
	static const u32 types[] = {BPF_MAP_TYPE_ARRAY_OF_MAPS, BPF_MAP_TYPE_HASH_OF_MAPS};
	int array = T_map(t, BPF_MAP_TYPE_ARRAY, 4, 8, 2, 0), longer = T_map(t, BPF_MAP_TYPE_ARRAY, 4, 8, 3, 0);
	int hash = T_map(t, BPF_MAP_TYPE_HASH, 4, 8, 2, 0), longer_hash = T_map(t, BPF_MAP_TYPE_HASH, 4, 8, 3, 0);
	int progs = T_map(t, BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 2, 0);
	int fds[] = {array, longer, hash, longer_hash, progs, 99999};

	for (size_t s = 0; s < ARRAY_SIZE(types); s++) {
		for (size_t inner = 0; inner < ARRAY_SIZE(fds); inner++) {
			union bpf_attr attr = {.map_type = types[s], .key_size = 4, .value_size = 4, .max_entries = 2,
					       .inner_map_fd = (u32)fds[inner]};
			int map = T_bpf(t, BPF_MAP_CREATE, &attr, sizeof(attr));
			struct bpf_map_info info = {0};
			u32 key = 1, value;

			T_NOTE(t, "inner %zu: %d", inner, map < 0 ? map : 0);
			if (map < 0)
				continue;
			T_NOTE(t, "empty: %d", T_lookup(t, map, &key, &value, 0));
			for (size_t f = 0; f < ARRAY_SIZE(fds); f++)
				for (u64 flags = 0; flags < 4; flags++)
					T_NOTE(t, "put %zu flags %llu: %d", f, (unsigned long long)flags,
					       T_update(t, map, &key, &fds[f], flags));
			if (!T_lookup(t, map, &key, &value, 0)) {
				int held = fds[inner];

				T_IS(t, T_info(t, held, &info, sizeof(info)), 0);
				T_NOTE(t, "id %s", value == info.id ? "of the inner map" : "of another");
			}
			for (key = 0; key < 4; key++)
				T_NOTE(t, "put at %u: %d", key, T_update(t, map, &key, &fds[inner], 0));
			for (key = 0; key < 4; key++)
				T_NOTE(t, "delete at %u: %d then %d", key, T_delete(t, map, &key), T_delete(t, map, &key));
			attr.inner_map_fd = (u32)map;
			attr.map_type = types[s];
			T_NOTE_FD(t, "nested", T_bpf(t, BPF_MAP_CREATE, &attr, sizeof(attr)));
			close(map);
		}
	}
	for (size_t f = 0; f + 1 < ARRAY_SIZE(fds); f++)
		close(fds[f]);
}

static void access_by_flags(struct both *t)
{
	static const u32 flags[] = {BPF_F_RDONLY, BPF_F_WRONLY};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		int map = T_map(t, BPF_MAP_TYPE_HASH, 4, 4, 2, flags[i]);
		u32 key = 1, value = 2, count = 1;

		T_NOTE(t, "update %d", T_update(t, map, &key, &value, 0));
		T_NOTE(t, "lookup %d", T_lookup(t, map, &key, &value, 0));
		T_NOTE(t, "next %d", T_next_key(t, map, NULL, &value));
		T_NOTE(t, "take %d", lookup_and_delete(t, map, &key, &value, 0));
		T_NOTE(t, "delete %d", T_delete(t, map, &key));
		T_NOTE(t, "batch %d", batch(t, BPF_MAP_LOOKUP_BATCH, map, NULL, &key, &key, &value, &count, 0, 0));
		count = 1;
		T_NOTE(t, "batch %d", batch(t, BPF_MAP_UPDATE_BATCH, map, NULL, NULL, &key, &value, &count, 0, 0));
		close(map);
	}
}

static const struct both_case cases[] = {
	BOTH(creation_by_sizes),
	BOTH(creation_by_flags),
	BOTH(elements_with_every_flag),
	BOTH(iteration_order_with_zero_seed),
	BOTH(iteration_while_deleting),
	BOTH(full_map_still_replaces),
	BOTH(lru_makes_room),
	BOTH(queue_overwrites_when_told),
	BOTH(longest_prefix_wins),
	BOTH(batches),
	BOTH(batches_walk_the_map),
	BOTH(percpu_values_are_separate),
	BOTH(maps_in_maps),
	BOTH(access_by_flags),
};

int main(int argc, char **argv)
{
	return both_main(cases, ARRAY_SIZE(cases), argc, argv);
}

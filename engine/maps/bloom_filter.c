/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BPF_MAP_TYPE_BLOOM_FILTER: bits that values set; peek says whether a value may have been pushed. The low four bits of
 * map_extra are the number of hash functions. bpf(2)'s lookup takes the value that it asks for.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "engine/maps/attr.h"
#include "engine/maps/jhash.h"
#include "engine/maps/map.h"

#define HASHES_DEFAULT 5
#define HASHES_MASK 0xfU
#define VALUE_MAX (4U << 20)

struct bloom {
	u32 bit_mask;
	u32 seed;
	u32 hashes;
};

static int bloom_alloc_check(const union bpf_attr *attr)
{
	u32 known = BPF_F_NUMA_NODE | BPF_F_ZERO_SEED | MAP_ACCESS_FLAGS;

	if (attr->value_size > VALUE_MAX)
		return -E2BIG;
	if (attr->key_size || !attr->value_size || !attr->max_entries || (attr->map_flags & ~known) ||
	    !map_access_flags_ok(attr->map_flags) || (attr->map_extra & ~(u64)HASHES_MASK))
		return -EINVAL;
	return 0;
}

/* For the least false positives: hashes * entries / ln 2 bits, as a power of two. */
static u64 bits_for(u32 entries, u32 hashes)
{
	u64 wanted = (u64)entries * hashes / 5 * 7, bits = 64;

	while (bits < wanted && bits < 1ULL << 32)
		bits <<= 1;
	return bits;
}

static int bloom_alloc(struct bpf_map *map, const union bpf_attr *attr)
{
	struct bloom *b = calloc(1, sizeof(*b));
	u64 bits;
	int err;

	if (!b)
		return -ENOMEM;
	b->hashes = map->map_extra & HASHES_MASK ? map->map_extra & HASHES_MASK : HASHES_DEFAULT;
	bits = bits_for(map->max_entries, b->hashes);
	b->bit_mask = (u32)(bits - 1);
	if (!(map->map_flags & BPF_F_ZERO_SEED) && getrandom(&b->seed, sizeof(b->seed), GRND_NONBLOCK) < 0)
		b->seed = (u32)(uintptr_t)b;
	err = map_alloc_segment(map, bits / 8, false);
	if (err)
		free(b);
	else
		map->priv = b;
	return err;
}

static void bloom_free(struct bpf_map *map)
{
	free(map->priv);
	map->priv = NULL;
	map_free_segment(map);
}

static u32 bit_of(const struct bpf_map *map, const void *value, u32 i)
{
	const struct bloom *b = map->priv;

	return jhash(value, map->value_size, b->seed + i) & b->bit_mask;
}

static int bloom_push(struct bpf_map *map, const void *value, u64 flags)
{
	const struct bloom *b = map->priv;

	if (flags != BPF_ANY)
		return -EINVAL;
	for (u32 i = 0; i < b->hashes; i++) {
		u32 bit = bit_of(map, value, i);

		__atomic_fetch_or((u64 *)map->mem + bit / 64, 1ULL << (bit % 64), __ATOMIC_RELAXED);
	}
	return 0;
}

static int bloom_peek(struct bpf_map *map, void *value)
{
	const struct bloom *b = map->priv;

	for (u32 i = 0; i < b->hashes; i++) {
		u32 bit = bit_of(map, value, i);

		if (!(__atomic_load_n((const u64 *)map->mem + bit / 64, __ATOMIC_RELAXED) >> (bit % 64) & 1))
			return -ENOENT;
	}
	return 0;
}

static int bloom_pop(struct bpf_map *map, void *value)
{
	return -EOPNOTSUPP;
}

static int bloom_delete(struct bpf_map *map, const void *key)
{
	return -EOPNOTSUPP;
}

static int bloom_next_key(struct bpf_map *map, const void *key, void *next_key)
{
	return -EOPNOTSUPP;
}

static int bloom_user_lookup(struct bpf_map *map, const void *key, void *value, u64 flags)
{
	return bloom_peek(map, value);
}

static int bloom_user_update(struct bpf_map *map, const void *key, const void *value, u64 flags, struct caller *caller)
{
	return bloom_push(map, value, flags);
}

const struct map_ops bloom_filter_map_ops = {
	.alloc_check = bloom_alloc_check,
	.alloc = bloom_alloc,
	.free = bloom_free,
	.delete = bloom_delete,
	.next_key = bloom_next_key,
	.user_lookup = bloom_user_lookup,
	.user_update = bloom_user_update,
	.push = bloom_push,
	.pop = bloom_pop,
	.peek = bloom_peek,
};

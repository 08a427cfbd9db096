/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of hash.h: allocation, finding, chains. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/random.h>

#include "engine/engine.h"
#include "engine/maps/attr.h"
#include "engine/maps/hash.h"
#include "engine/maps/jhash.h"

/* The kernel keeps an element in one allocation of at most 4 MiB, 48 bytes of which are its header. */
#define ELEM_MAX ((4U << 20) - 48)
/* And its buckets, a power of two of them at 16 bytes each, in one of less than 4 GiB. */
#define HASH_ENTRIES_MAX (1U << 27)

/* Walks without a lock, and steps in one, before a reader takes the bucket's lock: chains are a few elements long. */
#define LOCKLESS_TRIES 8
#define LOCKLESS_STEPS 4096

int hash_alloc_check(const union bpf_attr *attr)
{
	u32 known = BPF_F_NO_PREALLOC | BPF_F_NO_COMMON_LRU | BPF_F_NUMA_NODE | MAP_ACCESS_FLAGS | BPF_F_ZERO_SEED;
	bool lru = attr->map_type == BPF_MAP_TYPE_LRU_HASH || attr->map_type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
	bool percpu = attr->map_type == BPF_MAP_TYPE_PERCPU_HASH || attr->map_type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
	bool percpu_lru = attr->map_flags & BPF_F_NO_COMMON_LRU;

	if ((attr->map_flags & ~known) || !map_access_flags_ok(attr->map_flags) || (!lru && percpu_lru))
		return -EINVAL;
	if (lru && (attr->map_flags & BPF_F_NO_PREALLOC))
		return -ENOTSUPP;
	if ((attr->map_flags & BPF_F_NUMA_NODE) && (percpu || percpu_lru))
		return -EINVAL;
	if (!attr->max_entries || !attr->key_size || !attr->value_size)
		return -EINVAL;
	if ((u64)attr->key_size + attr->value_size >= ELEM_MAX)
		return -E2BIG;
	if (percpu && round_up_u64(attr->value_size, 8) > MAP_PERCPU_VALUE_MAX)
		return -E2BIG;
	return attr->max_entries > HASH_ENTRIES_MAX ? -E2BIG : 0;
}

static u32 bucket_count(u32 max_entries)
{
	return max_entries <= 1 ? 1 : 1U << (32 - __builtin_clz(max_entries - 1));
}

static u32 round_up_to(u32 n, u32 to)
{
	return n > UINT32_MAX - to ? n / to * to : (n + to - 1) / to * to;
}

static int alloc_spares(struct hash_table *t, u32 first)
{
	t->spares = calloc(t->nr_cpus, sizeof(*t->spares));
	if (!t->spares)
		return -ENOMEM;
	for (u32 i = 0; i < t->nr_cpus; i++)
		atomic_init(&t->spares[i], first + i);
	return 0;
}

/* Where there is no entropy yet, the place of the table stands in: ASLR moves it. */
static u32 random_seed(const struct hash_table *t)
{
	u32 seed = 0;

	return getrandom(&seed, sizeof(seed), GRND_NONBLOCK) == (ssize_t)sizeof(seed) ? seed : (u32)((uintptr_t)t >> 4);
}

int hash_alloc(struct bpf_map *map, const union bpf_attr *attr)
{
	struct hash_table *t;
	size_t buckets;
	int err;

	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->nr_cpus = map->obj.engine->nr_cpus;
	if (map->map_flags & BPF_F_NO_COMMON_LRU) /* a share for each CPU, as the kernel has it */
		map->max_entries = round_up_to(map->max_entries, t->nr_cpus);
	t->bucket_mask = bucket_count(map->max_entries) - 1;
	t->seed = map->map_flags & BPF_F_ZERO_SEED ? 0 : random_seed(t);
	t->ref_off = (u32)(sizeof(struct hash_elem) + round_up_u64(map->key_size, 8));
	t->value_off = t->ref_off + (hash_is_lru(map) ? 8 : 0);
	t->elem_size = t->value_off + (size_t)map_percpu_stride(map) * (map->ops->per_cpu ? t->nr_cpus : 1);
	buckets = round_up_u64(((size_t)t->bucket_mask + 1) * sizeof(struct hash_bucket), 64);
	/* Element 0 is never used: its place holds nothing but the distance. */
	err = map_alloc_segment(map, buckets + ((size_t)map->max_entries + t->nr_cpus + 1) * t->elem_size, false);
	if (err)
		goto fail;
	t->buckets = map->mem;
	t->elems = (char *)map->mem + buckets;
	err = freelist_init(&t->free, t->elems, t->elem_size, offsetof(struct hash_elem, link), map->max_entries, t->nr_cpus);
	if (!err)
		err = alloc_spares(t, map->max_entries + 1);
	if (err)
		goto fail;
	map->priv = t;
	return 0;
fail:
	freelist_exit(&t->free);
	free(t->spares);
	free(t);
	map_free_segment(map);
	return err;
}

void hash_free(struct bpf_map *map)
{
	struct hash_table *t = hash_table(map);

	freelist_exit(&t->free);
	free(t->spares);
	free(t);
	map->priv = NULL;
	map_free_segment(map);
}

u32 hash_of(const struct bpf_map *map, const void *key)
{
	return jhash(key, map->key_size, hash_table(map)->seed);
}

/* The n < 8 bytes at p, padded with zeros: no call of memcpy for them. */
static inline u64 load_tail(const char *p, u32 n)
{
	u64 w = 0;
	u32 h = 0;

	if (n & 4) {
		memcpy(&h, p, 4);
		if (n == 4)
			return h;
		w = h;
		p += 4;
	}
	for (u32 i = 0; i < (n & 3); i++)
		w |= (u64)(u8)p[i] << (8 * ((n & 4) + i));
	return w;
}

/* Keys are compared with acquiring loads, so that the element's seq is read after them. */
static bool key_equal(const u64 *elem_key, const void *key, u32 size)
{
	const char *k = key;
	u64 w;

	for (; size >= 8; size -= 8, k += 8, elem_key++) {
		memcpy(&w, k, 8);
		if (__atomic_load_n(elem_key, __ATOMIC_ACQUIRE) != w)
			return false;
	}
	return !size || __atomic_load_n(elem_key, __ATOMIC_ACQUIRE) == load_tail(k, size);
}

static bool elem_matches(const struct hash_elem *e, u32 hash, const void *key, u32 key_size)
{
	u32 seq;

	if (atomic_load_explicit(&e->hash, memory_order_acquire) != hash)
		return false;
	seq = atomic_load_explicit(&e->seq, memory_order_acquire);
	return !(seq & 1) && key_equal(e->key, key, key_size) && atomic_load_explicit(&e->seq, memory_order_relaxed) == seq &&
	       atomic_load_explicit(&e->hash, memory_order_relaxed) == hash;
}

struct hash_elem *hash_find_locked(const struct bpf_map *map, struct hash_bucket *b, u32 hash, const void *key)
{
	const struct hash_table *t = hash_table(map);
	u32 i = atomic_load_explicit(&b->head, memory_order_relaxed);

	for (; i; i = atomic_load_explicit(&hash_elem(t, i)->next, memory_order_relaxed)) {
		struct hash_elem *e = hash_elem(t, i);

		if (atomic_load_explicit(&e->hash, memory_order_relaxed) == hash && key_equal(e->key, key, map->key_size))
			return e;
	}
	return NULL;
}

/* One walk without a lock: the element, NULL, or false in *sure when what was walked changed. */
static struct hash_elem *find_once(const struct bpf_map *map, struct hash_bucket *b, u32 hash, const void *key, bool *sure)
{
	const struct hash_table *t = hash_table(map);
	u32 removals = atomic_load_explicit(&b->removals, memory_order_acquire);
	u32 i = atomic_load_explicit(&b->head, memory_order_acquire);

	for (u32 steps = 0; i && steps < LOCKLESS_STEPS; steps++) {
		struct hash_elem *e = hash_elem(t, i);

		if (elem_matches(e, hash, key, map->key_size))
			return e;
		i = atomic_load_explicit(&e->next, memory_order_acquire);
	}
	*sure = !i && atomic_load_explicit(&b->removals, memory_order_relaxed) == removals;
	return NULL;
}

struct hash_elem *hash_find(const struct bpf_map *map, const void *key)
{
	const struct hash_table *t = hash_table(map);
	u32 hash = jhash(key, map->key_size, t->seed);
	struct hash_bucket *b = hash_bucket(t, hash);
	struct hash_elem *e;
	bool sure;

	for (u32 tries = 0; tries < LOCKLESS_TRIES; tries++) {
		sure = true;
		e = find_once(map, b, hash, key, &sure);
		if (e || sure)
			return e;
	}
	map_lock(&b->lock);
	e = hash_find_locked(map, b, hash, key);
	map_unlock(&b->lock);
	return e;
}

void hash_insert_locked(const struct hash_table *t, struct hash_bucket *b, struct hash_elem *e)
{
	/* Releasing, as all that is written to an element whose chain a reader may still be walking. */
	atomic_store_explicit(&e->next, atomic_load_explicit(&b->head, memory_order_relaxed), memory_order_release);
	atomic_store_explicit(&b->head, hash_elem_index(t, e), memory_order_release);
}

void hash_unlink_locked(const struct hash_table *t, struct hash_bucket *b, struct hash_elem *e)
{
	u32 index = hash_elem_index(t, e);
	atomic_uint *link = &b->head;
	u32 i;

	while ((i = atomic_load_explicit(link, memory_order_relaxed)) != index) {
		if (!i)
			return;
		link = &hash_elem(t, i)->next;
	}
	atomic_store_explicit(&b->removals, atomic_load_explicit(&b->removals, memory_order_relaxed) + 1, memory_order_relaxed);
	atomic_store_explicit(link, atomic_load_explicit(&e->next, memory_order_relaxed), memory_order_release);
}

void hash_elem_begin(const struct bpf_map *map, struct hash_elem *e, u32 hash, const void *key)
{
	const char *k = key;
	u32 left = map->key_size;
	u64 *word = e->key;

	atomic_store_explicit(&e->seq, atomic_load_explicit(&e->seq, memory_order_relaxed) + 1, memory_order_relaxed);
	/* Releasing stores: who sees any of them sees the odd seq. */
	atomic_store_explicit(&e->hash, hash, memory_order_release);
	for (; left >= 8; left -= 8, k += 8, word++) {
		u64 w;

		memcpy(&w, k, 8);
		__atomic_store_n(word, w, __ATOMIC_RELEASE);
	}
	if (left)
		__atomic_store_n(word, load_tail(k, left), __ATOMIC_RELEASE);
}

void hash_elem_end(struct hash_elem *e)
{
	atomic_store_explicit(&e->seq, atomic_load_explicit(&e->seq, memory_order_relaxed) + 1, memory_order_release);
}

int hash_check_flags(const struct hash_elem *old, u64 flags)
{
	if (old && (flags & ~(u64)BPF_F_LOCK) == BPF_NOEXIST)
		return -EEXIST;
	if (!old && (flags & ~(u64)BPF_F_LOCK) == BPF_EXIST)
		return -ENOENT;
	return 0;
}

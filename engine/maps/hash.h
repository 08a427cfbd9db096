/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table behind all hash map types. The segment: buckets, then elements.
 *
 *   bucket   { lock, head, removals }                           a futex word; an element's index; a count
 *   element  { next, hash, seq, link | key, padded to 8 | LRU: used, 8 bytes | value, padded to 8 (times nr_cpus for per-CPU maps) }
 *
 * Elements are numbered from 1; a chain ends in 0. Writers hold the bucket's lock; readers hold nothing. Two counts tell a reader
 * what happened under its feet: `seq` of an element is odd while key and value are being written, so an element is taken only when
 * seq was even and unchanged around the comparison of its key; `removals` of a bucket counts elements taken out of its chain,
 * so "not found" holds only when it did not change during the walk (a replaced value's element moves to the front, a removed one
 * may come back in another chain).
 *
 * A deleted element goes to the free list at once and keeps its memory, its chain link and its contents until it is taken again: a
 * program may go on using a value that it looked up (as with the kernel's preallocated elements).
 */
#ifndef SKEP_MAP_HASH_H
#define SKEP_MAP_HASH_H

#include "engine/maps/copy.h"
#include "engine/maps/freelist.h"
#include "engine/maps/map.h"

struct hash_bucket {
	map_lock_t lock;
	atomic_uint head;
	atomic_uint removals;
	u32 unused;
};

struct hash_elem {
	atomic_uint next;
	atomic_uint hash;
	atomic_uint seq;
	atomic_uint link; /* the free list's */
	u64 key[];
};

struct hash_table {
	struct hash_bucket *buckets;
	char *elems;
	size_t elem_size;
	u32 bucket_mask;
	u32 value_off;
	u32 ref_off;         /* LRU: of the word that says "used since the last sweep" */
	u32 seed;
	u32 nr_cpus;
	struct freelist free;
	atomic_uint *spares; /* one a CPU: elements with which a full map can still replace a value; 0: in use */
	atomic_uint hand;    /* LRU: where the sweep for an unused element goes on */
};

static inline struct hash_elem *hash_elem(const struct hash_table *t, u32 index)
{
	return (struct hash_elem *)(t->elems + index * t->elem_size);
}

static inline u32 hash_elem_index(const struct hash_table *t, const struct hash_elem *e)
{
	return (u32)((size_t)((const char *)e - t->elems) / t->elem_size);
}

static inline void *hash_value(const struct hash_table *t, struct hash_elem *e)
{
	return (char *)e + t->value_off;
}

static inline bool hash_is_lru(const struct bpf_map *map)
{
	return map->type == BPF_MAP_TYPE_LRU_HASH || map->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;
}

static inline atomic_uint *hash_used(const struct hash_table *t, struct hash_elem *e)
{
	return (atomic_uint *)((char *)e + t->ref_off);
}

int hash_alloc_check(const union bpf_attr *attr);
int hash_alloc(struct bpf_map *map, const union bpf_attr *attr);
void hash_free(struct bpf_map *map);
u32 hash_of(const struct bpf_map *map, const void *key);
/* The live element of that key without a lock, or NULL. */
struct hash_elem *hash_find(const struct bpf_map *map, const void *key);
/* With the bucket's lock held. */
struct hash_elem *hash_find_locked(const struct bpf_map *map, struct hash_bucket *b, u32 hash, const void *key);
void hash_insert_locked(const struct hash_table *t, struct hash_bucket *b, struct hash_elem *e);
void hash_unlink_locked(const struct hash_table *t, struct hash_bucket *b, struct hash_elem *e);
/* Begin and end writing key and value of an element that is in no chain. */
void hash_elem_begin(const struct bpf_map *map, struct hash_elem *e, u32 hash, const void *key);
void hash_elem_end(struct hash_elem *e);
/* BPF_NOEXIST and BPF_EXIST against what was found: 0, -EEXIST or -ENOENT. */
int hash_check_flags(const struct hash_elem *old, u64 flags);

/*
 * Update as any hash type does it. A new value replaces an element's (of per-CPU maps: is written in place, for this CPU or, all,
 * for every one); a new key takes a free element, in an LRU map one that was not used lately.
 */
int hash_put(struct bpf_map *map, const void *key, const void *value, u64 flags, bool all);
/* LRU: take an element that was not used lately out of its chain; its index, 0 when all are being changed. */
u32 lru_evict(struct bpf_map *map);

/* Operations that all hash types have. */
void *hash_lookup(struct bpf_map *map, const void *key);
void *hash_lookup_percpu(struct bpf_map *map, const void *key, u32 cpu);
int hash_update(struct bpf_map *map, const void *key, const void *value, u64 flags);
int hash_user_update(struct bpf_map *map, const void *key, const void *value, u64 flags, struct caller *caller);
int hash_delete(struct bpf_map *map, const void *key);
int hash_next_key(struct bpf_map *map, const void *key, void *next_key);
int hash_user_lookup(struct bpf_map *map, const void *key, void *value, u64 flags);
int hash_user_lookup_and_delete(struct bpf_map *map, const void *key, void *value, u64 flags);
int hash_user_lookup_batch(struct bpf_map *map, u32 *batch, void *keys, void *values, u32 *count, u64 flags, bool del);
long hash_for_each(struct bpf_map *map, u64 (*fn)(void *, void *, void *), void *closure, u64 flags);

static inline struct hash_table *hash_table(const struct bpf_map *map)
{
	return map->priv;
}

static inline struct hash_bucket *hash_bucket(const struct hash_table *t, u32 hash)
{
	return &t->buckets[hash & t->bucket_mask];
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps. A map is one memory segment (`mem`, a shared memfd mapping where map_flags or the type ask for it), laid out with
 * offsets and indices, never pointers. A map type is one file that ends in one struct map_ops; maps/types.def lists them.
 */
#ifndef SKEP_ENGINE_MAP_H
#define SKEP_ENGINE_MAP_H

#include <sys/types.h>

#include "common/util/mmap_pieces.h"
#include "engine/object/object.h"
#include "common/uapi/bpf.h"

struct bpf_map;
struct bpf_prog;
struct btf_obj;
struct caller;
struct bpf_func_proto;

/*
 * What a map type does. Element operations are called by programs (any thread, concurrently) and by bpf(2). They return 0 or
 * the -errno of the kernel's map of that type. Sizes of key and value: map->key_size, map->value_size.
 */
struct map_ops {
	/* Check the attributes beyond the common rules; 0 or -errno as MAP_CREATE answers. */
	int (*alloc_check)(const union bpf_attr *attr);
	/* Fill in a zeroed map whose common fields are set; allocate the segment. */
	int (*alloc)(struct bpf_map *map, const union bpf_attr *attr);
	void (*free)(struct bpf_map *map);
	/* Pointer to the value (of this CPU, for per-CPU maps), or NULL. What bpf_map_lookup_elem gives a program. */
	void *(*lookup)(struct bpf_map *map, const void *key);
	int (*update)(struct bpf_map *map, const void *key, const void *value, u64 flags);
	int (*delete)(struct bpf_map *map, const void *key);
	/* key NULL: the first. */
	int (*next_key)(struct bpf_map *map, const void *key, void *next_key);
	/* bpf(2) side. value has map_user_value_size() bytes; defaults use lookup and update. `caller` resolves fds in values. */
	int (*user_lookup)(struct bpf_map *map, const void *key, void *value, u64 flags);
	int (*user_update)(struct bpf_map *map, const void *key, const void *value, u64 flags, struct caller *caller);
	int (*user_lookup_and_delete)(struct bpf_map *map, const void *key, void *value, u64 flags);
	void *(*lookup_percpu)(struct bpf_map *map, const void *key, u32 cpu);
	int (*push)(struct bpf_map *map, const void *value, u64 flags);
	int (*pop)(struct bpf_map *map, void *value);
	int (*peek)(struct bpf_map *map, void *value);
	/* Call fn(map, key, value, ctx, 0) for each element until it returns 1; the number of calls, or -errno. */
	long (*for_each)(struct bpf_map *map, u64 (*fn)(void *closure, void *key, void *value), void *closure, u64 flags);
	/* Address of the byte at `off` of the (single) value for BPF_PSEUDO_MAP_VALUE; 0 or -errno. */
	int (*direct_value)(struct bpf_map *map, u64 *addr, u32 off);
	/* What mmap(2) of `length` bytes at `offset` shows: the number of pieces (one, but for ring buffers, whose data
	 * pages are seen twice), or -EINVAL / -EPERM. NULL: -ENODEV. */
	int (*mmap)(struct bpf_map *map, off_t offset, size_t length, int prot, struct map_piece pieces[MAP_MAX_PIECES]);
	/* Elements of whole buckets from bucket *batch on, until none is left or *count would be exceeded: *count is set to the number
	 * copied, *batch to the next bucket. 0; -ENOENT when that was the last bucket; -ENOSPC when the first bucket alone has more.
	 * del: and delete them. NULL: batches go through next_key. */
	int (*user_lookup_batch)(struct bpf_map *map, u32 *batch, void *keys, void *values, u32 *count, u64 flags, bool del);
	/* The last handle went away (prog arrays drop their programs). */
	void (*release)(struct bpf_map *map);
	u64 (*mem_usage)(const struct bpf_map *map);
	bool per_cpu;  /* bpf(2) sees one value, rounded up to 8 bytes, for each possible CPU */
	bool pollable; /* its handle signals data */
	bool no_btf;   /* BTF key and value types are refused, as the kernel does for this type */
};

struct bpf_map {
	struct obj obj;
	const struct map_ops *ops;
	enum bpf_map_type type;
	u32 key_size;
	u32 value_size;
	u32 max_entries;
	u32 map_flags;
	u64 map_extra;
	char name[BPF_OBJ_NAME_LEN];
	struct btf_obj *btf; /* reference, or NULL */
	u32 btf_key_type_id;
	u32 btf_value_type_id;
	bool frozen;
	atomic_uint writers; /* writable mmaps and writes in progress: a map with any cannot be frozen */
	int memfd;           /* -1: private memory */
	int memfd2;          /* of ring buffers: the consumer's page; -1 */
	void *mem;
	size_t mem_len;      /* of the segment: what memfd holds */
	void *priv;          /* the type's own: geometry, references to objects; outside the segment, so that sharing cannot harm it */
	s32 spin_lock_off; /* offset of struct bpf_spin_lock in the value, or -1 */
	s32 timer_off;     /* of struct bpf_timer, or -1 */
	struct bpf_map *inner_map_meta; /* maps in maps: what the inner maps are like, a reference; else NULL */
	/* prog_array: what programs in it must agree on; set by the first. */
	bool owner_set;
	bool owner_xdp_frags;
	bool owner_sleepable;
	enum bpf_prog_type owner_type;
	enum bpf_attach_type owner_attach_type;
	u32 owner_attach_btf_id;
};

extern const struct map_ops *const map_type_ops[__MAX_BPF_MAP_TYPE]; /* NULL: -EINVAL at creation */

/* Bytes of a value as bpf(2) passes it: value_size, or per CPU rounded up to 8 times nr_cpus. */
u32 map_user_value_size(const struct bpf_map *map);
/* Reserve the segment (zeroed). shared: a memfd that other processes can map. 0 or -ENOMEM / -E2BIG. */
int map_alloc_segment(struct bpf_map *map, size_t len, bool shared);
void map_free_segment(struct bpf_map *map);
/* Programs may read a segment, from that byte on, by kernel address (kmem.h); map_alloc_segment sees to it. 0 or -ENOMEM. */
int map_show_segment(struct bpf_map *map, size_t from);
void map_hide_segment(struct bpf_map *map, size_t from);

/*
 * Elements as the commands of bpf(2) treat them: value has map_user_value_size() bytes. Frozen maps, BPF_F_RDONLY / WRONLY
 * handles and the size of the attribute are the dispatcher's to check; flags and types without the operation are checked
 * here. 0 or -errno as the command answers.
 */
int map_user_lookup(struct bpf_map *map, const void *key, void *value, u64 flags);
int map_user_update(struct bpf_map *map, const void *key, const void *value, u64 flags, struct caller *caller);
int map_user_delete(struct bpf_map *map, const void *key);
int map_user_next_key(struct bpf_map *map, const void *key, void *next_key);
int map_user_lookup_and_delete(struct bpf_map *map, const void *key, void *value, u64 flags);
/* mmap(2): the pieces that a mapping consists of (their number), or -errno; and the mapping made in this process: an address,
 * or NULL with errno. The mapping must be MAP_SHARED. */
int map_mmap_pieces(struct bpf_map *map, size_t length, int prot, off_t offset, struct map_piece pieces[MAP_MAX_PIECES]);
void *map_mmap(struct bpf_map *map, size_t length, int prot, off_t offset);
/* The program in slot `index` of a BPF_MAP_TYPE_PROG_ARRAY, or NULL; good until the run that asks has left (run_synchronize). */
struct bpf_prog *map_prog_array_get(struct bpf_map *map, u32 index);
/* MAP_CREATE of array_of_maps and hash_of_maps, before alloc: take a reference on the map that fd names. 0 or -errno. */
int map_set_inner(struct bpf_map *map, struct caller *caller, u32 fd);
/* Whether the program may stand in, or tail call through, that prog_array: all its programs are of one kind, which the first
 * to use it sets. 0 or -EINVAL. PROG_LOAD asks for each prog_array of the program. */
int prog_array_check(struct bpf_map *map, const struct bpf_prog *prog);
/* perf_event_array: the event at that index, or NULL; valid until the current run ends. */
struct obj *perf_event_array_get(const struct bpf_map *map, u32 index);

static inline struct bpf_map *obj_to_map(struct obj *obj)
{
	return container_of(obj, struct bpf_map, obj);
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/maps/stack_trace.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/maps/array.h"
#include "engine/maps/attr.h"
#include "engine/maps/copy.h"
#include "engine/maps/jhash.h"

/* kernel.perf_event_max_stack */
#define DEPTH_MAX 127

/* A place: its lock, the stack's hash and length (0: none), then the addresses. */
struct place {
	map_lock_t lock;
	u32 hash;
	u32 n;
	u32 unused;
	u64 ips[];
};

struct stack_traces {
	u32 mask; /* places - 1 */
	size_t place_size;
};

static int stack_trace_alloc_check(const union bpf_attr *attr)
{
	u32 known = BPF_F_NUMA_NODE | BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_STACK_BUILD_ID;
	u32 unit = attr->map_flags & BPF_F_STACK_BUILD_ID ? sizeof(struct bpf_stack_build_id) : sizeof(u64);

	if ((attr->map_flags & ~known) || !attr->max_entries || attr->key_size != sizeof(u32) || attr->value_size < 8 ||
	    attr->value_size % 8 || attr->value_size % unit || attr->value_size / unit > DEPTH_MAX)
		return -EINVAL;
	/* Build ids are read from files that the engine does not open. */
	if (attr->map_flags & BPF_F_STACK_BUILD_ID)
		return -EOPNOTSUPP;
	return attr->max_entries > 1U << 31 ? -E2BIG : 0;
}

static int stack_trace_alloc(struct bpf_map *map, const union bpf_attr *attr)
{
	struct stack_traces *s = calloc(1, sizeof(*s));
	u64 places = 1;
	int err;

	if (!s)
		return -ENOMEM;
	while (places < map->max_entries)
		places <<= 1;
	s->mask = (u32)(places - 1);
	s->place_size = sizeof(struct place) + map->value_size;
	err = map_alloc_segment(map, places * s->place_size, false);
	if (err)
		free(s);
	else
		map->priv = s;
	return err;
}

static void stack_trace_free(struct bpf_map *map)
{
	free(map->priv);
	map->priv = NULL;
	map_free_segment(map);
}

static struct place *place_at(const struct bpf_map *map, u32 id)
{
	const struct stack_traces *s = map->priv;

	return id <= s->mask ? (struct place *)((char *)map->mem + id * s->place_size) : NULL;
}

u32 stack_trace_depth(const struct bpf_map *map)
{
	return map->value_size / 8;
}

long stack_trace_put(struct bpf_map *map, const u64 *ips, u32 n, u64 flags)
{
	const struct stack_traces *s = map->priv;
	u32 hash = jhash(ips, n * 8, 0);
	u32 id = hash & s->mask;
	struct place *p = place_at(map, id);
	long ret = id;
	bool same;

	map_lock(&p->lock);
	same = p->n && p->hash == hash && ((flags & BPF_F_FAST_STACK_CMP) || (p->n == n && !memcmp(p->ips, ips, n * 8)));
	if (!same) {
		if (p->n && !(flags & BPF_F_REUSE_STACKID)) {
			ret = -EEXIST;
		} else {
			p->hash = hash;
			p->n = n;
			memcpy(p->ips, ips, n * 8);
		}
	}
	map_unlock(&p->lock);
	return ret;
}

static int read_place(struct bpf_map *map, const void *key, void *value, bool remove)
{
	struct place *p = place_at(map, array_index(key));
	u32 n;

	if (!p)
		return -ENOENT;
	map_lock(&p->lock);
	n = p->n * 8;
	if (n && value) {
		memcpy(value, p->ips, n);
		memset((char *)value + n, 0, map->value_size - n);
	}
	if (remove)
		p->n = 0;
	map_unlock(&p->lock);
	return n ? 0 : -ENOENT;
}

static int stack_trace_user_lookup(struct bpf_map *map, const void *key, void *value, u64 flags)
{
	return read_place(map, key, value, false);
}

static int stack_trace_user_lookup_and_delete(struct bpf_map *map, const void *key, void *value, u64 flags)
{
	return read_place(map, key, value, true);
}

static int stack_trace_delete(struct bpf_map *map, const void *key)
{
	/* An id beyond the places is no element but no id either. */
	return place_at(map, array_index(key)) ? read_place(map, key, NULL, true) : -E2BIG;
}

static int stack_trace_update(struct bpf_map *map, const void *key, const void *value, u64 flags)
{
	return -EINVAL;
}

static int stack_trace_next_key(struct bpf_map *map, const void *key, void *next_key)
{
	const struct stack_traces *s = map->priv;
	u64 id = 0;

	/* From the beginning too when the key is of no stack. */
	if (key && place_at(map, array_index(key)) && __atomic_load_n(&place_at(map, array_index(key))->n, __ATOMIC_RELAXED))
		id = (u64)array_index(key) + 1;
	for (; id <= s->mask; id++) {
		if (__atomic_load_n(&place_at(map, (u32)id)->n, __ATOMIC_RELAXED)) {
			memcpy(next_key, &(u32){(u32)id}, sizeof(u32));
			return 0;
		}
	}
	return -ENOENT;
}

const struct map_ops stack_trace_map_ops = {
	.alloc_check = stack_trace_alloc_check,
	.alloc = stack_trace_alloc,
	.free = stack_trace_free,
	.update = stack_trace_update,
	.delete = stack_trace_delete,
	.next_key = stack_trace_next_key,
	.user_lookup = stack_trace_user_lookup,
	.user_lookup_and_delete = stack_trace_user_lookup_and_delete,
	.no_btf = true,
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Values with special fields: bpf_spin_lock and bpf_timer are skipped by every copy. */
#include "engine/maps/copy.h"

struct gap {
	u32 off;
	u32 len;
};

/* The special fields in ascending order; their number. */
static u32 value_gaps(const struct bpf_map *map, struct gap gaps[2])
{
	u32 n = 0;

	if (map->spin_lock_off >= 0)
		gaps[n++] = (struct gap){(u32)map->spin_lock_off, sizeof(struct bpf_spin_lock)};
	if (map->timer_off >= 0)
		gaps[n++] = (struct gap){(u32)map->timer_off, sizeof(struct bpf_timer)};
	if (n == 2 && gaps[0].off > gaps[1].off) {
		struct gap first = gaps[1];

		gaps[1] = gaps[0];
		gaps[0] = first;
	}
	return n;
}

/* Parts between gaps start at multiples of 4 only, so they are copied as 4-byte words up to the next multiple of 8. */
static void store_part(void *dst, const void *src, u32 off, u32 end)
{
	u32 head = min_of(end - off, (8 - off % 8) % 8);

	if (head) {
		for (u32 i = 0; i < head; i++)
			__atomic_store_n((char *)dst + off + i, ((const char *)src)[off + i], __ATOMIC_RELAXED);
		off += head;
	}
	map_store((char *)dst + off, (const char *)src + off, end - off);
}

static void load_part(void *dst, const void *src, u32 off, u32 end)
{
	u32 head = min_of(end - off, (8 - off % 8) % 8);

	for (u32 i = 0; i < head; i++)
		((char *)dst)[off + i] = __atomic_load_n((const char *)src + off + i, __ATOMIC_RELAXED);
	off += head;
	map_load((char *)dst + off, (const char *)src + off, end - off);
}

void map_value_store(const struct bpf_map *map, void *dst, const void *src)
{
	struct gap gaps[2];
	u32 n, off = 0;

	if (likely(!map_has_special(map))) {
		map_store(dst, src, map->value_size);
		return;
	}
	n = value_gaps(map, gaps);

	for (u32 i = 0; i < n; i++) {
		store_part(dst, src, off, gaps[i].off);
		off = gaps[i].off + gaps[i].len;
	}
	store_part(dst, src, off, map->value_size);
}

void map_value_load(const struct bpf_map *map, void *dst, const void *src)
{
	struct gap gaps[2];
	u32 n, off = 0;

	if (likely(!map_has_special(map))) {
		map_load(dst, src, map->value_size);
		return;
	}
	n = value_gaps(map, gaps);

	for (u32 i = 0; i < n; i++) {
		load_part(dst, src, off, gaps[i].off);
		memset((char *)dst + gaps[i].off, 0, gaps[i].len);
		off = gaps[i].off + gaps[i].len;
	}
	load_part(dst, src, off, map->value_size);
}

void map_value_store_locked(const struct bpf_map *map, void *dst, const void *src)
{
	map_lock_t *lock = map_value_lock(map, dst);

	map_lock(lock);
	map_value_store(map, dst, src);
	map_unlock(lock);
}

void map_value_load_locked(const struct bpf_map *map, void *dst, void *src)
{
	map_lock_t *lock = map_value_lock(map, src);

	map_lock(lock);
	map_value_load(map, dst, src);
	map_unlock(lock);
}

void map_value_init_special(const struct bpf_map *map, void *value)
{
	struct gap gaps[2];
	u32 n;

	if (likely(!map_has_special(map)))
		return;
	n = value_gaps(map, gaps);

	for (u32 i = 0; i < n; i++)
		for (u32 off = gaps[i].off; off < gaps[i].off + gaps[i].len; off += 4)
			__atomic_store_n((u32 *)((char *)value + off), 0, __ATOMIC_RELAXED);
}

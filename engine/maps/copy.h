/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies to and from elements that other threads may read and write meanwhile: whole words, each one untorn. What a program
 * does to a value between two words is the program's to guard (bpf_spin_lock), as in the kernel.
 */
#ifndef SKEP_MAP_COPY_H
#define SKEP_MAP_COPY_H

#include <stdbool.h>
#include <string.h>

#include "engine/maps/lock.h"
#include "engine/maps/map.h"

/* From private memory into an element (dst 8-aligned). */
static inline void map_store(void *dst, const void *src, size_t n)
{
	u64 *d = dst;
	const char *s = src;
	u64 w;

	for (; n >= 8; n -= 8, s += 8, d++) {
		memcpy(&w, s, 8);
		__atomic_store_n(d, w, __ATOMIC_RELAXED);
	}
	if (n >= 4) {
		u32 h;

		memcpy(&h, s, 4);
		__atomic_store_n((u32 *)d, h, __ATOMIC_RELAXED);
		d = (u64 *)((char *)d + 4);
		s += 4;
		n -= 4;
	}
	for (size_t i = 0; i < n; i++)
		__atomic_store_n((char *)d + i, s[i], __ATOMIC_RELAXED);
}

/* From an element (src 8-aligned) into private memory. */
static inline void map_load(void *dst, const void *src, size_t n)
{
	const u64 *s = src;
	char *d = dst;
	u64 w;

	for (; n >= 8; n -= 8, d += 8, s++) {
		w = __atomic_load_n(s, __ATOMIC_RELAXED);
		memcpy(d, &w, 8);
	}
	if (n >= 4) {
		u32 h = __atomic_load_n((const u32 *)s, __ATOMIC_RELAXED);

		memcpy(d, &h, 4);
		s = (const u64 *)((const char *)s + 4);
		d += 4;
		n -= 4;
	}
	for (size_t i = 0; i < n; i++)
		d[i] = __atomic_load_n((const char *)s + i, __ATOMIC_RELAXED);
}

static inline void map_zero(void *dst, size_t n)
{
	u64 *d = dst;

	for (; n >= 8; n -= 8, d++)
		__atomic_store_n(d, 0, __ATOMIC_RELAXED);
	for (size_t i = 0; i < n; i++)
		__atomic_store_n((char *)d + i, 0, __ATOMIC_RELAXED);
}

static inline map_lock_t *map_value_lock(const struct bpf_map *map, void *value)
{
	return (map_lock_t *)((char *)value + map->spin_lock_off);
}

static inline bool map_has_special(const struct bpf_map *map)
{
	return map->spin_lock_off >= 0 || map->timer_off >= 0;
}

/* As map_store and map_load of a whole value; locks and timers in it stay as they are, and are zeros in what is read. */
void map_value_store(const struct bpf_map *map, void *dst, const void *src);
void map_value_load(const struct bpf_map *map, void *dst, const void *src);
/* The same under the value's bpf_spin_lock (BPF_F_LOCK). */
void map_value_store_locked(const struct bpf_map *map, void *dst, const void *src);
void map_value_load_locked(const struct bpf_map *map, void *dst, void *src);
/* Zero the special fields of an element that begins a new life. */
void map_value_init_special(const struct bpf_map *map, void *value);

/* Bytes from one CPU's value to the next in an element of a per-CPU map. */
static inline u32 map_percpu_stride(const struct bpf_map *map)
{
	return (u32)round_up_u64(map->value_size, 8);
}
/* The CPU that the running program holds, or any number below nr_cpus outside programs. */
u32 map_this_cpu(const struct bpf_map *map);

#endif

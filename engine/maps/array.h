/* SPDX-License-Identifier: BSD-2-Clause */
/* What the map types share whose keys are indices. */
#ifndef SKEP_MAP_ARRAY_H
#define SKEP_MAP_ARRAY_H

#include <string.h>

#include "engine/maps/map.h"

int array_attr_check(const union bpf_attr *attr);
int array_next_key(struct bpf_map *map, const void *key, void *next_key);
int array_delete(struct bpf_map *map, const void *key); /* -EINVAL */
/* Flags of an update of a value in place. */
int array_update_check(const struct bpf_map *map, u32 index, u64 flags);

static inline u32 array_index(const void *key)
{
	u32 i;

	memcpy(&i, key, sizeof(i));
	return i;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* One command's access to a map's elements: the reference, the announcement of a write, room for a key and a value. */
#ifndef SKEP_MAP_ACCESS_H
#define SKEP_MAP_ACCESS_H

#include "engine/maps/map.h"

struct caller;

#define MAP_MAY_READ  1U
#define MAP_MAY_WRITE 2U

struct map_access {
	struct caller *caller;
	struct bpf_map *map;
	bool writing;
	void *key; /* NULL: none */
	void *value;
	u32 value_size;
	u8 small_key[64] __attribute__((aligned(8)));
	u8 small_value[256] __attribute__((aligned(8)));
};

/* 0; -EBADF, -EINVAL; -EPERM when the handle or a freeze forbids the mode. */
int map_access_get(struct map_access *access, struct caller *caller, int fd, unsigned int mode);
void map_access_put(struct map_access *access);
/* Room for a key of the map's size, filled from the caller. */
int map_access_key(struct map_access *access, u64 ukey);
/* Room for a value as the command passes it (map_user_value_size). */
int map_access_value(struct map_access *access);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps in maps: the values of array_of_maps and hash_of_maps are references to maps that are all shaped like the one that was
 * named at creation (map->inner_map_meta, which is kept).
 */
#ifndef SKEP_MAP_INNER_H
#define SKEP_MAP_INNER_H

#include "engine/maps/map.h"

/* The map of the caller's descriptor, with a reference, if it has the right shape; NULL and *err. */
struct obj *inner_map_get(struct bpf_map *map, struct caller *caller, int fd, int *err);

#endif

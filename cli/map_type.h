/* SPDX-License-Identifier: BSD-2-Clause */
/* An opened map with its types, as the verbs of `skep map` use it. */
#ifndef SKEP_CLI_MAP_TYPE_H
#define SKEP_CLI_MAP_TYPE_H

#include "cli/objects.h"
#include "common/util/json.h"

struct map {
	struct cli *cli;
	int fd;
	struct bpf_map_info info;
	struct btf *btf; /* NULL: keys and values are bytes */
	bool per_cpu;
	int cpus;
	u32 value_bytes; /* as bpf(2) moves it */
};

/* Open what args select; SKEP_OK, or an exit status after a message. */
int map_open(struct cli *cli, struct args *args, struct map *map);
void map_close(struct map *map);
bool map_type_is_per_cpu(u32 type);
/* Value i of a per-CPU value. */
static inline const u8 *map_cpu_value(const struct map *map, const void *value, int cpu)
{
	return (const u8 *)value + (size_t)cpu * ((map->info.value_size + 7) & ~7U);
}

/* Words of the command line into bytes: "hex" and hex bytes, plain bytes (10, 0x0a), or one typed value ('"text"', 5, '{ .a = 1 }'). */
int map_parse_data(const struct map *map, struct args *args, const char *what, u32 btf_type, u8 *data, u32 size);

/* One element in JSON: with types "formatted" stands beside the bytes, as bpftool has it. */
void map_element_json(const struct map *map, struct json *j, const void *key, const void *value);
/* With types: the typed part alone, {"key":...,"value":...}. */
void map_element_formatted(const struct map *map, struct json *j, const void *key, const void *value);
/* Without types: "key: 01 02  value: 03". */
void map_element_text(const struct map *map, struct strbuf *out, const void *key, const void *value);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/map_type.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/btf/value.h"

bool map_type_is_per_cpu(u32 type)
{
	return type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
	       type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
}

int map_open(struct cli *cli, struct args *args, struct map *map)
{
	int err;

	*map = (struct map){.cli = cli, .fd = object_select(cli, args, OBJECT_MAP)};
	if (map->fd < 0)
		return -map->fd;
	err = object_info(cli->door, map->fd, &map->info, sizeof(map->info));
	if (err) {
		map_close(map);
		return cli_fail(cli, SKEP_FAILED, "map: no information: %s", strerror(-err));
	}
	map->per_cpu = map_type_is_per_cpu(map->info.type);
	map->cpus = map->per_cpu ? skep_nr_possible_cpus() : 1;
	map->value_bytes = map->per_cpu ? (u32)map->cpus * ((map->info.value_size + 7) & ~7U) : map->info.value_size;
	if (map->info.btf_id && (map->info.btf_key_type_id || map->info.btf_value_type_id))
		map->btf = object_btf(cli->door, map->info.btf_id);
	return SKEP_OK;
}

void map_close(struct map *map)
{
	if (map->fd >= 0)
		close(map->fd);
	btf_free(map->btf);
}

/* ---- from words to bytes ---- */

static bool parse_byte(const char *word, bool hex, u8 *byte)
{
	unsigned long v;
	char *end;

	if (!*word)
		return false;
	errno = 0;
	v = strtoul(word, &end, hex ? 16 : 0);
	if (*end || errno || v > 255)
		return false;
	*byte = (u8)v;
	return true;
}

/* How many words in a row are bytes. */
static u32 count_bytes(const struct args *args, bool hex)
{
	u32 n = 0;
	u8 byte;

	while (n < (u32)args->argc && parse_byte(args->argv[n], hex, &byte))
		n++;
	return n;
}

static int parse_bytes(const struct map *map, struct args *args, const char *what, bool hex, u8 *data, u32 size)
{
	for (u32 i = 0; i < size; i++) {
		const char *word = args_take(args);

		if (!word)
			return cli_fail(map->cli, SKEP_USAGE, "map %s: %s has %u bytes, %u were given", map->info.name, what, size, i);
		if (!parse_byte(word, hex, &data[i]))
			return cli_fail(map->cli, SKEP_USAGE, "map %s: %s: '%s' is not a byte", map->info.name, what, word);
	}
	return SKEP_OK;
}

/* One word that is no row of as many bytes as are wanted: a value as its type has it. */
static bool is_typed(const struct map *map, const struct args *args, u32 btf_type, u32 size)
{
	return map->btf && btf_type && args->argc && (size == 1 || count_bytes(args, false) < size);
}

int map_parse_data(const struct map *map, struct args *args, const char *what, u32 btf_type, u8 *data, u32 size)
{
	struct strbuf why = STRBUF_INIT;
	int status = SKEP_OK;
	const char *word = args_peek(args);

	if (!word)
		return cli_fail(map->cli, SKEP_USAGE, "map %s: %s is missing", map->info.name, what);
	if (is_prefix(word, "hex") && count_bytes(args, true) < size) {
		args_take(args);
		return parse_bytes(map, args, what, true, data, size);
	}
	if (!is_typed(map, args, btf_type, size))
		return parse_bytes(map, args, what, false, data, size);
	args_take(args);
	memset(data, 0, size);
	if (btf_value_parse(map->btf, btf_type, word, data, size, &why))
		status = cli_fail(map->cli, SKEP_USAGE, "map %s: %s: %s", map->info.name, what, strbuf_str(&why));
	strbuf_free(&why);
	return status;
}

/* ---- from bytes to text ---- */

static void json_bytes(struct json *j, const u8 *data, u32 size)
{
	json_begin(j, '[');
	for (u32 i = 0; i < size; i++) {
		static const char digits[] = "0123456789abcdef";
		const char text[] = {'0', 'x', digits[data[i] >> 4], digits[data[i] & 15], '\0'};

		json_str(j, text);
	}
	json_end(j, ']');
}

static void typed(const struct map *map, struct json *j, u32 type, const void *data, u32 size)
{
	if (type)
		btf_value_json(map->btf, type, data, size, map->cli->json ? BTF_VALUE_JSON : BTF_VALUE_PLAIN, j);
	else
		json_bytes(j, data, size);
}

void map_element_formatted(const struct map *map, struct json *j, const void *key, const void *value)
{
	json_begin(j, '{');
	if (map->info.btf_key_type_id) {
		json_key(j, "key");
		typed(map, j, map->info.btf_key_type_id, key, map->info.key_size);
	}
	if (!map->per_cpu) {
		json_key(j, "value");
		typed(map, j, map->info.btf_value_type_id, value, map->info.value_size);
	} else {
		json_key_begin(j, "values", '[');
		for (int cpu = 0; cpu < map->cpus; cpu++) {
			json_begin(j, '{');
			json_key_int(j, "cpu", cpu);
			json_key(j, "value");
			typed(map, j, map->info.btf_value_type_id, map_cpu_value(map, value, cpu), map->info.value_size);
			json_end(j, '}');
		}
		json_end(j, ']');
	}
	json_end(j, '}');
}

void map_element_json(const struct map *map, struct json *j, const void *key, const void *value)
{
	json_begin(j, '{');
	json_key(j, "key");
	json_bytes(j, key, map->info.key_size);
	if (!map->per_cpu) {
		json_key(j, "value");
		json_bytes(j, value, map->info.value_size);
	} else {
		json_key_begin(j, "values", '[');
		for (int cpu = 0; cpu < map->cpus; cpu++) {
			json_begin(j, '{');
			json_key_int(j, "cpu", cpu);
			json_key(j, "value");
			json_bytes(j, map_cpu_value(map, value, cpu), map->info.value_size);
			json_end(j, '}');
		}
		json_end(j, ']');
	}
	if (map->btf) {
		json_key(j, "formatted");
		map_element_formatted(map, j, key, value);
	}
	json_end(j, '}');
}

static void add_bytes(struct strbuf *out, const u8 *data, u32 size)
{
	for (u32 i = 0; i < size; i++)
		strbuf_addf(out, "%s%02x", i ? " " : "", data[i]);
}

void map_element_text(const struct map *map, struct strbuf *out, const void *key, const void *value)
{
	bool one_line = map->info.key_size + map->info.value_size <= 24 && !map->per_cpu;
	const char *sep = one_line ? " " : "\n";

	strbuf_addf(out, "key:%s", sep);
	add_bytes(out, key, map->info.key_size);
	strbuf_adds(out, one_line ? "  " : "\n");
	for (int cpu = 0; cpu < map->cpus; cpu++) {
		if (map->per_cpu)
			strbuf_addf(out, "value (CPU %02d):%s", cpu, sep);
		else
			strbuf_addf(out, "value:%s", sep);
		add_bytes(out, map->per_cpu ? map_cpu_value(map, value, cpu) : value, map->info.value_size);
		strbuf_addc(out, '\n');
	}
}

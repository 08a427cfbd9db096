/* SPDX-License-Identifier: BSD-2-Clause */
/* skep map: the engine's maps and what is in them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/listing.h"
#include "cli/map_type.h"
#include "cli/mount.h"

#define MAP "{ id N | name X | pinned PATH }"

/* ---- show ---- */

/* memlock and frozen stand only in the descriptor's /proc entry. */
static void read_fdinfo(int fd, u64 *memlock, u32 *frozen)
{
	char path[48], line[128];
	FILE *f;

	*memlock = *frozen = 0;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		sscanf(line, "memlock: %" SCNu64, (uint64_t *)memlock);
		sscanf(line, "frozen: %u", frozen);
	}
	fclose(f);
}

static int show(struct cli *cli, int fd, void *listing)
{
	struct listing *l = listing;
	struct bpf_map_info info;
	u32 frozen;
	u64 memlock;
	int err;

	memset(&info, 0, sizeof(info));
	err = object_info(cli->door, fd, &info, sizeof(info));
	if (err)
		return cli_fail(cli, SKEP_FAILED, "map: no information: %s", strerror(-err));
	read_fdinfo(fd, &memlock, &frozen);
	if (l->j) {
		json_begin(l->j, '{');
		json_key_uint(l->j, "id", info.id);
		json_key_str(l->j, "type", map_type_name(info.type));
		if (*info.name)
			json_key_str(l->j, "name", info.name);
		json_key_uint(l->j, "flags", info.map_flags);
		json_key_uint(l->j, "bytes_key", info.key_size);
		json_key_uint(l->j, "bytes_value", info.value_size);
		json_key_uint(l->j, "max_entries", info.max_entries);
		if (memlock)
			json_key_uint(l->j, "bytes_memlock", memlock);
		json_key_uint(l->j, "frozen", frozen);
		if (info.btf_id)
			json_key_uint(l->j, "btf_id", info.btf_id);
		json_end(l->j, '}');
		return SKEP_OK;
	}
	strbuf_addf(&l->out, "%u: %s  ", info.id, map_type_name(info.type));
	if (*info.name)
		strbuf_addf(&l->out, "name %s  ", info.name);
	strbuf_addf(&l->out, "flags 0x%x\n\tkey %uB  value %uB  max_entries %u", info.map_flags, info.key_size, info.value_size,
		    info.max_entries);
	if (memlock)
		strbuf_addf(&l->out, "  memlock %lluB", memlock);
	if (info.btf_id || frozen)
		strbuf_adds(&l->out, "\n\t");
	if (info.btf_id)
		strbuf_addf(&l->out, "btf_id %u", info.btf_id);
	if (frozen)
		strbuf_addf(&l->out, "%sfrozen", info.btf_id ? "  " : "");
	strbuf_addc(&l->out, '\n');
	return SKEP_OK;
}

static int do_show(struct cli *cli, struct args *args)
{
	return listing_run(cli, args, OBJECT_MAP, show);
}

/* ---- elements ---- */

static int element(const struct map *map, enum bpf_cmd cmd, const void *key, void *value, u64 flags)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (u32)map->fd;
	attr.key = ptr_to_u64(key);
	attr.value = ptr_to_u64(value);
	attr.flags = flags;
	return skep_bpf(map->cli->door, cmd, &attr, offsetof(union bpf_attr, flags) + sizeof(attr.flags));
}

struct element_buf {
	u8 *key, *value;
};

static bool alloc_element(const struct map *map, struct element_buf *e)
{
	e->key = calloc(1, map->info.key_size + 1);
	e->value = calloc(1, map->value_bytes + 1);
	return e->key && e->value;
}

static void free_element(struct element_buf *e)
{
	free(e->key);
	free(e->value);
}

struct dump {
	struct map map;
	struct strbuf out;
	struct json json;
	u64 count;
};

static int dump_element(void *ctx, const void *key, const void *value)
{
	struct dump *d = ctx;

	d->count++;
	if (d->map.cli->json)
		map_element_json(&d->map, &d->json, key, value);
	else if (d->map.btf)
		map_element_formatted(&d->map, &d->json, key, value);
	else
		map_element_text(&d->map, &d->out, key, value);
	if (d->out.len > 1 << 16) {
		fwrite(d->out.s, 1, d->out.len, stdout);
		strbuf_reset(&d->out);
	}
	return 0;
}

/* With types, plain output is pretty JSON too: people read it, and scripts have always parsed it. */
static int do_dump(struct cli *cli, struct args *args)
{
	struct dump d = {0};
	bool json;
	int status = map_open(cli, args, &d.map), n;

	if (status)
		return status;
	json = cli->json || d.map.btf;
	d.json = (struct json){.out = &d.out, .pretty = cli->pretty || !cli->json};
	if (json)
		json_begin(&d.json, '[');
	n = skep_map_fd_for_each(cli->door, d.map.fd, dump_element, &d);
	if (json)
		json_end(&d.json, ']');
	else
		strbuf_addf(&d.out, "Found %llu element%s", d.count, d.count == 1 ? "" : "s");
	if (n >= 0)
		puts(strbuf_str(&d.out));
	else
		status = cli_fail(cli, SKEP_FAILED, "map %s: cannot be dumped: %s", d.map.info.name, strerror(-n));
	strbuf_free(&d.out);
	map_close(&d.map);
	return status;
}

static int parse_update_flags(struct cli *cli, struct args *args, u64 *flags)
{
	*flags = BPF_ANY;
	if (!args->argc)
		return SKEP_OK;
	if (args_is(args, "any"))
		*flags = BPF_ANY;
	else if (args_is(args, "noexist"))
		*flags = BPF_NOEXIST;
	else if (args_is(args, "exist"))
		*flags = BPF_EXIST;
	else
		return cli_fail(cli, SKEP_USAGE, "map update: flags are any, exist or noexist, not '%s'", args->argv[0]);
	return args->argc ? cli_fail(cli, SKEP_USAGE, "map update: unexpected '%s'", args->argv[0]) : SKEP_OK;
}

/* `key DATA`, where the map has keys at all. */
static int take_key(const struct map *map, struct args *args, u8 *key)
{
	if (!map->info.key_size)
		return SKEP_OK;
	if (!args_is(args, "key"))
		return cli_fail(map->cli, SKEP_USAGE, "map %s: expected key DATA, not '%s'", map->info.name, args->argc ? args->argv[0] : "nothing");
	return map_parse_data(map, args, "key", map->info.btf_key_type_id, key, map->info.key_size);
}

/* A value that is an object: prog arrays and maps of maps take a program or map by its selector. */
static int take_object(const struct map *map, struct args *args, enum object_class class, u8 *value)
{
	int fd = object_select(map->cli, args, class);

	if (fd < 0)
		return -fd;
	memcpy(value, &fd, sizeof(fd)); /* the caller closes it after the update: see do_update */
	return SKEP_OK;
}

static bool takes_object(u32 type, enum object_class *class)
{
	*class = type == BPF_MAP_TYPE_PROG_ARRAY ? OBJECT_PROG : OBJECT_MAP;
	return type == BPF_MAP_TYPE_PROG_ARRAY || type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

/* `value DATA`; a per-CPU map is given one value, for all CPUs. */
static int take_value(const struct map *map, struct args *args, u8 *value)
{
	enum object_class class;
	int status;

	if (!args_is(args, "value"))
		return cli_fail(map->cli, SKEP_USAGE, "map %s: expected value DATA, not '%s'", map->info.name, args->argc ? args->argv[0] : "nothing");
	if (takes_object(map->info.type, &class))
		return take_object(map, args, class, value);
	status = map_parse_data(map, args, "value", map->info.btf_value_type_id, value, map->info.value_size);
	for (int cpu = 1; !status && map->per_cpu && cpu < map->cpus; cpu++)
		memcpy((u8 *)map_cpu_value(map, value, cpu), value, map->info.value_size);
	return status;
}

static int do_update(struct cli *cli, struct args *args)
{
	struct element_buf e = {0};
	enum object_class class;
	struct map map;
	u64 flags;
	int status = map_open(cli, args, &map), err;

	if (status)
		return status;
	if (!alloc_element(&map, &e))
		status = cli_fail(cli, SKEP_FAILED, "out of memory");
	if (!status)
		status = take_key(&map, args, e.key);
	if (!status)
		status = take_value(&map, args, e.value);
	if (!status) {
		status = parse_update_flags(cli, args, &flags);
		err = status ? 0 : element(&map, BPF_MAP_UPDATE_ELEM, e.key, e.value, flags);
		if (err)
			status = cli_fail(cli, SKEP_FAILED, "map %s: update failed: %s", map.info.name, strerror(-err));
		if (takes_object(map.info.type, &class))
			close(*(int *)e.value);
	}
	free_element(&e);
	map_close(&map);
	return status;
}

static void print_element(const struct map *map, const struct element_buf *e)
{
	struct strbuf out = STRBUF_INIT;
	struct json j = {.out = &out, .pretty = map->cli->pretty || !map->cli->json};

	if (map->cli->json)
		map_element_json(map, &j, e->key, e->value);
	else if (map->btf)
		map_element_formatted(map, &j, e->key, e->value);
	else
		map_element_text(map, &out, e->key, e->value);
	fputs(strbuf_str(&out), stdout);
	if (!out.len || out.s[out.len - 1] != '\n')
		putchar('\n');
	strbuf_free(&out);
}

/* lookup, getnext, delete, pop, peek ...: one element, found by key or not. */
static int one_element(struct cli *cli, struct args *args, enum bpf_cmd cmd, const char *what, bool key, bool print)
{
	struct element_buf e = {0};
	struct map map;
	int status = map_open(cli, args, &map), err;

	if (status)
		return status;
	if (!alloc_element(&map, &e))
		status = cli_fail(cli, SKEP_FAILED, "out of memory");
	if (!status && key)
		status = take_key(&map, args, e.key);
	if (!status && args->argc)
		status = cli_fail(cli, SKEP_USAGE, "map %s: unexpected '%s'", what, args->argv[0]);
	if (!status) {
		err = element(&map, cmd, e.key, cmd == BPF_MAP_DELETE_ELEM ? NULL : e.value, 0);
		if (err)
			status = cli_fail(cli, SKEP_FAILED, "map %s: %s: %s", map.info.name, what,
					  err == -ENOENT ? "no such element" : strerror(-err));
		else if (print)
			print_element(&map, &e);
	}
	free_element(&e);
	map_close(&map);
	return status;
}

static int do_lookup(struct cli *cli, struct args *args)
{
	return one_element(cli, args, BPF_MAP_LOOKUP_ELEM, "lookup", true, true);
}

static int do_delete(struct cli *cli, struct args *args)
{
	return one_element(cli, args, BPF_MAP_DELETE_ELEM, "delete", true, false);
}

static int do_peek(struct cli *cli, struct args *args)
{
	return one_element(cli, args, BPF_MAP_LOOKUP_ELEM, "peek", false, true);
}

static int do_pop(struct cli *cli, struct args *args)
{
	return one_element(cli, args, BPF_MAP_LOOKUP_AND_DELETE_ELEM, "pop", false, true);
}

static void print_next(const struct map *map, const u8 *key, const u8 *next)
{
	struct strbuf out = STRBUF_INIT;

	for (u32 i = 0; i < map->info.key_size; i++)
		strbuf_addf(&out, "%s%02x", i ? " " : "", next[i]);
	if (map->cli->json)
		printf("{\"next_key\":\"%s\"}\n", strbuf_str(&out));
	else
		printf("%s\n", strbuf_str(&out));
	strbuf_free(&out);
}

static int do_getnext(struct cli *cli, struct args *args)
{
	struct element_buf e = {0};
	struct map map;
	bool first = false;
	int status = map_open(cli, args, &map), err;
	u8 *next = NULL;

	if (status)
		return status;
	next = calloc(1, map.info.key_size + 1);
	if (!next || !alloc_element(&map, &e))
		status = cli_fail(cli, SKEP_FAILED, "out of memory");
	first = !args->argc;
	if (!status && !first)
		status = take_key(&map, args, e.key);
	if (!status) {
		err = element(&map, BPF_MAP_GET_NEXT_KEY, first ? NULL : e.key, next, 0);
		if (err)
			status = cli_fail(cli, SKEP_FAILED, "map %s: getnext: %s", map.info.name,
					  err == -ENOENT ? "no further key" : strerror(-err));
		else
			print_next(&map, e.key, next);
	}
	free(next);
	free_element(&e);
	map_close(&map);
	return status;
}

static int do_push(struct cli *cli, struct args *args)
{
	struct element_buf e = {0};
	struct map map;
	int status = map_open(cli, args, &map), err;

	if (status)
		return status;
	if (!alloc_element(&map, &e))
		status = cli_fail(cli, SKEP_FAILED, "out of memory");
	if (!status)
		status = take_value(&map, args, e.value);
	if (!status) {
		err = element(&map, BPF_MAP_UPDATE_ELEM, e.key, e.value, 0);
		if (err)
			status = cli_fail(cli, SKEP_FAILED, "map %s: push: %s", map.info.name, strerror(-err));
	}
	free_element(&e);
	map_close(&map);
	return status;
}

static int do_freeze(struct cli *cli, struct args *args)
{
	union bpf_attr attr;
	int fd = object_select(cli, args, OBJECT_MAP), err;

	if (fd < 0)
		return -fd;
	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (u32)fd;
	err = skep_bpf(cli->door, BPF_MAP_FREEZE, &attr, offsetof(union bpf_attr, map_fd) + sizeof(attr.map_fd));
	close(fd);
	return err ? cli_fail(cli, SKEP_FAILED, "map: cannot be frozen: %s", strerror(-err)) : SKEP_OK;
}

static int do_pin(struct cli *cli, struct args *args)
{
	union bpf_attr attr;
	int fd = object_select(cli, args, OBJECT_MAP), err;
	const char *path = args_take(args);

	if (fd < 0)
		return -fd;
	if (!path) {
		close(fd);
		return cli_fail(cli, SKEP_USAGE, "map pin: a path is missing");
	}
	memset(&attr, 0, sizeof(attr));
	cli_mount_bpffs(cli, path);
	attr.pathname = ptr_to_u64(path);
	attr.bpf_fd = (u32)fd;
	err = skep_bpf(cli->door, BPF_OBJ_PIN, &attr, offsetof(union bpf_attr, path_fd));
	close(fd);
	return err ? cli_fail(cli, SKEP_FAILED, "map pin: %s: %s", path, strerror(-err)) : SKEP_OK;
}

static const struct verb verbs[] = {
	{"show", do_show, "[" MAP "]"},
	{"list", do_show, "[" MAP "]"},
	{"dump", do_dump, MAP},
	{"update", do_update, MAP " key DATA value DATA [any | exist | noexist]"},
	{"lookup", do_lookup, MAP " key DATA"},
	{"getnext", do_getnext, MAP " [key DATA]"},
	{"delete", do_delete, MAP " key DATA"},
	{"pin", do_pin, MAP " PATH"},
	{"push", do_push, MAP " value DATA"},
	{"pop", do_pop, MAP},
	{"peek", do_peek, MAP},
	{"enqueue", do_push, MAP " value DATA"},
	{"dequeue", do_pop, MAP},
	{"freeze", do_freeze, MAP},
	{0},
};
const struct noun noun_map = {"map", verbs, "maps: list, dump, look up, update"};

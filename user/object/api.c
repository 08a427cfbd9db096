/* SPDX-License-Identifier: BSD-2-Clause */
/* What callers ask of objects, programs and maps, and may set before loading. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/object/object.h"
#include "user/object/sections.h"

const char *skep_object_name(const struct skep_object *obj)
{
	return obj->name;
}

const char *skep_object_license(const struct skep_object *obj)
{
	return obj->license;
}

const struct btf *skep_object_btf(const struct skep_object *obj)
{
	return obj->btf;
}

int skep_object_btf_fd(const struct skep_object *obj)
{
	return obj->btf_fd >= 0 ? obj->btf_fd : -ENOENT;
}

struct skep_program *skep_object_next_program(const struct skep_object *obj, const struct skep_program *prev)
{
	size_t next = prev ? (size_t)(prev - obj->progs) + 1 : 0;

	return next < obj->nr_progs ? &obj->progs[next] : NULL;
}

struct skep_program *skep_object_find_program(const struct skep_object *obj, const char *name)
{
	for (u32 i = 0; i < obj->nr_progs; i++)
		if (!strcmp(obj->progs[i].name, name))
			return &obj->progs[i];
	return NULL;
}

const char *skep_program_name(const struct skep_program *prog)
{
	return prog->name;
}

const char *skep_program_section(const struct skep_program *prog)
{
	return prog->section;
}

uint32_t skep_program_type(const struct skep_program *prog)
{
	return prog->type;
}

uint32_t skep_program_attach_type(const struct skep_program *prog)
{
	return prog->attach_type;
}

int skep_program_fd(const struct skep_program *prog)
{
	return prog->fd >= 0 ? prog->fd : -ENOENT;
}

const char *skep_program_log(const struct skep_program *prog)
{
	return prog->log ? prog->log : "";
}

void skep_program_set_type(struct skep_program *prog, uint32_t type)
{
	prog->type = type;
}

void skep_program_set_attach_type(struct skep_program *prog, uint32_t attach_type)
{
	prog->attach_type = attach_type;
}

void skep_program_set_flags(struct skep_program *prog, uint32_t flags)
{
	prog->flags = flags;
}

uint32_t skep_program_flags(const struct skep_program *prog)
{
	return prog->flags;
}

void skep_program_set_autoload(struct skep_program *prog, bool autoload)
{
	prog->autoload = autoload;
}

bool skep_program_autoload(const struct skep_program *prog)
{
	return prog->autoload;
}

bool skep_program_autoattach(const struct skep_program *prog)
{
	return prog->autoload && prog->autoattach;
}

int skep_program_set_attach_target(struct skep_program *prog, const char *name)
{
	char *copy = strdup(name);

	if (!copy)
		return -ENOMEM;
	free(prog->target);
	prog->target = copy;
	return 0;
}

const struct bpf_insn *skep_program_insns(const struct skep_program *prog, size_t *count)
{
	const struct func *f = &prog->obj->funcs[prog->func];

	*count = prog->insns ? prog->nr_insns : f->nr_insns;
	return prog->insns ? prog->insns : f->insns;
}

/* The function that an instruction of the (linked) program belongs to, and its place there. */
static const struct func *part_of(const struct skep_program *prog, size_t insn, u32 *local)
{
	const struct skep_object *obj = prog->obj;
	u32 func = prog->func, start = 0;

	for (u32 i = 0; i < prog->nr_parts; i++)
		if (prog->parts[i].start <= insn) {
			func = prog->parts[i].func;
			start = prog->parts[i].start;
		}
	*local = (u32)(insn - start);
	return *local < obj->funcs[func].nr_insns ? &obj->funcs[func] : NULL;
}

int skep_program_source_line(const struct skep_program *prog, size_t insn, struct skep_source_line *line)
{
	const struct skep_object *obj = prog->obj;
	const struct bpf_line_info *best = NULL;
	const struct func *f;
	const char *file, *text;
	u32 local;

	f = part_of(prog, insn, &local);
	if (!f)
		return -ENOENT;
	best = object_line_info(obj, f, local);
	if (!best)
		return -ENOENT;
	file = btf_str(obj->btf, best->file_name_off);
	text = btf_str(obj->btf, best->line_off);
	line->function = f->name;
	line->file = file ? file : "";
	line->text = text ? text : "";
	line->line = BPF_LINE_INFO_LINE_NUM(best->line_col);
	line->column = BPF_LINE_INFO_LINE_COL(best->line_col);
	return 0;
}

struct skep_map *skep_object_next_map(const struct skep_object *obj, const struct skep_map *prev)
{
	size_t next = prev ? (size_t)(prev - obj->maps) + 1 : 0;

	return next < obj->nr_maps ? &obj->maps[next] : NULL;
}

struct skep_map *skep_object_find_map(const struct skep_object *obj, const char *name)
{
	for (u32 i = 0; i < obj->nr_maps; i++)
		if (!strcmp(obj->maps[i].name, name))
			return &obj->maps[i];
	return NULL;
}

const char *skep_map_name(const struct skep_map *map)
{
	return map->name;
}

uint32_t skep_map_type(const struct skep_map *map)
{
	return map->spec.type;
}

uint32_t skep_map_key_size(const struct skep_map *map)
{
	return map->spec.key_size;
}

uint32_t skep_map_value_size(const struct skep_map *map)
{
	return map->spec.value_size;
}

uint32_t skep_map_max_entries(const struct skep_map *map)
{
	return map->spec.max_entries;
}

uint32_t skep_map_flags(const struct skep_map *map)
{
	return map->spec.flags;
}

uint32_t skep_map_btf_key_type(const struct skep_map *map)
{
	return map->spec.btf_key_type_id;
}

uint32_t skep_map_btf_value_type(const struct skep_map *map)
{
	return map->spec.btf_value_type_id;
}

bool skep_map_is_internal(const struct skep_map *map)
{
	return map->origin >= MAP_DATA;
}

int skep_map_fd(const struct skep_map *map)
{
	return map->fd >= 0 ? map->fd : -ENOENT;
}

void *skep_map_initial_value(struct skep_map *map, size_t *len)
{
	*len = map->data_len;
	return map->mmapped ? map->mmapped : map->data;
}

static int before_loading(const struct skep_map *map)
{
	return map->fd >= 0 ? -EBUSY : 0;
}

int skep_map_set_max_entries(struct skep_map *map, uint32_t max_entries)
{
	int ret = before_loading(map);

	if (!ret)
		map->spec.max_entries = max_entries;
	return ret;
}

int skep_map_set_type(struct skep_map *map, uint32_t type)
{
	int ret = before_loading(map);

	if (!ret)
		map->spec.type = type;
	return ret;
}

int skep_map_set_value_size(struct skep_map *map, uint32_t value_size)
{
	int ret = before_loading(map);
	void *data;

	if (ret)
		return ret;
	if (map->data && value_size != map->data_len) {
		/* A data section may grow (its last array does); it keeps what it starts with. */
		data = calloc(1, value_size ? value_size : 1);
		if (!data)
			return -ENOMEM;
		memcpy(data, map->data, min_of(map->data_len, (size_t)value_size));
		free(map->data);
		map->data = data;
		map->data_len = value_size;
	}
	map->spec.value_size = value_size;
	map->spec.btf_value_type_id = 0;
	map->spec.btf_key_type_id = 0;
	return 0;
}

int skep_map_set_pin_path(struct skep_map *map, const char *path)
{
	char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	free(map->pin_path);
	map->pin_path = copy;
	return 0;
}

int skep_map_reuse_fd(struct skep_map *map, int fd)
{
	int ret = before_loading(map), copy;

	if (ret)
		return ret;
	copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (copy < 0)
		return -errno;
	map->fd = copy;
	map->reused = true;
	return 0;
}

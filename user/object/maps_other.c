/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps that no type defines: the legacy `maps` sections (struct bpf_map_def of libbpf before 1.0 and of the kernel's samples, struct
 * bpf_elf_map of iproute2), and the data sections, each of which becomes an array of one element.
 */
#include <errno.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

#include "user/object/object.h"

struct skep_map *object_add_map(struct skep_object *obj, const char *name, enum map_origin origin)
{
	struct skep_map *map = ARRAY_ADD(obj->maps, obj->nr_maps);

	if (!map)
		return NULL;
	map->obj = obj;
	map->origin = origin;
	map->fd = -1;
	map->inner_map = -1;
	map->name = strdup(name);
	map->sys_name = strdup(name);
	return map->name && map->sys_name ? map : NULL;
}

/* Both layouts begin alike; iproute2's goes on with what the later members say. */
struct legacy_def {
	u32 type, key_size, value_size, max_entries, flags;
	u32 id, pinning, inner_id, inner_idx;
};
#define LEGACY_MIN offsetof(struct legacy_def, flags)
#define LEGACY_LIBBPF offsetof(struct legacy_def, id)
#define LEGACY_IPROUTE_OLD offsetof(struct legacy_def, inner_id)
#define IPROUTE_PIN_OBJECT 1
#define IPROUTE_PIN_GLOBAL 2

static bool is_legacy_section(const struct elf_section *s)
{
	size_t n = strlen(s->name);

	return s->type == SHT_PROGBITS && !(s->flags & SHF_EXECINSTR) && s->data &&
	       (!strcmp(s->name, "maps") || (n > 5 && !strcmp(s->name + n - 5, "/maps")));
}

/* BPF_ANNOTATE_KV_PAIR leaves the types of key and value in a struct ____btf_map_NAME. */
static void annotate_types(struct skep_object *obj, struct skep_map *map)
{
	const struct btf_member *m;
	const struct btf_type *t;
	char name[256];
	s32 id;

	if (!obj->btf || (size_t)snprintf(name, sizeof(name), "____btf_map_%s", map->name) >= sizeof(name))
		return;
	id = btf_find(obj->btf, name, BTF_KIND_STRUCT);
	t = id < 0 ? NULL : btf_type(obj->btf, (u32)id);
	if (!t || btf_vlen(t) != 2)
		return;
	m = btf_members(t);
	if (btf_size(obj->btf, m[0].type) != map->spec.key_size || btf_size(obj->btf, m[1].type) != map->spec.value_size)
		return;
	map->spec.btf_key_type_id = m[0].type;
	map->spec.btf_value_type_id = m[1].type;
}

static int add_legacy_map(struct skep_object *obj, u32 section, const struct elf_symbol *sym, u64 size, struct skep_error *err)
{
	const struct elf_section *s = &obj->elf.sections[section];
	const u8 *at = s->data + sym->value;
	struct legacy_def def = {};
	struct skep_map *map;

	if (size < LEGACY_MIN)
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: map %s: %llu bytes of section %s are too few for a definition", obj->name, sym->name,
				 (unsigned long long)size, s->name);
	memcpy(&def, at, min_of(size, (u64)sizeof(def)));
	if (size != sizeof(def) && size != LEGACY_IPROUTE_OLD)
		for (u64 i = LEGACY_LIBBPF; i < size; i++)
			if (at[i])
				return error_set(err, SKEP_BAD_OBJECT, -ENOTSUP, "%s: map %s: its definition has members that nobody knows (byte %llu of %llu): "
						 "define it in .maps", obj->name, sym->name, (unsigned long long)i, (unsigned long long)size);
	map = object_add_map(obj, sym->name, MAP_LEGACY);
	if (!map)
		return error_nomem(err);
	map->section = section;
	map->section_off = sym->value;
	map->spec = (struct map_spec){
		.type = def.type, .key_size = def.key_size, .value_size = def.value_size, .max_entries = def.max_entries, .flags = def.flags};
	if (size == sizeof(def) || size == LEGACY_IPROUTE_OLD) {
		map->legacy_id = def.id;
		map->pin_by_name = def.pinning == IPROUTE_PIN_OBJECT || def.pinning == IPROUTE_PIN_GLOBAL;
	}
	annotate_types(obj, map);
	return 0;
}

/* A definition reaches up to the next symbol. */
static u64 legacy_size(const struct skep_object *obj, const struct elf_symbol *sym)
{
	u64 end = obj->elf.sections[sym->shndx].size;

	for (u32 i = 1; i < obj->elf.nr_symbols; i++) {
		const struct elf_symbol *other = &obj->elf.symbols[i];

		if (other->shndx == sym->shndx && other->type != STT_SECTION && other->value > sym->value && other->value < end)
			end = other->value;
	}
	return end - sym->value;
}

int object_find_legacy_maps(struct skep_object *obj, struct skep_error *err)
{
	int ret = 0;

	for (u32 i = 1; i < obj->elf.nr_symbols && !ret; i++) {
		const struct elf_symbol *sym = &obj->elf.symbols[i];

		if (sym->shndx == SHN_UNDEF || sym->shndx >= obj->elf.nr_sections || sym->type == STT_SECTION || !*sym->name)
			continue;
		if (!is_legacy_section(&obj->elf.sections[sym->shndx]))
			continue;
		if (sym->value >= obj->elf.sections[sym->shndx].size)
			return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: map %s: lies outside of section %s: compile it again", obj->name, sym->name,
					 obj->elf.sections[sym->shndx].name);
		ret = add_legacy_map(obj, sym->shndx, sym, legacy_size(obj, sym), err);
	}
	return ret;
}

static bool is_section_of(const char *name, const char *kind)
{
	size_t n = strlen(kind);

	return !strncmp(name, kind, n) && (!name[n] || name[n] == '.');
}

static int data_origin(const struct elf_section *s)
{
	if ((s->type != SHT_PROGBITS && s->type != SHT_NOBITS) || s->flags & SHF_EXECINSTR)
		return -1;
	return is_section_of(s->name, ".rodata") ? MAP_RODATA : is_section_of(s->name, ".data") ? MAP_DATA : is_section_of(s->name, ".bss") ? MAP_BSS : -1;
}

/* The engine sees "hello.rodata": part of the object's name, for sections of the usual names; ".data.mine" stays as it is. */
static int name_data_map(struct skep_object *obj, struct skep_map *map)
{
	char name[BPF_OBJ_NAME_LEN];
	const char *s = map->name;
	bool usual = !strcmp(s, ".data") || !strcmp(s, ".bss") || !strcmp(s, ".rodata") || !strcmp(s, ".kconfig");
	int stem = usual ? (int)min_of(strlen(obj->stem), sizeof(name) - 1 - strlen(s)) : 0;

	snprintf(name, sizeof(name), "%.*s%s", min_of(stem, 8), obj->stem, s);
	free(map->sys_name);
	map->sys_name = strdup(name);
	return map->sys_name ? 0 : -ENOMEM;
}

static int add_data_map(struct skep_object *obj, const char *name, enum map_origin origin, u64 size, const void *contents, struct skep_error *err)
{
	struct skep_map *map;
	u32 datasec = 0;

	/* The kernel's own limit on values; .bss of a broken object may claim anything. */
	if (size > INT32_MAX)
		return error_set(err, SKEP_BAD_OBJECT, -E2BIG, "%s: section %s: %llu bytes are more than a map's value can have", obj->name, name,
				 (unsigned long long)size);
	map = object_add_map(obj, name, origin);
	if (!map || name_data_map(obj, map))
		return error_nomem(err);
	map->data = calloc(1, size);
	if (!map->data)
		return error_nomem(err);
	map->data_len = size;
	if (contents)
		memcpy(map->data, contents, size);
	if (object_datasec(obj, name, &datasec))
		map->spec.btf_value_type_id = datasec;
	map->spec.type = BPF_MAP_TYPE_ARRAY;
	map->spec.key_size = sizeof(u32);
	map->spec.value_size = (u32)size;
	map->spec.max_entries = 1;
	map->spec.flags = BPF_F_MMAPABLE | (origin == MAP_RODATA || origin == MAP_KCONFIG ? BPF_F_RDONLY_PROG : 0);
	return 0;
}

int object_find_data_maps(struct skep_object *obj, struct skep_error *err)
{
	u64 kconfig = 0;
	int ret = 0;

	for (u32 i = 1; i < obj->elf.nr_sections && !ret; i++) {
		const struct elf_section *s = &obj->elf.sections[i];
		int origin = data_origin(s);

		if (origin < 0 || !s->size)
			continue;
		ret = add_data_map(obj, s->name, (enum map_origin)origin, s->size, s->data, err);
		if (!ret)
			obj->maps[obj->nr_maps - 1].section = i;
	}
	for (u32 i = 0; i < obj->nr_externs; i++)
		if (obj->externs[i].kind == EXTERN_KCONFIG)
			kconfig = max_of(kconfig, (u64)obj->externs[i].off + obj->externs[i].size);
	if (ret || !kconfig)
		return ret;
	obj->kconfig_map = (s32)obj->nr_maps;
	return add_data_map(obj, ".kconfig", MAP_KCONFIG, kconfig, NULL, err);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps that are defined by their types: variables of section .maps, whose struct's members are the attributes. An attribute's
 * number is the length of the array that the member points to (__uint), or the value of an anonymous enum (__ulong); a type is
 * what the member points to (__type); `values` is an array of pointers (__array).
 * Source: Documentation/bpf/btf.rst, "BTF-defined maps" in Documentation/bpf/libbpf and the macros of bpf_helpers.h as documented there.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/object/object.h"

#define PIN_NONE 0
#define PIN_BY_NAME 1

struct attr_ctx {
	struct skep_object *obj;
	struct skep_map *map;
	const char *name; /* of the map in messages: "counts", "outer.values" */
	struct map_spec *spec;
	bool inner;
	const struct btf_member *member;
	struct skep_error *err;
};

static const char *attr_name(const struct attr_ctx *c)
{
	return btf_str(c->obj->btf, c->member->name_off);
}

__attribute__((format(printf, 2, 3))) static int bad_attr(const struct attr_ctx *c, const char *fmt, ...)
{
	struct strbuf why = STRBUF_INIT;
	va_list ap;
	int ret;

	va_start(ap, fmt);
	strbuf_vaddf(&why, fmt, ap);
	va_end(ap);
	ret = error_set(c->err, SKEP_BAD_OBJECT, -EINVAL, "%s: map %s: attribute %s: %s", c->obj->name, c->name, attr_name(c), strbuf_str(&why));
	strbuf_free(&why);
	return ret;
}

/* A number, in either of its forms. */
static int attr_number(const struct attr_ctx *c, u64 *out)
{
	const struct btf *btf = c->obj->btf;
	const struct btf_type *t = btf_resolve(btf, c->member->type, NULL);

	if (t && btf_kind(t) == BTF_KIND_PTR) {
		t = btf_resolve(btf, t->type, NULL);
		if (t && btf_kind(t) == BTF_KIND_ARRAY) {
			*out = btf_array(t)->nelems;
			return 0;
		}
	} else if (t && btf_kind(t) == BTF_KIND_ENUM && btf_vlen(t) == 1) {
		*out = (u32)btf_enums(t)->val;
		return 0;
	} else if (t && btf_kind(t) == BTF_KIND_ENUM64 && btf_vlen(t) == 1) {
		*out = (u64)btf_enums64(t)->val_hi32 << 32 | btf_enums64(t)->val_lo32;
		return 0;
	}
	return bad_attr(c, "not a number: write it with __uint(%s, N)", attr_name(c));
}

static int attr_u32(const struct attr_ctx *c, u32 *out)
{
	u64 n;
	int ret = attr_number(c, &n);

	if (!ret && n > UINT32_MAX)
		ret = bad_attr(c, "%llu does not fit in 32 bits", (unsigned long long)n);
	if (!ret)
		*out = (u32)n;
	return ret;
}

/* key_size and value_size, alone or beside a type that must agree with them. */
static int set_size(const struct attr_ctx *c, u32 *size, u64 n)
{
	if (n > INT32_MAX)
		return bad_attr(c, "%llu bytes are too many", (unsigned long long)n);
	if (*size && *size != n)
		return bad_attr(c, "%u bytes by its size, %llu by its type: drop one of the two", *size, (unsigned long long)n);
	*size = (u32)n;
	return 0;
}

static int attr_size(const struct attr_ctx *c, u32 *size)
{
	u64 n;
	int ret = attr_number(c, &n);

	return ret ? ret : set_size(c, size, n);
}

static int attr_type(const struct attr_ctx *c, u32 *size, u32 *type_id)
{
	const struct btf_type *t = btf_resolve(c->obj->btf, c->member->type, NULL);
	s64 n;

	if (!t || btf_kind(t) != BTF_KIND_PTR)
		return bad_attr(c, "not a type: write it with __type(%s, T)", attr_name(c));
	n = btf_size(c->obj->btf, t->type);
	if (n < 0)
		return bad_attr(c, "its type has no size");
	*type_id = t->type;
	return set_size(c, size, (u64)n);
}

static int read_attrs(struct attr_ctx *c, const struct btf_type *def);

/* The model of the inner maps of a map in map, or the programs of a program array. */
static int attr_values(struct attr_ctx *c)
{
	const struct btf *btf = c->obj->btf;
	const struct btf_type *t = btf_resolve(btf, c->member->type, NULL);
	char name[128];

	if (c->inner)
		return bad_attr(c, "an inner map has no values of its own");
	if (!t || btf_kind(t) != BTF_KIND_ARRAY)
		return bad_attr(c, "not an array: write it with __array(values, T)");
	t = btf_resolve(btf, btf_array(t)->type, NULL);
	if (!t || btf_kind(t) != BTF_KIND_PTR)
		return bad_attr(c, "not an array of pointers: write it with __array(values, T)");
	t = btf_resolve(btf, t->type, NULL);
	if (t && btf_kind(t) == BTF_KIND_FUNC_PROTO)
		return 0;
	if (!t || btf_kind(t) != BTF_KIND_STRUCT)
		return bad_attr(c, "neither maps nor functions");
	snprintf(name, sizeof(name), "%s.values", c->name);
	c->map->has_inner = true;
	return read_attrs(&(struct attr_ctx){.obj = c->obj, .map = c->map, .name = name, .spec = &c->map->inner, .inner = true, .err = c->err}, t);
}

static int attr_pinning(struct attr_ctx *c)
{
	u32 how;
	int ret = attr_u32(c, &how);

	if (!ret && how != PIN_NONE && how != PIN_BY_NAME)
		ret = bad_attr(c, "%u is neither LIBBPF_PIN_NONE nor LIBBPF_PIN_BY_NAME", how);
	if (!ret)
		c->map->pin_by_name = how == PIN_BY_NAME;
	return ret;
}

static int attr_flags(struct attr_ctx *c)
{
	u32 flags;
	int ret = attr_u32(c, &flags);

	if (!ret)
		c->spec->flags |= flags;
	return ret;
}

static int attr_numa_node(struct attr_ctx *c)
{
	c->spec->flags |= BPF_F_NUMA_NODE;
	return attr_u32(c, &c->spec->numa_node);
}

static int attr_map_type(struct attr_ctx *c)
{
	return attr_u32(c, &c->spec->type);
}

static int attr_max_entries(struct attr_ctx *c)
{
	return attr_u32(c, &c->spec->max_entries);
}

static int attr_key_size(struct attr_ctx *c)
{
	return attr_size(c, &c->spec->key_size);
}

static int attr_value_size(struct attr_ctx *c)
{
	return attr_size(c, &c->spec->value_size);
}

static int attr_key(struct attr_ctx *c)
{
	return attr_type(c, &c->spec->key_size, &c->spec->btf_key_type_id);
}

static int attr_value(struct attr_ctx *c)
{
	return attr_type(c, &c->spec->value_size, &c->spec->btf_value_type_id);
}

static int attr_map_extra(struct attr_ctx *c)
{
	return attr_number(c, &c->spec->map_extra);
}

static const struct {
	const char *name;
	int (*read)(struct attr_ctx *c);
} attrs[] = {
	{"type", attr_map_type},     {"max_entries", attr_max_entries}, {"key", attr_key},
	{"value", attr_value},       {"key_size", attr_key_size},       {"value_size", attr_value_size},
	{"map_flags", attr_flags},   {"pinning", attr_pinning},         {"numa_node", attr_numa_node},
	{"values", attr_values},     {"map_extra", attr_map_extra},
};

static int read_attrs(struct attr_ctx *c, const struct btf_type *def)
{
	for (u32 i = 0; i < btf_vlen(def); i++) {
		size_t a = 0;
		int ret;

		c->member = &btf_members(def)[i];
		while (a < ARRAY_SIZE(attrs) && strcmp(attrs[a].name, attr_name(c)))
			a++;
		ret = a < ARRAY_SIZE(attrs) ? attrs[a].read(c) : bad_attr(c, "not known: the attributes of maps are type, max_entries, key, value, key_size, "
									     "value_size, map_flags, pinning, numa_node, map_extra, values");
		if (ret)
			return ret;
	}
	return 0;
}

static bool is_map_in_map(u32 type)
{
	return type == BPF_MAP_TYPE_ARRAY_OF_MAPS || type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

static int finish_map(struct skep_object *obj, struct skep_map *map, struct skep_error *err)
{
	struct map_spec *s = &map->spec;

	if (!s->type)
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: map %s: no type: write __uint(type, BPF_MAP_TYPE_...)", obj->name, map->name);
	/* What lies in these is a descriptor. */
	if (is_map_in_map(s->type) || s->type == BPF_MAP_TYPE_PROG_ARRAY) {
		if (!s->key_size)
			s->key_size = sizeof(u32);
		if (!s->value_size)
			s->value_size = sizeof(u32);
	}
	return 0;
}

static const struct elf_symbol *var_symbol(const struct skep_object *obj, u32 section, const char *name)
{
	for (u32 i = 1; i < obj->elf.nr_symbols; i++)
		if (obj->elf.symbols[i].shndx == section && obj->elf.symbols[i].type != STT_SECTION && !strcmp(obj->elf.symbols[i].name, name))
			return &obj->elf.symbols[i];
	return NULL;
}

static int add_btf_map(struct skep_object *obj, u32 section, const struct btf_var_secinfo *info, struct skep_error *err)
{
	const struct btf_type *var = btf_type(obj->btf, info->type), *def;
	const char *name = btf_name(obj->btf, info->type);
	const struct elf_symbol *sym;
	struct skep_map *map;
	struct attr_ctx c;
	int ret;

	if (!var || btf_kind(var) != BTF_KIND_VAR)
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: section .maps: holds a type that is not of a variable: compile it again", obj->name);
	def = btf_resolve(obj->btf, var->type, NULL);
	if (!def || btf_kind(def) != BTF_KIND_STRUCT)
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: map %s: its definition is not a struct", obj->name, name);
	sym = var_symbol(obj, section, name);
	if (!sym)
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: map %s: in the types but not among the symbols: compile it again", obj->name, name);
	map = object_add_map(obj, name, MAP_BTF);
	if (!map)
		return error_nomem(err);
	map->section = section;
	map->section_off = sym->value;
	map->btf_def_id = var->type;
	c = (struct attr_ctx){.obj = obj, .map = map, .name = name, .spec = &map->spec, .err = err};
	ret = read_attrs(&c, def);
	return ret ? ret : finish_map(obj, map, err);
}

int object_find_btf_maps(struct skep_object *obj, struct skep_error *err)
{
	u32 section = elf_file_section(&obj->elf, ".maps");
	const struct btf_type *sec;
	int ret = 0;

	if (!section)
		return 0;
	sec = object_datasec(obj, ".maps", NULL);
	if (!sec)
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: section .maps: no types say what is in it: compile it with -g", obj->name);
	for (u32 i = 0; i < btf_vlen(sec) && !ret; i++)
		ret = add_btf_map(obj, section, &btf_secinfos(sec)[i], err);
	return ret;
}

/* Which element a relocation of section .maps fills in: the map whose `values` lie there. */
static int add_slot(struct skep_object *obj, struct skep_map *map, u64 offset, const struct elf_symbol *sym, struct skep_error *err)
{
	const struct btf *btf = obj->btf;
	const struct btf_type *def = map->btf_def_id ? btf_resolve(btf, map->btf_def_id, NULL) : NULL;
	const struct btf_member *last;
	struct map_slot *slot;
	u64 first;

	if (!def || btf_kind(def) != BTF_KIND_STRUCT || !btf_vlen(def))
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: map %s: no types say what is in it: compile it with -g", obj->name, map->name);
	last = &btf_members(def)[btf_vlen(def) - 1];
	first = map->section_off + btf_member_bit_offset(def, btf_vlen(def) - 1) / 8;
	if (strcmp(btf_str(btf, last->name_off), "values") || offset < first || (offset - first) % 8 || (offset - first) / 8 >= map->spec.max_entries)
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: map %s: initialised outside of its values (byte %llu): only `.values = {[0] = ...}` of "
				 "max_entries elements can be", obj->name, map->name, (unsigned long long)(offset - map->section_off));
	slot = ARRAY_ADD(map->slots, map->nr_slots);
	if (!slot)
		return error_nomem(err);
	slot->index = (u32)((offset - first) / 8);
	for (u32 i = 0; i < obj->nr_maps; i++)
		if (obj->maps[i].section == sym->shndx && obj->maps[i].section_off == sym->value && obj->maps[i].origin == MAP_BTF) {
			slot->target = i;
			return 0;
		}
	slot->is_func = true;
	slot->target = (u32)object_func_at(obj, sym->shndx, sym->value / sizeof(struct bpf_insn));
	if ((s32)slot->target < 0)
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: map %s: element %u is set to %s, which is neither a map nor a program", obj->name,
				 map->name, slot->index, sym->name);
	/* It runs when it is jumped to, not on an event of its own. */
	for (u32 i = 0; i < obj->nr_progs; i++)
		if (obj->progs[i].func == slot->target)
			obj->progs[i].autoattach = false;
	return 0;
}

int object_find_map_slots(struct skep_object *obj, struct skep_error *err)
{
	u32 section = elf_file_section(&obj->elf, ".maps");
	struct elf_relo relo;
	int ret = 0;

	for (u32 i = 1; i < obj->elf.nr_sections && section; i++) {
		const struct elf_section *s = &obj->elf.sections[i];

		if (!elf_section_is_relo(s) || s->info != section)
			continue;
		for (u32 r = 0; r < elf_section_relos(s) && !ret; r++) {
			struct skep_map *map = NULL;

			elf_file_relo(&obj->elf, s, r, &relo);
			for (u32 m = 0; m < obj->nr_maps; m++) {
				struct skep_map *candidate = &obj->maps[m];

				if (candidate->section == section && candidate->section_off <= relo.offset &&
				    (!map || candidate->section_off > map->section_off))
					map = candidate;
			}
			if (!map)
				return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: section .maps: relocation %u is of no map: compile it again",
						 obj->name, r);
			ret = add_slot(obj, map, relo.offset, &obj->elf.symbols[relo.sym], err);
		}
	}
	return ret;
}

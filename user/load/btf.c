/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The object's types as an engine takes them. The compiler leaves sizes and offsets of sections to the linker, so they are
 * filled in from the ELF file; declarations of what lies outside (extern) mean nothing to an engine and become pointers to void, which
 * keeps the ids of all other types.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/load/load.h"

static const struct elf_symbol *find_var(const struct skep_object *obj, u32 section, const char *name)
{
	for (u32 i = 1; i < obj->elf.nr_symbols; i++) {
		const struct elf_symbol *sym = &obj->elf.symbols[i];

		if (sym->shndx == section && sym->type != STT_SECTION && !strcmp(sym->name, name))
			return sym;
	}
	return NULL;
}

static const struct extern_sym *find_kconfig(const struct skep_object *obj, u32 var_id)
{
	for (u32 i = 0; i < obj->nr_externs; i++)
		if (obj->externs[i].kind == EXTERN_KCONFIG && obj->externs[i].btf_id == var_id)
			return &obj->externs[i];
	return NULL;
}

static bool var_offset(const struct skep_object *obj, u32 section, u32 var_id, u32 *off)
{
	const struct btf_type *t = btf_type(obj->btf, var_id);
	const struct extern_sym *e = find_kconfig(obj, var_id);
	const struct elf_symbol *sym;

	if (!t || btf_kind(t) != BTF_KIND_VAR)
		return false;
	if (e) {
		*off = e->off;
		return true;
	}
	sym = section ? find_var(obj, section, btf_name(obj->btf, var_id)) : NULL;
	if (!sym || sym->value > UINT32_MAX)
		return false;
	*off = (u32)sym->value;
	return true;
}

static int compare_offsets(const void *a, const void *b)
{
	const struct btf_var_secinfo *x = a, *y = b;

	return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* A DATASEC with its size and the offsets of its variables; false when it has none that an engine could use. */
static bool fill_datasec(const struct skep_object *obj, u32 id, struct btf_type *t)
{
	struct btf_var_secinfo *vars = (struct btf_var_secinfo *)(t + 1);
	const char *name = btf_name(obj->btf, id);
	u32 section = elf_file_section(&obj->elf, name);
	u64 size = section ? obj->elf.sections[section].size : 0;

	if (!strcmp(name, ".kconfig") && obj->kconfig_map >= 0)
		size = obj->maps[obj->kconfig_map].data_len;
	if (!size || size > UINT32_MAX || !btf_vlen(t))
		return false;
	for (u32 i = 0; i < btf_vlen(t); i++)
		if (!var_offset(obj, section, vars[i].type, &vars[i].offset))
			return false;
	qsort(vars, btf_vlen(t), sizeof(*vars), compare_offsets);
	t->size = (u32)size;
	return true;
}

/* A function that no other object sees is verified with its callers, whatever the compiler called it. */
static bool is_hidden(const struct skep_object *obj, u32 func_id)
{
	for (u32 i = 0; i < obj->nr_funcs; i++)
		if (obj->funcs[i].btf_id == func_id)
			return !obj->funcs[i].global;
	return false;
}

static bool keeps(const struct skep_object *obj, u32 id, struct btf_type *t)
{
	u32 *linkage;

	switch (btf_kind(t)) {
	case BTF_KIND_DATASEC:
		return fill_datasec(obj, id, t);
	case BTF_KIND_VAR:
		linkage = (u32 *)(t + 1);
		if (*linkage != BTF_VAR_GLOBAL_EXTERN)
			return true;
		*linkage = BTF_VAR_GLOBAL_ALLOCATED;
		return find_kconfig(obj, id);
	case BTF_KIND_FUNC:
		if (btf_vlen(t) == BTF_FUNC_GLOBAL && is_hidden(obj, id))
			t->info &= ~0xffffU; /* BTF_FUNC_STATIC */
		return btf_vlen(t) <= BTF_FUNC_GLOBAL;
	default:
		return true;
	}
}

static u32 record_size(const struct btf *btf, u32 id, const char *end)
{
	const struct btf_type *next = btf_type(btf, id + 1);

	return (u32)((next ? (const char *)next : end) - (const char *)btf_type(btf, id));
}

/* Tags of what was taken out go with it. */
static bool tags_nothing(const struct skep_object *obj, const struct btf_type *t, const bool *kept)
{
	return btf_kind(t) == BTF_KIND_DECL_TAG && t->type < btf_count(obj->btf) && t->type && !kept[t->type];
}

static void write_types(const struct skep_object *obj, bool *kept, struct strbuf *out, const char *end)
{
	const struct btf_type nothing = {.info = BTF_KIND_PTR << 24};
	u32 nr = btf_count(obj->btf);

	for (u32 pass = 0; pass < 2; pass++) {
		size_t start = sizeof(struct btf_header);

		strbuf_truncate(out, start);
		for (u32 id = 1; id < nr && !out->oom; id++) {
			size_t at = out->len;
			struct btf_type *copy;

			strbuf_add(out, btf_type(obj->btf, id), record_size(obj->btf, id, end));
			copy = (struct btf_type *)(out->s + at);
			if (out->oom)
				return;
			/* Tags may come before what they tag, so what stays is known after the first pass. */
			kept[id] = keeps(obj, id, copy) && !(pass && tags_nothing(obj, copy, kept));
			if (kept[id])
				continue;
			strbuf_truncate(out, at);
			strbuf_add(out, &nothing, sizeof(nothing));
		}
	}
}

void *btf_for_engine(const struct skep_object *obj, u32 *len)
{
	_cleanup_free_ bool *kept = calloc(btf_count(obj->btf), sizeof(*kept));
	struct strbuf out = STRBUF_INIT;
	const struct btf_header *from;
	struct btf_header to;
	size_t raw_len;
	const char *raw = btf_raw(obj->btf, &raw_len);

	from = (const struct btf_header *)raw;
	if (!kept)
		return NULL;
	strbuf_addn(&out, '\0', sizeof(to));
	write_types(obj, kept, &out, raw + from->hdr_len + from->type_off + from->type_len);
	to = (struct btf_header){
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(to),
		.type_len = (u32)(out.len - sizeof(to)),
		.str_off = (u32)(out.len - sizeof(to)),
		.str_len = from->str_len,
	};
	strbuf_add(&out, raw + from->hdr_len + from->str_off, from->str_len);
	if (out.oom) {
		strbuf_free(&out);
		return NULL;
	}
	memcpy(out.s, &to, sizeof(to));
	*len = (u32)out.len;
	return strbuf_detach(&out);
}

int load_btf(struct load *l)
{
	struct skep_object *obj = l->obj;
	_cleanup_free_ void *data = NULL;
	_cleanup_free_ void *older = NULL;
	_cleanup_free_ char *log = NULL;
	u32 len, log_size = 1 << 16;
	int fd, older_fd = -1;

	if (!obj->btf || btf_count(obj->btf) <= 1)
		return 0;
	data = btf_for_engine(obj, &len);
	if (!data)
		return error_nomem(l->err);
	fd = sys_btf_load(l->door, data, len, NULL, 0, 0);
	if (fd == -EINVAL) {
		older = malloc(len);
		if (older && btf_for_older_engine(memcpy(older, data, len), len))
			older_fd = sys_btf_load(l->door, older, len, NULL, 0, 0);
		fd = older_fd >= 0 ? older_fd : fd;
	}
	if (fd < 0) {
		/* Programs run without their types too, if they need none of what types promise. */
		log = calloc(1, log_size);
		if (log && sys_btf_load(l->door, data, len, log, log_size - 1, 1) == -EINVAL)
			load_note(l, "%s: the engine refuses the object's types (%s), going on without: %s", obj->name, error_str(fd), log);
		else
			load_note(l, "%s: the engine refuses the object's types (%s), going on without", obj->name, error_str(fd));
		return 0;
	}
	obj->btf_fd = fd;
	return 0;
}

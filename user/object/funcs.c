/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of an object, from the symbols of its code sections, and which of them are programs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/object/object.h"
#include "user/object/sections.h"

static bool has_typed_functions(const struct skep_object *obj, u32 section)
{
	for (u32 i = 1; i < obj->elf.nr_symbols; i++)
		if (obj->elf.symbols[i].shndx == section && obj->elf.symbols[i].type == STT_FUNC)
			return true;
	return false;
}

/* Old compilers leave functions without a type; there, labels of basic blocks look the same but for their names. Elsewhere symbols
 * without a type are labels of inline assembly. */
static bool is_function(const struct elf_symbol *sym, bool typed)
{
	if (typed || sym->type != STT_NOTYPE)
		return sym->type == STT_FUNC;
	return *sym->name && (sym->bind != STB_LOCAL || (strncmp(sym->name, "LBB", 3) && sym->name[0] != '.'));
}

static int compare_funcs(const void *a, const void *b)
{
	const struct func *x = a, *y = b;

	if (x->section != y->section)
		return x->section < y->section ? -1 : 1;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return y->global - x->global;
}

static int add_func(struct skep_object *obj, u32 section, u64 offset, const char *name, bool global, struct skep_error *err)
{
	struct func *f = ARRAY_ADD(obj->funcs, obj->nr_funcs);

	if (!f)
		return error_nomem(err);
	f->name = name;
	f->section = section;
	f->start = (u32)(offset / sizeof(struct bpf_insn));
	f->global = global;
	return 0;
}

static int check_code_section(struct skep_object *obj, const struct elf_section *s, struct skep_error *err)
{
	if (!s->data || s->size % sizeof(struct bpf_insn))
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: section %s: %llu bytes of code, instructions have 8: compile it again",
				 obj->name, s->name, (unsigned long long)s->size);
	if (s->size / sizeof(struct bpf_insn) > INT32_MAX)
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: section %s: too large", obj->name, s->name);
	return 0;
}

static int section_to_funcs(struct skep_object *obj, u32 section, struct skep_error *err)
{
	const struct elf_section *s = &obj->elf.sections[section];
	bool typed = has_typed_functions(obj, section);

	for (u32 i = 1; i < obj->elf.nr_symbols; i++) {
		const struct elf_symbol *sym = &obj->elf.symbols[i];
		int ret;

		if (sym->shndx != section || !is_function(sym, typed))
			continue;
		if (sym->value % sizeof(struct bpf_insn) || sym->value >= s->size || sym->size > s->size - sym->value)
			return error_set(err, SKEP_BAD_OBJECT, -EINVAL,
					 "%s: section %s: function %s lies outside of it or between instructions: compile it again", obj->name,
					 s->name, sym->name);
		ret = add_func(obj, section, sym->value, sym->name,
			       sym->bind != STB_LOCAL && sym->visibility != STV_HIDDEN && sym->visibility != STV_INTERNAL, err);
		if (ret)
			return ret;
	}
	return 0;
}

/* Order them, drop second names for one place, and let each reach up to the next. */
static void order_funcs(struct skep_object *obj)
{
	u32 n = 0;

	if (!obj->nr_funcs)
		return;
	qsort(obj->funcs, obj->nr_funcs, sizeof(*obj->funcs), compare_funcs);
	for (u32 i = 1; i < obj->nr_funcs; i++) {
		struct func *last = &obj->funcs[n], *f = &obj->funcs[i];

		if (f->section != last->section || f->start != last->start)
			obj->funcs[++n] = *f;
	}
	obj->nr_funcs = n + 1;
	for (u32 i = 0; i < obj->nr_funcs; i++) {
		struct func *f = &obj->funcs[i];
		const struct elf_section *s = &obj->elf.sections[f->section];
		u32 end = (u32)(s->size / sizeof(struct bpf_insn));

		if (i + 1 < obj->nr_funcs && obj->funcs[i + 1].section == f->section)
			end = obj->funcs[i + 1].start;
		f->nr_insns = end - f->start;
		f->insns = (const struct bpf_insn *)s->data + f->start;
	}
}

/* Which FUNC of the BTF each function is. */
static void link_func_info(struct skep_object *obj)
{
	struct btf_ext_rec rec;

	for (u32 i = 0; obj->ext && btf_ext_section(obj->ext, BTF_EXT_FUNC_INFO, i, &rec); i++) {
		u32 section = elf_file_section(&obj->elf, rec.section);

		for (u32 r = 0; r < rec.count; r++) {
			const struct bpf_func_info *fi = (const void *)((const char *)rec.data + (size_t)r * rec.rec_size);
			const struct btf_type *t = btf_type(obj->btf, fi->type_id);
			s32 f = object_func_at(obj, section, fi->insn_off / sizeof(struct bpf_insn));

			if (f >= 0 && t && btf_kind(t) == BTF_KIND_FUNC)
				obj->funcs[f].btf_id = fi->type_id;
		}
	}
}

int object_find_funcs(struct skep_object *obj, struct skep_error *err)
{
	int ret = 0;

	for (u32 i = 1; i < obj->elf.nr_sections && !ret; i++) {
		if (!elf_section_is_code(&obj->elf.sections[i]))
			continue;
		ret = check_code_section(obj, &obj->elf.sections[i], err);
		if (!ret)
			ret = section_to_funcs(obj, i, err);
	}
	if (ret)
		return ret;
	order_funcs(obj);
	/* Code before the first symbol, or in a section without symbols, is a function named as its section. */
	for (u32 i = 1; i < obj->elf.nr_sections && !ret; i++)
		if (elf_section_is_code(&obj->elf.sections[i]) && object_func_at(obj, i, 0) < 0)
			ret = add_func(obj, i, 0, obj->elf.sections[i].name, false, err);
	if (ret)
		return ret;
	order_funcs(obj);
	link_func_info(obj);
	return 0;
}

s32 object_func_containing(const struct skep_object *obj, u32 section, u64 insn)
{
	u32 lo = 0, hi = obj->nr_funcs;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;
		const struct func *f = &obj->funcs[mid];

		if (f->section < section || (f->section == section && f->start <= insn))
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || obj->funcs[lo - 1].section != section || insn - obj->funcs[lo - 1].start >= obj->funcs[lo - 1].nr_insns)
		return -1;
	return (s32)lo - 1;
}

s32 object_func_at(const struct skep_object *obj, u32 section, u64 insn)
{
	s32 f = object_func_containing(obj, section, insn);

	return f >= 0 && obj->funcs[f].start == insn ? f : -1;
}

static int add_program(struct skep_object *obj, u32 func, struct skep_error *err)
{
	struct skep_program *p = ARRAY_ADD(obj->progs, obj->nr_progs);
	const char *section;

	if (!p)
		return error_nomem(err);
	section = obj->elf.sections[obj->funcs[func].section].name;
	obj->funcs[func].entry = true;
	p->autoload = section[0] != '?';
	p->obj = obj;
	p->func = func;
	p->fd = p->target_fd = -1;
	p->name = obj->funcs[func].name;
	p->section = section + !p->autoload;
	p->def = sec_def_find(p->section);
	if (p->def) {
		p->autoattach = sec_def_attaches(p->def, p->section);
		p->type = p->def->type;
		p->attach_type = p->def->attach_type;
		p->flags = (p->def->flags & SEC_SLEEPABLE ? BPF_F_SLEEPABLE : 0) | (p->def->flags & SEC_FRAGS ? BPF_F_XDP_HAS_FRAGS : 0);
	}
	return 0;
}

static bool in_text(const struct skep_object *obj, u32 func)
{
	return !strcmp(obj->elf.sections[obj->funcs[func].section].name, ".text");
}

int object_find_programs(struct skep_object *obj, struct skep_error *err)
{
	int ret = 0;

	for (u32 i = 0; i < obj->nr_funcs && !ret; i++)
		if (!in_text(obj, i) && (obj->funcs[i].global || !obj->funcs[i].called)) /* a static one that is called is a subprogram */
			ret = add_program(obj, i, err);
	/* An object that has only .text: its functions can be loaded by whoever says as what. */
	for (u32 i = 0, n = obj->nr_progs; !n && i < obj->nr_funcs && !ret; i++) {
		if (!obj->funcs[i].global || obj->funcs[i].called)
			continue;
		ret = add_program(obj, i, err);
		if (!ret)
			obj->progs[obj->nr_progs - 1].autoload = false;
	}
	return ret;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Relocations of code: which map, data, function or extern each refers to; and those of CO-RE, handed to their functions. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/object/object.h"

const struct bpf_line_info *object_line_info(const struct skep_object *obj, const struct func *f, u32 insn)
{
	const struct bpf_line_info *best = NULL;
	struct btf_ext_rec rec;

	for (u32 i = 0; obj->ext && btf_ext_section(obj->ext, BTF_EXT_LINE_INFO, i, &rec); i++) {
		if (elf_file_section(&obj->elf, rec.section) != f->section)
			continue;
		for (u32 r = 0; r < rec.count; r++) {
			const struct bpf_line_info *li = (const void *)((const char *)rec.data + (size_t)r * rec.rec_size);
			u32 at = li->insn_off / sizeof(struct bpf_insn);

			if (at >= f->start && at <= f->start + insn && (!best || li->insn_off >= best->insn_off))
				best = li;
		}
	}
	return best;
}

void object_add_place(const struct skep_object *obj, const struct func *f, u32 insn, struct strbuf *out)
{
	const struct bpf_line_info *li = object_line_info(obj, f, insn);
	const char *file = li ? btf_str(obj->btf, li->file_name_off) : NULL;

	if (file && *file)
		strbuf_addf(out, "%s:%u: ", strrchr(file, '/') ? strrchr(file, '/') + 1 : file, BPF_LINE_INFO_LINE_NUM(li->line_col));
}

static int bad_reloc(const struct skep_object *obj, const struct func *f, u32 insn, const char *what, const char *name, struct skep_error *err)
{
	struct strbuf place = STRBUF_INIT;
	int ret;

	object_add_place(obj, f, insn, &place);
	ret = error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: %s%s%s (function %s, insn %u)", obj->name, strbuf_str(&place), name, what, f->name, insn);
	strbuf_free(&place);
	return ret;
}

static s32 find_extern(const struct skep_object *obj, const char *name)
{
	for (u32 i = 0; i < obj->nr_externs; i++)
		if (!strcmp(obj->externs[i].name, name))
			return (s32)i;
	return -1;
}

static int call_reloc(struct skep_object *obj, const struct func *f, struct reloc *out, const struct elf_relo *relo, const struct elf_symbol *sym,
		      struct skep_error *err)
{
	const struct bpf_insn *insn = &f->insns[out->insn];
	s64 target;

	if (sym->shndx == SHN_UNDEF) {
		s32 e = find_extern(obj, sym->name);

		if (e < 0 || obj->externs[e].kind != EXTERN_KSYM_FUNC)
			return bad_reloc(obj, f, out->insn, ": called but not defined: link the object that defines it, or mark it __ksym", sym->name, err);
		out->kind = RELOC_EXTERN_CALL;
		out->target = (u32)e;
		return 0;
	}
	/* The immediate counts instructions from the next one; in a relocated call, from the symbol. */
	target = relo->explicit_addend ? relo->addend / 8 : (s64)insn->imm + 1;
	target += (s64)(sym->value / sizeof(struct bpf_insn));
	out->kind = RELOC_CALL;
	out->target = (u32)object_func_at(obj, sym->shndx, (u64)target);
	if ((s32)out->target < 0)
		return bad_reloc(obj, f, out->insn, ": the call's target is not a function of this object: compile it again", sym->name, err);
	obj->funcs[out->target].called = true;
	return 0;
}

static int imm64_reloc(struct skep_object *obj, const struct func *f, struct reloc *out, const struct elf_relo *relo, const struct elf_symbol *sym,
		       struct skep_error *err)
{
	s64 off = (s64)sym->value + (relo->explicit_addend ? relo->addend : f->insns[out->insn].imm);
	s32 e;

	if (sym->shndx == SHN_UNDEF) {
		e = find_extern(obj, sym->name);
		if (e < 0)
			return bad_reloc(obj, f, out->insn, ": used but not defined: link the object that defines it, or mark it __kconfig or __ksym", sym->name, err);
		out->kind = RELOC_EXTERN;
		out->target = (u32)e;
		return 0;
	}
	for (u32 i = 0; i < obj->nr_maps; i++) {
		const struct skep_map *m = &obj->maps[i];

		if (m->section != sym->shndx || m->origin == MAP_KCONFIG)
			continue;
		if (m->origin <= MAP_LEGACY && m->section_off != (u64)off)
			continue;
		out->kind = m->origin <= MAP_LEGACY ? RELOC_MAP : RELOC_MAP_VALUE;
		out->target = i;
		out->off = off;
		if (out->kind == RELOC_MAP_VALUE && (off < 0 || off > INT32_MAX))
			return bad_reloc(obj, f, out->insn, ": an address outside of its section: compile it again", sym->name, err);
		return 0;
	}
	if (elf_section_is_code(&obj->elf.sections[sym->shndx])) {
		out->kind = RELOC_FUNC;
		out->target = (u32)object_func_at(obj, sym->shndx, (u64)off / sizeof(struct bpf_insn));
		if ((s32)out->target < 0)
			return bad_reloc(obj, f, out->insn, ": its address is taken, but it is not a function", sym->name, err);
		obj->funcs[out->target].called = true;
		return 0;
	}
	return bad_reloc(obj, f, out->insn, ": refers to a section that holds neither maps nor data nor code", sym->name, err);
}

static bool is_imm64(const struct bpf_insn *insn)
{
	return insn->code == (BPF_LD | BPF_IMM | BPF_DW);
}

static bool is_call(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL);
}

static int add_reloc(struct skep_object *obj, u32 section, const struct elf_relo *relo, struct skep_error *err)
{
	const struct elf_symbol *sym = &obj->elf.symbols[relo->sym];
	const struct elf_section *sec = &obj->elf.sections[section];
	s32 at = object_func_containing(obj, section, relo->offset / sizeof(struct bpf_insn));
	struct reloc *r;
	struct func *f;
	u32 insn;

	if (relo->offset % sizeof(struct bpf_insn) || at < 0)
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: section %s: relocation of byte %llu, where no instruction starts: compile it again",
				 obj->name, sec->name, (unsigned long long)relo->offset);
	f = &obj->funcs[at];
	insn = (u32)(relo->offset / sizeof(struct bpf_insn)) - f->start;
	if (sym->shndx >= obj->elf.nr_sections && sym->shndx != SHN_UNDEF)
		return bad_reloc(obj, f, insn, ": in no section (a common symbol?): compile it with -fno-common", sym->name, err);
	r = ARRAY_ADD(f->relocs, f->nr_relocs);
	if (!r)
		return error_nomem(err);
	r->insn = insn;
	if (is_imm64(&f->insns[insn]) && insn + 1 < f->nr_insns)
		return imm64_reloc(obj, f, r, relo, sym, err);
	if (is_call(&f->insns[insn]))
		return call_reloc(obj, f, r, relo, sym, err);
	return bad_reloc(obj, f, insn, ": a relocation of an instruction that has no address: compile it again with -O2", sym->name, err);
}

static int compare_relocs(const void *a, const void *b)
{
	const struct reloc *x = a, *y = b;

	return x->insn < y->insn ? -1 : x->insn > y->insn;
}

static bool has_reloc(const struct func *f, u32 insn)
{
	struct reloc key = {.insn = insn};

	return f->nr_relocs && bsearch(&key, f->relocs, f->nr_relocs, sizeof(key), compare_relocs);
}

/* Calls between functions of one section need no relocation in the file, but do once functions move. */
static int add_near_calls(struct skep_object *obj, struct func *f, struct skep_error *err)
{
	u32 nr = f->nr_relocs;

	if (nr)
		qsort(f->relocs, nr, sizeof(*f->relocs), compare_relocs);
	for (u32 i = 1; i < nr; i++)
		if (f->relocs[i].insn == f->relocs[i - 1].insn)
			return bad_reloc(obj, f, f->relocs[i].insn, "an instruction is relocated twice: compile it again", "", err);
	for (u32 i = 0; i < f->nr_insns; i++) {
		const struct bpf_insn *insn = &f->insns[i];
		struct func sorted = {.relocs = f->relocs, .nr_relocs = nr};
		struct reloc *r;
		s32 target;

		if (is_imm64(insn)) {
			i++;
			continue;
		}
		if (!is_call(insn) || insn->src_reg != BPF_PSEUDO_CALL || has_reloc(&sorted, i))
			continue;
		target = object_func_at(obj, f->section, (u64)((s64)f->start + i + 1 + insn->imm));
		if (target < 0)
			return bad_reloc(obj, f, i, "a call into the middle of a function: compile it again", "", err);
		r = ARRAY_ADD(f->relocs, f->nr_relocs);
		if (!r)
			return error_nomem(err);
		*r = (struct reloc){.kind = RELOC_CALL, .insn = i, .target = (u32)target};
		obj->funcs[target].called = true;
	}
	if (f->nr_relocs)
		qsort(f->relocs, f->nr_relocs, sizeof(*f->relocs), compare_relocs);
	return 0;
}

int object_find_relocs(struct skep_object *obj, struct skep_error *err)
{
	struct elf_relo relo;
	int ret = 0;

	for (u32 i = 1; i < obj->elf.nr_sections; i++) {
		const struct elf_section *s = &obj->elf.sections[i];

		if (!elf_section_is_relo(s) || !elf_section_is_code(&obj->elf.sections[s->info]))
			continue;
		for (u32 r = 0; r < elf_section_relos(s) && !ret; r++) {
			elf_file_relo(&obj->elf, s, r, &relo);
			ret = add_reloc(obj, s->info, &relo, err);
		}
	}
	for (u32 i = 0; i < obj->nr_funcs && !ret; i++)
		ret = add_near_calls(obj, &obj->funcs[i], err);
	return ret;
}

static int compare_cores(const void *a, const void *b)
{
	const struct core_reloc *x = a, *y = b;

	return x->insn < y->insn ? -1 : x->insn > y->insn;
}

int object_find_core_relocs(struct skep_object *obj, struct skep_error *err)
{
	struct btf_ext_rec rec;

	for (u32 i = 0; obj->ext && btf_ext_section(obj->ext, BTF_EXT_CORE_RELO, i, &rec); i++) {
		u32 section = elf_file_section(&obj->elf, rec.section);

		for (u32 r = 0; r < rec.count; r++) {
			const struct bpf_core_relo *cr = (const void *)((const char *)rec.data + (size_t)r * rec.rec_size);
			s32 at = object_func_containing(obj, section, cr->insn_off / sizeof(struct bpf_insn));
			struct core_reloc *c;

			if (at < 0 || cr->insn_off % sizeof(struct bpf_insn))
				return error_set(err, SKEP_BAD_OBJECT, -EINVAL,
						 "%s: section .BTF.ext: CO-RE relocation %u of section %s, byte %u: no instruction is there: compile it again",
						 obj->name, r, rec.section, cr->insn_off);
			c = ARRAY_ADD(obj->funcs[at].cores, obj->funcs[at].nr_cores);
			if (!c)
				return error_nomem(err);
			*c = (struct core_reloc){.insn = cr->insn_off / sizeof(struct bpf_insn) - obj->funcs[at].start,
						 .type_id = cr->type_id,
						 .access_off = cr->access_str_off,
						 .kind = cr->kind};
		}
	}
	for (u32 i = 0; i < obj->nr_funcs; i++)
		if (obj->funcs[i].nr_cores)
			qsort(obj->funcs[i].cores, obj->funcs[i].nr_cores, sizeof(struct core_reloc), compare_cores);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From functions to programs: each function's relocations get the engine's answers once; then every program becomes its first
 * function followed by all that it calls, with the distances of the calls filled in.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/load/load.h"

static void set_imm64(struct bpf_insn *insn, u8 src, u32 low, u32 high)
{
	insn[0].src_reg = src;
	insn[0].imm = (s32)low;
	insn[1].imm = (s32)high;
}

static void set_extern(const struct load *l, const struct reloc *r, struct bpf_insn *insn)
{
	const struct extern_sym *e = &l->obj->externs[r->target];

	if (e->kind == EXTERN_KCONFIG)
		set_imm64(insn, BPF_PSEUDO_MAP_VALUE, (u32)l->obj->maps[l->obj->kconfig_map].fd, e->off);
	else if (e->target_btf_id)
		set_imm64(insn, BPF_PSEUDO_BTF_ID, e->target_btf_id, 0);
	else /* an address, or 0 for what is weak and missing */
		set_imm64(insn, 0, (u32)e->addr, (u32)(e->addr >> 32));
}

static int poison_call(struct load *l, u32 func, const struct reloc *r, struct bpf_insn *insn)
{
	struct core_failure *f = ARRAY_ADD(l->failures.list, l->failures.count);
	struct strbuf text = STRBUF_INIT;

	if (!f)
		return error_nomem(l->err);
	object_add_place(l->obj, &l->obj->funcs[func], r->insn, &text);
	strbuf_addf(&text, "%s: this engine has no such function", l->obj->externs[r->target].name);
	f->func = func;
	f->insn = r->insn;
	f->text = strbuf_detach(&text);
	*insn = (struct bpf_insn){.code = BPF_JMP | BPF_CALL, .imm = POISON_BASE + (s32)l->failures.count - 1};
	return 0;
}

static int apply(struct load *l, u32 func, const struct reloc *r, struct bpf_insn *insns)
{
	struct bpf_insn *insn = &insns[r->insn];

	switch (r->kind) {
	case RELOC_MAP:
		set_imm64(insn, BPF_PSEUDO_MAP_FD, (u32)l->obj->maps[r->target].fd, 0);
		return 0;
	case RELOC_MAP_VALUE:
		set_imm64(insn, BPF_PSEUDO_MAP_VALUE, (u32)l->obj->maps[r->target].fd, (u32)r->off);
		return 0;
	case RELOC_EXTERN:
		set_extern(l, r, insn);
		return 0;
	case RELOC_EXTERN_CALL:
		if (!l->obj->externs[r->target].target_btf_id)
			return poison_call(l, func, r, insn);
		insn->src_reg = BPF_PSEUDO_KFUNC_CALL;
		insn->imm = (s32)l->obj->externs[r->target].target_btf_id;
		insn->off = 0;
		return 0;
	case RELOC_CALL:
	case RELOC_FUNC:
		return 0; /* known when the function has its place in a program */
	}
	return 0;
}

static int resolve(struct load *l, u32 func)
{
	const struct func *f = &l->obj->funcs[func];
	struct bpf_insn *insns;
	int ret = 0;

	if (l->resolved[func])
		return 0;
	insns = calloc(f->nr_insns, sizeof(*insns));
	if (!insns)
		return error_nomem(l->err);
	memcpy(insns, f->insns, f->nr_insns * sizeof(*insns));
	l->resolved[func] = insns;
	for (u32 i = 0; i < f->nr_relocs && !ret; i++)
		ret = apply(l, func, &f->relocs[i], insns);
	if (!ret && f->nr_cores) {
		struct core_target *target = load_target(l);

		ret = target ? core_relocate(l->obj, func, insns, target, &l->failures, l->err) : -EINVAL;
	}
	return ret;
}

static s32 part_start(const struct skep_program *p, u32 func)
{
	for (u32 i = 0; i < p->nr_parts; i++)
		if (p->parts[i].func == func)
			return (s32)p->parts[i].start;
	return -1;
}

static int add_part(struct load *l, struct skep_program *p, u32 func)
{
	const struct func *f = &l->obj->funcs[func];
	struct prog_part *part;

	if (part_start(p, func) >= 0)
		return 0;
	if (p->nr_insns + (u64)f->nr_insns > INT32_MAX)
		return error_set(l->err, SKEP_BAD_OBJECT, -E2BIG, "%s: program %s: too large", l->obj->name, p->name);
	part = ARRAY_ADD(p->parts, p->nr_parts);
	if (!part)
		return error_nomem(l->err);
	part->func = func;
	part->start = p->nr_insns;
	p->nr_insns += f->nr_insns;
	return resolve(l, func);
}

/* A program names the function that handles its exceptions by a tag; nothing in its code refers to it. */
static int add_exception_callback(struct load *l, struct skep_program *p)
{
	static const char tag[] = "exception_callback:";
	const struct skep_object *obj = l->obj;
	u32 id = obj->funcs[p->func].btf_id;

	for (u32 i = 1; obj->btf && id && i < btf_count(obj->btf); i++) {
		const struct btf_type *t = btf_type(obj->btf, i);
		const char *name = btf_name(obj->btf, i);

		if (btf_kind(t) != BTF_KIND_DECL_TAG || t->type != id || strncmp(name, tag, sizeof(tag) - 1))
			continue;
		for (u32 f = 0; f < obj->nr_funcs; f++)
			if (!strcmp(obj->funcs[f].name, name + sizeof(tag) - 1))
				return add_part(l, p, f);
		return error_set(l->err, SKEP_BAD_OBJECT, -ENOENT, "%s: program %s: its exception callback %s is not in the object", obj->name, p->name,
				 name + sizeof(tag) - 1);
	}
	return 0;
}

/* All that is called, from the first function on, each once and in the order of their first call. */
static int collect_parts(struct load *l, struct skep_program *p)
{
	int ret = add_part(l, p, p->func);

	if (!ret)
		ret = add_exception_callback(l, p);
	for (u32 i = 0; i < p->nr_parts && !ret; i++) {
		const struct func *f = &l->obj->funcs[p->parts[i].func];

		for (u32 r = 0; r < f->nr_relocs && !ret; r++)
			if (f->relocs[r].kind == RELOC_CALL || f->relocs[r].kind == RELOC_FUNC)
				ret = add_part(l, p, f->relocs[r].target);
	}
	return ret;
}

static void place_calls(struct load *l, struct skep_program *p, const struct prog_part *part)
{
	const struct func *f = &l->obj->funcs[part->func];

	for (u32 r = 0; r < f->nr_relocs; r++) {
		const struct reloc *reloc = &f->relocs[r];
		u32 at = part->start + reloc->insn;
		struct bpf_insn *insn = &p->insns[at];

		if (reloc->kind == RELOC_CALL) {
			insn->src_reg = BPF_PSEUDO_CALL;
			insn->imm = part_start(p, reloc->target) - (s32)at - 1;
		} else if (reloc->kind == RELOC_FUNC) {
			set_imm64(insn, BPF_PSEUDO_FUNC, (u32)(part_start(p, reloc->target) - (s32)at - 1), 0);
		}
	}
}

static int link_program(struct load *l, struct skep_program *p)
{
	int ret;

	free(p->insns);
	free(p->parts);
	p->insns = NULL;
	p->parts = NULL;
	p->nr_insns = p->nr_parts = 0;
	ret = collect_parts(l, p);
	if (ret)
		return ret;
	p->insns = calloc(p->nr_insns, sizeof(*p->insns));
	if (!p->insns)
		return error_nomem(l->err);
	for (u32 i = 0; i < p->nr_parts; i++) {
		const struct prog_part *part = &p->parts[i];

		memcpy(p->insns + part->start, l->resolved[part->func], l->obj->funcs[part->func].nr_insns * sizeof(*p->insns));
		place_calls(l, p, part);
	}
	return 0;
}

int load_link(struct load *l)
{
	int ret = 0;

	for (u32 i = 0; i < l->obj->nr_progs && !ret; i++)
		if (l->obj->progs[i].autoload)
			ret = link_program(l, &l->obj->progs[i]);
	return ret;
}

/* Line records of a function, moved to its place. The first must be of its first instruction. */
static int add_lines(const struct skep_program *p, const struct prog_part *part, struct prog_info *info)
{
	const struct skep_object *obj = p->obj;
	const struct func *f = &obj->funcs[part->func];
	struct btf_ext_rec rec;
	u32 first = info->nr_lines;

	for (u32 i = 0; btf_ext_section(obj->ext, BTF_EXT_LINE_INFO, i, &rec); i++) {
		if (elf_file_section(&obj->elf, rec.section) != f->section)
			continue;
		for (u32 r = 0; r < rec.count; r++) {
			const struct bpf_line_info *from = (const void *)((const char *)rec.data + (size_t)r * rec.rec_size);
			u32 at = from->insn_off / sizeof(struct bpf_insn);
			struct bpf_line_info *to;

			if (at < f->start || at - f->start >= f->nr_insns)
				continue;
			at = part->start + at - f->start;
			if (info->nr_lines > first && info->lines[info->nr_lines - 1].insn_off >= at)
				continue;
			to = ARRAY_ADD(info->lines, info->nr_lines);
			if (!to)
				return -ENOMEM;
			*to = *from;
			to->insn_off = at;
		}
	}
	return info->nr_lines > first && info->lines[first].insn_off == part->start ? 0 : -ENOENT;
}

int prog_info_make(const struct skep_program *p, struct prog_info *info)
{
	bool lines = p->obj->ext, funcs = p->obj->ext;

	for (u32 i = 0; i < p->nr_parts; i++) {
		const struct func *f = &p->obj->funcs[p->parts[i].func];
		struct bpf_func_info *fi;
		int ret = lines ? add_lines(p, &p->parts[i], info) : 0;

		if (ret == -ENOMEM)
			return ret;
		lines &= !ret;
		funcs &= f->btf_id != 0;
		fi = ARRAY_ADD(info->funcs, info->nr_funcs);
		if (!fi)
			return -ENOMEM;
		*fi = (struct bpf_func_info){.insn_off = p->parts[i].start, .type_id = f->btf_id};
	}
	/* Records of some functions only would be refused. */
	if (!funcs)
		info->nr_funcs = 0;
	if (!lines)
		info->nr_lines = 0;
	return 0;
}

void prog_info_free(struct prog_info *info)
{
	free(info->funcs);
	free(info->lines);
	*info = (struct prog_info){};
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Variables and functions that an object expects from outside: kernel configuration (.kconfig) and kernel symbols (.ksyms). */
#include <errno.h>
#include <string.h>

#include "user/object/object.h"

static int kconfig_extern(struct skep_object *obj, struct extern_sym *e, const struct btf_type *var, u32 *end, struct skep_error *err)
{
	s64 size = btf_size(obj->btf, var->type);
	u32 align = btf_align(obj->btf, var->type);

	if (size <= 0 || size > 4096 || !align)
		return error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: extern %s: a __kconfig variable of that type cannot be filled in", obj->name, e->name);
	e->size = (u32)size;
	e->off = (u32)round_up_u64(*end, align);
	*end = e->off + e->size;
	return 0;
}

static bool in_section(const struct skep_object *obj, const char *section, const char *name, u32 *id)
{
	const struct btf_type *sec = object_datasec(obj, section, NULL);

	for (u32 i = 0; sec && i < btf_vlen(sec); i++) {
		*id = btf_secinfos(sec)[i].type;
		if (!strcmp(btf_name(obj->btf, *id), name))
			return true;
	}
	return false;
}

int object_find_externs(struct skep_object *obj, struct skep_error *err)
{
	u32 kconfig_end = 0, id;
	int ret = 0;

	for (u32 i = 1; i < obj->elf.nr_symbols && !ret; i++) {
		const struct elf_symbol *sym = &obj->elf.symbols[i];
		bool kconfig, ksym;
		struct extern_sym *e;
		const struct btf_type *t;

		if (sym->shndx != SHN_UNDEF || !*sym->name || sym->bind == STB_LOCAL)
			continue;
		kconfig = in_section(obj, ".kconfig", sym->name, &id);
		ksym = !kconfig && in_section(obj, ".ksyms", sym->name, &id);
		if (!kconfig && !ksym)
			continue; /* refused where it is used */
		e = ARRAY_ADD(obj->externs, obj->nr_externs);
		if (!e)
			return error_nomem(err);
		t = btf_type(obj->btf, id);
		e->name = sym->name;
		e->weak = sym->bind == STB_WEAK;
		e->btf_id = id;
		e->type_id = t->type;
		e->kind = kconfig ? EXTERN_KCONFIG : btf_kind(t) == BTF_KIND_FUNC ? EXTERN_KSYM_FUNC : EXTERN_KSYM_VAR;
		if (kconfig)
			ret = kconfig_extern(obj, e, t, &kconfig_end, err);
	}
	return ret;
}

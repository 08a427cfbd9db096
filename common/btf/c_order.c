/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The C dump's order. Before a definition is printed, what it holds by value is defined (and so on, depth first), then what it
 * only points to is declared: structs and unions by `struct x;`, typedefs by their definition.
 */
#include "common/btf/c_dump.h"
#include "common/btf/dump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum need {
	NEED_VALUE, /* define what is held by value; what is pointed to does not matter */
	NEED_NAME,  /* what is pointed to can be named */
};

static void require(struct c_dump *d, u32 id, enum need need);

bool c_enter(struct c_dump *d)
{
	if (d->depth == C_DEPTH_MAX)
		d->err = -ELOOP;
	else if (!d->budget)
		d->err = -E2BIG;
	if (d->err)
		return false;
	d->budget--;
	d->depth++;
	return true;
}

static void require_members(struct c_dump *d, const struct btf_type *t, enum need need)
{
	for (u32 i = 0; i < btf_vlen(t) && !d->err; i++)
		require(d, btf_members(t)[i].type, need);
}

static void require_both(struct c_dump *d, const struct btf_type *t)
{
	require_members(d, t, NEED_VALUE);
	require_members(d, t, NEED_NAME);
}

static void define_composite(struct c_dump *d, u32 id, const struct btf_type *t)
{
	u32 outer = d->inside;

	if (d->states[id] & C_DEFINED)
		return;
	if (d->states[id] & C_DEFINING) {
		d->err = -ELOOP; /* holds itself by value */
		return;
	}
	d->states[id] |= C_DEFINING;
	d->inside = id;
	require_both(d, t);
	d->inside = outer;
	if (d->err)
		return;
	c_composite(d, id, 0);
	strbuf_adds(d->out, ";\n\n");
	d->states[id] |= C_DEFINED | C_DECLARED;
}

static void declare_composite(struct c_dump *d, u32 id, const struct btf_type *t)
{
	if (d->states[id] & C_DECLARED || d->inside == id)
		return;
	strbuf_adds(d->out, btf_kind(t) == BTF_KIND_UNION ? "union " : "struct ");
	c_type_name(d, id);
	strbuf_adds(d->out, ";\n\n");
	d->states[id] |= C_DECLARED;
}

static void require_composite(struct c_dump *d, u32 id, const struct btf_type *t, enum need need)
{
	if (!t->name_off) { /* printed where it is used */
		if (need == NEED_VALUE)
			require_members(d, t, NEED_VALUE);
		else
			require_both(d, t);
	} else if (need == NEED_VALUE) {
		define_composite(d, id, t);
	} else {
		declare_composite(d, id, t);
	}
}

/* A forward declaration whose definition is in the same BTF stands for it. */
static void require_fwd(struct c_dump *d, u32 id, const struct btf_type *t)
{
	const char *name = btf_str(d->btf, t->name_off);
	s32 def = btf_find(d->btf, name, btf_kflag(t) ? BTF_KIND_UNION : BTF_KIND_STRUCT);

	if (def > 0) {
		declare_composite(d, (u32)def, btf_type(d->btf, (u32)def));
	} else if (!(d->states[id] & C_DECLARED) && *name) {
		strbuf_adds(d->out, btf_kflag(t) ? "union " : "struct ");
		c_ident(d->out, name);
		strbuf_adds(d->out, ";\n\n");
		d->states[id] |= C_DECLARED;
	}
}

static void require_enum(struct c_dump *d, u32 id, const struct btf_type *t)
{
	if (!t->name_off || d->states[id] & C_DEFINED)
		return;
	d->states[id] |= C_DEFINED;
	c_enumeration(d, id, 0);
	strbuf_adds(d->out, ";\n\n");
}

static void require_typedef(struct c_dump *d, u32 id, const struct btf_type *t, enum need need)
{
	u32 outer = d->inside;

	if (need == NEED_VALUE)
		require(d, t->type, NEED_VALUE);
	if (d->states[id] & C_DEFINED || d->err)
		return;
	d->inside = 0;
	require(d, t->type, NEED_NAME);
	d->inside = outer;
	if (d->states[id] & C_DEFINED || d->err)
		return;
	d->states[id] |= C_DEFINED;
	if (!strcmp(btf_str(d->btf, t->name_off), "__builtin_va_list")) {
		const struct btf_type *target = btf_resolve(d->btf, t->type, NULL);

		/* compilers bring it along; but where programs are compiled it may not be what the kernel was compiled with */
		if (target && btf_kind(target) == BTF_KIND_PTR)
			return;
		d->versions[id] = 2;
	}
	strbuf_adds(d->out, "typedef ");
	if (!d->versions[id])
		d->versions[id] = c_name_count(d, C_IDENT, btf_str(d->btf, t->name_off));
	if (d->versions[id] > 1) {
		struct strbuf name = STRBUF_INIT;

		strbuf_addf(&name, "%s___%u", btf_str(d->btf, t->name_off), d->versions[id]);
		c_declaration(d, t->type, strbuf_str(&name), 0);
		strbuf_free(&name);
	} else {
		c_declaration(d, t->type, btf_str(d->btf, t->name_off), 0);
	}
	strbuf_adds(d->out, ";\n\n");
}

static void require_proto(struct c_dump *d, const struct btf_type *t)
{
	require(d, t->type, NEED_NAME);
	for (u32 i = 0; i < btf_vlen(t) && !d->err; i++)
		require(d, btf_params(t)[i].type, NEED_NAME);
}

static void require(struct c_dump *d, u32 id, enum need need)
{
	const struct btf_type *t = btf_type(d->btf, id);

	if (!t || d->err || !c_enter(d))
		return;
	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		require_composite(d, id, t, need);
		break;
	case BTF_KIND_FWD:
		require_fwd(d, id, t);
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		require_enum(d, id, t);
		break;
	case BTF_KIND_TYPEDEF:
		require_typedef(d, id, t, need);
		break;
	case BTF_KIND_ARRAY: /* C wants to know the size of elements, even behind a pointer */
		require(d, btf_array(t)->type, NEED_VALUE);
		if (need == NEED_NAME)
			require(d, btf_array(t)->type, NEED_NAME);
		break;
	case BTF_KIND_PTR:
		if (need == NEED_NAME)
			require(d, t->type, NEED_NAME);
		break;
	case BTF_KIND_FUNC_PROTO:
		if (need == NEED_NAME)
			require_proto(d, t);
		break;
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		require(d, t->type, need);
		break;
	}
	c_leave(d);
}

static void reference(struct c_dump *d, u32 id)
{
	d->states[id] |= C_REFERENCED;
}

static void mark_references(struct c_dump *d)
{
	for (u32 id = 1; id < btf_count(d->btf); id++) {
		const struct btf_type *t = btf_type(d->btf, id);
		const u32 *w = btf_payload(t);

		if (btf_kind_info(btf_kind(t))->word == BTF_WORD_TYPE)
			reference(d, t->type);
		switch (btf_kind(t)) {
		case BTF_KIND_ARRAY:
			reference(d, w[0]);
			reference(d, w[1]);
			break;
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
			for (u32 i = 0; i < btf_vlen(t); i++)
				reference(d, w[i * 3 + 1]);
			break;
		case BTF_KIND_FUNC_PROTO:
			for (u32 i = 0; i < btf_vlen(t); i++)
				reference(d, w[i * 2 + 1]);
			break;
		}
	}
}

/* One type as a root: defined. Anonymous enums that nobody refers to still bring constants. */
static void root(struct c_dump *d, u32 id)
{
	const struct btf_type *t = btf_type(d->btf, id);

	if (!t)
		return;
	switch (btf_kind(t)) {
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		if (!t->name_off && btf_vlen(t) && !(d->states[id] & C_REFERENCED)) {
			c_enumeration(d, id, 0);
			strbuf_adds(d->out, ";\n\n");
			break;
		}
		require(d, id, NEED_VALUE);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
		if (t->name_off)
			require(d, id, NEED_VALUE);
		break;
	}
}

static const char head[] = "#ifndef __VMLINUX_H__\n#define __VMLINUX_H__\n\n"
			   "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n"
			   "#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)\n"
			   "#endif\n\n";
static const char tail[] = "#ifndef BPF_NO_PRESERVE_ACCESS_INDEX\n#pragma clang attribute pop\n#endif\n\n";
static const char kfunc_head[] = "#ifndef BPF_NO_KFUNC_PROTOTYPES\n"
				 "#ifndef __ksym\n#define __ksym __attribute__((section(\".ksyms\")))\n#endif\n"
				 "#ifndef __weak\n#define __weak __attribute__((weak))\n#endif\n\n";

static bool begin(struct c_dump *d, const struct btf *btf, struct strbuf *out)
{
	size_t len;

	btf_raw(btf, &len);
	*d = (struct c_dump){.btf = btf, .out = out, .budget = 4096 + (u64)len * 16};
	d->states = calloc(btf_count(btf), 1);
	d->versions = calloc(btf_count(btf), sizeof(*d->versions));
	if (!d->states || !d->versions)
		d->err = -ENOMEM;
	return !d->err;
}

static int end(struct c_dump *d)
{
	free(d->states);
	free(d->versions);
	free(d->names.slots);
	return d->err ? d->err : d->out->oom ? -ENOMEM : 0;
}

/* Kernel functions that programs may call: what carries the tag "bpf_kfunc". */
static void kfuncs(struct c_dump *d)
{
	bool any = false;

	for (u32 id = 1; id < btf_count(d->btf) && !d->err; id++) {
		const struct btf_type *t = btf_type(d->btf, id), *func;

		if (btf_kind(t) != BTF_KIND_DECL_TAG || strcmp(btf_str(d->btf, t->name_off), "bpf_kfunc"))
			continue;
		func = btf_type(d->btf, t->type);
		if (!func || btf_kind(func) != BTF_KIND_FUNC || d->states[t->type] & C_DEFINED)
			continue;
		d->states[t->type] |= C_DEFINED;
		if (!any)
			strbuf_adds(d->out, kfunc_head);
		any = true;
		strbuf_adds(d->out, "extern ");
		c_declaration(d, func->type, btf_str(d->btf, func->name_off), 0);
		strbuf_adds(d->out, " __weak __ksym;\n");
	}
	if (any)
		strbuf_adds(d->out, "#endif\n\n");
}

int btf_dump_c(const struct btf *btf, const struct btf_c_opts *opts, struct strbuf *out)
{
	static const struct btf_c_opts none = {0};
	struct c_dump d;

	opts = opts ?: &none;
	if (!begin(&d, btf, out))
		return end(&d);
	mark_references(&d);
	strbuf_adds(out, head);
	if (opts->roots)
		for (u32 i = 0; i < opts->nroots && !d.err; i++)
			root(&d, opts->roots[i]);
	else
		for (u32 id = btf_base_count(btf); id < btf_count(btf) && !d.err; id++)
			root(&d, id);
	strbuf_adds(out, tail);
	if (opts->kfuncs)
		kfuncs(&d);
	strbuf_adds(out, "#endif /* __VMLINUX_H__ */\n");
	return end(&d);
}

int btf_type_c(const struct btf *btf, u32 id, const char *name, struct strbuf *out)
{
	struct c_dump d;

	if (begin(&d, btf, out))
		c_declaration(&d, id, name ?: "", 0);
	return end(&d);
}

int btf_body_c(const struct btf *btf, u32 id, struct strbuf *out)
{
	const struct btf_type *t = btf_type(btf, id);
	struct c_dump d;

	if (!t)
		return -ENOENT;
	if (begin(&d, btf, out)) {
		if (btf_is_composite(t))
			c_composite(&d, id, 0);
		else if (btf_kind(t) == BTF_KIND_ENUM || btf_kind(t) == BTF_KIND_ENUM64)
			c_enumeration(&d, id, 0);
		else
			c_declaration(&d, id, "", 0);
	}
	return end(&d);
}

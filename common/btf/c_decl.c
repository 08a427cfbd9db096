/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * C declarators. A type is a chain that ends in a base (a name, or braces); read from the base outwards it gives, left to right:
 * base, pointers and their qualifiers, then for arrays and functions the rest of the chain, in parentheses when pointers follow.
 */
#include "common/btf/c_dump.h"

#include <errno.h>

struct chain {
	u32 ids[BTF_CHAIN_MAX]; /* outermost first; the last is the base */
	u32 n;
	const char *name;
	u32 level;
};

static const char *qualifier(u32 kind)
{
	switch (kind) {
	case BTF_KIND_CONST:
		return "const";
	case BTF_KIND_VOLATILE:
		return "volatile";
	case BTF_KIND_RESTRICT:
		return "restrict";
	default:
		return NULL;
	}
}

static bool collect(struct c_dump *d, u32 id, struct chain *c)
{
	for (c->n = 0; c->n < BTF_CHAIN_MAX; ) {
		const struct btf_type *t = btf_type(d->btf, id);

		c->ids[c->n++] = id;
		switch (t ? btf_kind(t) : BTF_KIND_UNKN) {
		case BTF_KIND_PTR:
		case BTF_KIND_CONST:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_TYPE_TAG:
		case BTF_KIND_FUNC_PROTO:
			id = t->type;
			break;
		case BTF_KIND_ARRAY:
			id = btf_array(t)->type;
			break;
		default:
			return true;
		}
	}
	d->err = -ELOOP;
	return false;
}

static void base_name(struct c_dump *d, u32 id, u32 level)
{
	const struct btf_type *t = btf_type(d->btf, id);

	if (!t) {
		strbuf_adds(d->out, "void");
		return;
	}
	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		if (!t->name_off) {
			c_composite(d, id, level);
			return;
		}
		strbuf_adds(d->out, btf_kind(t) == BTF_KIND_UNION ? "union " : "struct ");
		c_type_name(d, id);
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		if (!t->name_off) {
			c_enumeration(d, id, level);
			return;
		}
		strbuf_adds(d->out, "enum ");
		c_type_name(d, id);
		break;
	case BTF_KIND_FWD: {
		const char *name = btf_str(d->btf, t->name_off);

		strbuf_adds(d->out, btf_kflag(t) ? "union " : "struct ");
		c_ident(d->out, *name ? name : "__anonymous");
		break;
	}
	case BTF_KIND_TYPEDEF:
		c_type_name(d, id);
		break;
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT: {
		/* several words are one name ("long unsigned int"), so not c_ident */
		const char *name = btf_str(d->btf, t->name_off);

		for (; *name; name++)
			strbuf_addc(d->out, (*name > 0 && (*name == ' ' || *name == '_' || (*name >= '0' && *name <= '9') ||
							    ((*name | 32) >= 'a' && (*name | 32) <= 'z'))) ? *name : '_');
		break;
	}
	default: /* a function, a variable or a section is no type of anything in C */
		strbuf_adds(d->out, "void");
	}
}

/* Whether the last character stands against a word that comes next, so that a space must part them. */
static bool after_word(const struct c_dump *d)
{
	char c = d->out->len ? d->out->s[d->out->len - 1] : ' ';

	return c != '*' && c != '(' && c != ' ' && c != '\t' && c != '\n';
}

static void put_name(struct c_dump *d, const struct chain *c)
{
	if (!*c->name)
		return;
	if (after_word(d))
		strbuf_addc(d->out, ' ');
	c_ident(d->out, c->name);
}

static void put_params(struct c_dump *d, const struct btf_type *t, u32 level)
{
	u32 n = btf_vlen(t);

	strbuf_addc(d->out, '(');
	if (!n || (n == 1 && !btf_params(t)->type)) { /* int f() is f(...) to clang: C has no words for it */
		strbuf_adds(d->out, "void)");
		return;
	}
	for (u32 i = 0; i < n && !d->err; i++) {
		const struct btf_param *p = &btf_params(t)[i];

		if (i)
			strbuf_adds(d->out, ", ");
		if (!p->type && i == n - 1 && !p->name_off)
			strbuf_adds(d->out, "...");
		else
			c_declaration(d, p->type, "", level);
	}
	strbuf_addc(d->out, ')');
}

static bool is_qualifier(const struct c_dump *d, u32 id)
{
	const struct btf_type *t = btf_type(d->btf, id);

	return t && btf_is_mod(t);
}

/* What is outside of position `at` in the chain: [0, at). */
static void outwards(struct c_dump *d, struct chain *c, u32 at);

static void put_array(struct c_dump *d, struct chain *c, u32 at)
{
	u32 first = at;
	bool parens;

	/* arrays of arrays, and qualifiers on arrays, which C writes on the element and layouts do not need */
	while (first && (is_qualifier(d, c->ids[first - 1]) || btf_kind(btf_type(d->btf, c->ids[first - 1])) == BTF_KIND_ARRAY))
		first--;
	parens = first > 0;
	if (parens) {
		strbuf_adds(d->out, *c->name ? " (" : "(");
		outwards(d, c, first);
		strbuf_addc(d->out, ')');
	} else {
		put_name(d, c);
	}
	for (u32 i = first; i <= at; i++)
		if (!is_qualifier(d, c->ids[i]))
			strbuf_addf(d->out, "[%u]", btf_array(btf_type(d->btf, c->ids[i]))->nelems);
}

static void put_function(struct c_dump *d, struct chain *c, u32 at)
{
	u32 first = at;

	while (first && is_qualifier(d, c->ids[first - 1]))
		first--;
	if (first) {
		strbuf_adds(d->out, " (");
		outwards(d, c, first);
		strbuf_addc(d->out, ')');
	} else {
		put_name(d, c);
	}
	put_params(d, btf_type(d->btf, c->ids[at]), c->level);
}

static void outwards(struct c_dump *d, struct chain *c, u32 at)
{
	while (at--) {
		const struct btf_type *t = btf_type(d->btf, c->ids[at]);

		switch (btf_kind(t)) {
		case BTF_KIND_PTR:
			strbuf_adds(d->out, after_word(d) ? " *" : "*");
			break;
		case BTF_KIND_TYPE_TAG:
			if (!btf_kflag(t)) {
				strbuf_adds(d->out, " __attribute__((btf_type_tag(\"");
				c_ident(d->out, btf_str(d->btf, t->name_off));
				strbuf_adds(d->out, "\")))");
			}
			break;
		case BTF_KIND_ARRAY:
			put_array(d, c, at);
			return;
		case BTF_KIND_FUNC_PROTO:
			put_function(d, c, at);
			return;
		default:
			strbuf_addf(d->out, " %s", qualifier(btf_kind(t)));
		}
	}
	put_name(d, c);
}

void c_declaration(struct c_dump *d, u32 id, const char *name, u32 level)
{
	struct chain c = {.name = name, .level = level};
	u32 at;

	if (d->err || !c_enter(d))
		return;
	if (collect(d, id, &c)) {
		at = c.n - 1;
		/* qualifiers of the base stand before it, the innermost first */
		while (at && qualifier(btf_kind(btf_type(d->btf, c.ids[at - 1]))))
			strbuf_addf(d->out, "%s ", qualifier(btf_kind(btf_type(d->btf, c.ids[--at]))));
		base_name(d, c.ids[c.n - 1], level);
		outwards(d, &c, at);
	}
	c_leave(d);
}

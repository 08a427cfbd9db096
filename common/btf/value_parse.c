/* SPDX-License-Identifier: BSD-2-Clause */
/* Text into the bytes of a type. */
#include "common/btf/value.h"
#include "common/btf/value_parse.h"

#include <errno.h>
#include <string.h>

#define DEPTH_MAX 64

static int parse_value(struct parse *p, u32 id, struct place at);

static int parse_string(struct parse *p, const struct btf_array *a, struct place at)
{
	struct lex *l = &p->lex;

	if (l->text.len >= a->nelems || l->text.len >= at.len)
		return value_fail(p, "the text has %zu characters, and there is room for %u and the NUL", l->text.len,
			    a->nelems ? a->nelems - 1 : 0);
	memcpy(at.data, strbuf_str(&l->text), l->text.len);
	lex_next(l);
	return 0;
}

/* [1, 2], {1, 2}; "..." ends it: the rest is zero, as it is without. */
static int parse_array(struct parse *p, u32 id, const struct btf_type *t, struct place at)
{
	const struct btf_array *a = btf_array(t);
	const struct btf_type *elem = btf_resolve(p->btf, a->type, NULL);
	s64 size = btf_size(p->btf, a->type);
	struct lex *l = &p->lex;
	size_t path = p->path.len;
	int err = 0;
	u64 n = 0;
	char close;

	if (l->token == TOK_STRING && elem && btf_kind(elem) == BTF_KIND_INT && elem->size == 1)
		return parse_string(p, a, at);
	if (!lex_is(l, '[') && !lex_is(l, '{'))
		return value_unexpected_for(p, value_is_char(p->btf, a->type) ? "\"text\" or [ ]" : "[ ]", id);
	close = lex_is(l, '[') ? ']' : '}';
	lex_next(l);
	while (!err && !lex_is(l, close)) {
		if (lex_is(l, 'E')) {
			lex_next(l);
			if (!lex_is(l, close))
				return value_unexpected(p, "the end of the array behind ...");
			break;
		}
		if (size <= 0 || n >= a->nelems || (n + 1) * (u64)size > at.len)
			return value_fail(p, "more than %u elements", a->nelems);
		strbuf_addf(&p->path, "[%llu]", (unsigned long long)n);
		err = parse_value(p, a->type, (struct place){at.data + n * (u64)size, (u64)size});
		if (err)
			return err;
		strbuf_truncate(&p->path, path);
		n++;
		if (lex_is(l, ','))
			lex_next(l);
		else if (!lex_is(l, close))
			return value_unexpected(p, close == ']' ? "',' or ']'" : "',' or '}'");
	}
	lex_next(l);
	return 0;
}

struct found {
	const struct btf_type *parent;
	u32 index;
	u64 base; /* bytes from the outer struct to the parent */
};

/* A member by name, in anonymous members too. budget bounds what nesting can cost. */
static bool find_member(const struct btf *btf, const struct btf_type *t, const char *name, u64 base, u32 depth, u32 *budget,
			struct found *out)
{
	for (u32 i = 0; i < btf_vlen(t) && *budget; i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const struct btf_type *inner;

		--*budget;
		if (m->name_off) {
			if (strcmp(btf_str(btf, m->name_off), name))
				continue;
			*out = (struct found){t, i, base};
			return true;
		}
		inner = btf_resolve(btf, m->type, NULL);
		if (depth && inner && btf_is_composite(inner) &&
		    find_member(btf, inner, name, base + btf_member_bit_offset(t, i) / 8, depth - 1, budget, out))
			return true;
	}
	return false;
}

static int parse_member(struct parse *p, const struct found *f, struct place at)
{
	const struct btf_member *m = &btf_members(f->parent)[f->index];
	u32 off = btf_member_bit_offset(f->parent, f->index), width = btf_member_bitfield_size(f->parent, f->index);
	const struct btf_type *t = btf_resolve(p->btf, m->type, NULL);
	s64 size = btf_size(p->btf, m->type);
	u64 first = f->base + off / 8;

	if (!t || first > at.len)
		return value_fail(p, "its type has no value");
	if (width || off % 8) {
		struct place whole = {at.data + f->base, at.len - f->base};

		if (btf_kind(t) == BTF_KIND_INT)
			return value_parse_int(p, m->type, t, whole, off, width);
		if (btf_kind(t) == BTF_KIND_ENUM || btf_kind(t) == BTF_KIND_ENUM64)
			return value_parse_enum(p, m->type, t, whole, off, width);
		return value_fail(p, "its type has no value");
	}
	if (size < 0 || (u64)size > at.len - first)
		return value_fail(p, "it does not lie in its struct");
	return parse_value(p, m->type, (struct place){at.data + first, (u64)size});
}

static void member_names(const struct btf *btf, const struct btf_type *t, u32 depth, u32 *left, struct strbuf *out)
{
	for (u32 i = 0; i < btf_vlen(t) && *left; i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const struct btf_type *inner = btf_resolve(btf, m->type, NULL);

		if (m->name_off) {
			strbuf_addf(out, "%s%s", out->len ? ", " : "", btf_str(btf, m->name_off));
			--*left;
		} else if (depth && inner && btf_is_composite(inner)) {
			member_names(btf, inner, depth - 1, left, out);
		}
	}
}

static int no_such_member(struct parse *p, const struct btf_type *t, const char *name)
{
	struct strbuf names = STRBUF_INIT;
	u32 left = 12;

	member_names(p->btf, t, 8, &left, &names);
	value_fail(p, "%s %s has no member '%s'; it has %s%s", btf_kind(t) == BTF_KIND_UNION ? "union" : "struct",
	     btf_str(p->btf, t->name_off), name, names.len ? names.s : "none", left ? "" : ", ...");
	strbuf_free(&names);
	return -EINVAL;
}

/* .a, a, "a", and deeper: .a.b; then = or : and the value. */
static int parse_named(struct parse *p, const struct btf_type *t, struct place at)
{
	struct lex *l = &p->lex;
	struct found f;
	int err;

	for (;;) {
		u32 budget = 65536;
		s64 size;

		if (l->token != TOK_WORD && l->token != TOK_STRING)
			return value_unexpected(p, "a member's name");
		if (!find_member(p->btf, t, strbuf_str(&l->text), 0, 16, &budget, &f))
			return no_such_member(p, t, strbuf_str(&l->text));
		strbuf_addf(&p->path, ".%s", strbuf_str(&l->text));
		lex_next(l);
		if (!lex_is(l, '.'))
			break;
		lex_next(l);
		t = btf_resolve(p->btf, btf_members(f.parent)[f.index].type, NULL);
		size = btf_size(p->btf, btf_members(f.parent)[f.index].type);
		f.base += btf_member_bit_offset(f.parent, f.index) / 8;
		if (!t || !btf_is_composite(t))
			return value_fail(p, "is no struct and has no members");
		if (f.base > at.len || size < 0 || (u64)size > at.len - f.base)
			return value_fail(p, "it does not lie in its struct");
		at = (struct place){at.data + f.base, (u64)size};
	}
	if (!lex_is(l, '=') && !lex_is(l, ':'))
		return value_unexpected(p, "'='");
	lex_next(l);
	err = parse_member(p, &f, at);
	return err;
}

/* {"": {...}}: what JSON dumps call anonymous members. The nth such key is the nth anonymous member. */
static int parse_anonymous(struct parse *p, const struct btf_type *t, struct place at, u32 *nth)
{
	u32 i = *nth;

	while (i < btf_vlen(t) && btf_members(t)[i].name_off)
		i++;
	if (i >= btf_vlen(t))
		return value_fail(p, "there is no anonymous member (left)");
	*nth = i + 1;
	lex_next(&p->lex);
	if (!lex_is(&p->lex, ':'))
		return value_unexpected(p, "':'");
	lex_next(&p->lex);
	return parse_member(p, &(struct found){t, i, 0}, at);
}

/* Whether a member's name comes next: .name, or a word or string with = : or . behind it. */
static bool name_is_next(const struct lex *l)
{
	const char *p = l->p;

	if (lex_is(l, '.'))
		return true;
	while (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')
		p++;
	return (l->token == TOK_WORD || l->token == TOK_STRING) && (*p == '=' || *p == ':' || *p == '.');
}

static int parse_composite(struct parse *p, u32 id, const struct btf_type *t, struct place at)
{
	struct lex *l = &p->lex;
	size_t path = p->path.len;
	u32 position = 0, anonymous = 0;
	int err;

	/* A struct around a single member is mostly a name for it: its value may be given without the braces. */
	if (!lex_is(l, '{') && btf_vlen(t) == 1) {
		strbuf_addf(&p->path, ".%s", btf_str(p->btf, btf_members(t)[0].name_off));
		return parse_member(p, &(struct found){t, 0, 0}, at);
	}
	if (!lex_is(l, '{'))
		return value_unexpected_for(p, "{ }", id);
	lex_next(l);
	while (!lex_is(l, '}')) {
		if (l->token == TOK_STRING && !l->text.len && name_is_next(l)) {
			err = parse_anonymous(p, t, at, &anonymous);
		} else if (name_is_next(l)) {
			if (lex_is(l, '.'))
				lex_next(l);
			err = parse_named(p, t, at);
		} else if (l->token == TOK_END || l->token == TOK_BAD) {
			return value_unexpected(p, "a member or '}'");
		} else if (position < btf_vlen(t)) {
			strbuf_addf(&p->path, ".%s", btf_str(p->btf, btf_members(t)[position].name_off));
			err = parse_member(p, &(struct found){t, position++, 0}, at);
		} else {
			return value_fail(p, "more values than the %u members", btf_vlen(t));
		}
		if (err)
			return err;
		strbuf_truncate(&p->path, path);
		if (lex_is(l, ','))
			lex_next(l);
		else if (!lex_is(l, '}'))
			return value_unexpected(p, "',' or '}'");
	}
	lex_next(l);
	return 0;
}

static int parse_type(struct parse *p, u32 id, const struct btf_type *t, struct place at)
{
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		return value_parse_int(p, id, t, at, 0, 0);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return value_parse_enum(p, id, t, at, 0, 0);
	case BTF_KIND_PTR:
		return value_parse_ptr(p, id, at);
	case BTF_KIND_FLOAT:
		return value_parse_float(p, id, t, at);
	case BTF_KIND_ARRAY:
		return parse_array(p, id, t, at);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return parse_composite(p, id, t, at);
	case BTF_KIND_VAR:
		return parse_value(p, t->type, at);
	default:
		return value_fail(p, "a %s has no value", btf_kind_name(btf_kind(t)));
	}
}

static int parse_value(struct parse *p, u32 id, struct place at)
{
	const struct btf_type *t = btf_resolve(p->btf, id, NULL);
	int err;

	if (!t)
		return value_fail(p, "its type has no value");
	if (p->depth == DEPTH_MAX)
		return value_fail(p, "nested too deep");
	p->depth++;
	err = parse_type(p, id, t, at);
	p->depth--;
	return err;
}

/* Text without quotes for a char array: all of it, as it stands. */
static bool bare_text(struct parse *p, u32 id, struct place at, const char *text, int *err)
{
	const struct btf_type *t = btf_resolve(p->btf, id, NULL);

	if (!t || btf_kind(t) != BTF_KIND_ARRAY || !value_is_char(p->btf, btf_array(t)->type))
		return false;
	if (text[strspn(text, " \t")] == '"' || text[strspn(text, " \t")] == '[' || text[strspn(text, " \t")] == '{')
		return false;
	strbuf_reset(&p->lex.text);
	strbuf_adds(&p->lex.text, text);
	p->lex.p = "";
	*err = parse_string(p, btf_array(t), at);
	return true;
}

int btf_value_parse(const struct btf *btf, u32 id, const char *text, void *data, size_t len, struct strbuf *err)
{
	struct parse p = {.btf = btf, .err = err};
	s64 size = btf_size(btf, id);
	struct place at = {data, size < 0 ? 0 : (u64)size};
	int rc;

	if (size < 0)
		return value_fail(&p, "its type has no value");
	if ((u64)size > len)
		return -ENOSPC;
	memset(data, 0, (size_t)size);
	lex_init(&p.lex, text);
	if (!bare_text(&p, id, at, text, &rc))
		rc = parse_value(&p, id, at);
	if (!rc && p.lex.token != TOK_END)
		rc = value_unexpected(&p, "the end");
	lex_free(&p.lex);
	strbuf_free(&p.path);
	return rc;
}

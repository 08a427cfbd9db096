/* SPDX-License-Identifier: BSD-2-Clause */
/* Text into numbers, enumerators and addresses; and how input errors are told. */
#include "common/btf/value_parse.h"

#include <errno.h>
#include <string.h>

int value_fail(struct parse *p, const char *fmt, ...)
{
	va_list ap;

	if (!p->err)
		return -EINVAL;
	if (p->path.len)
		strbuf_addf(p->err, "%s: ", strbuf_str(&p->path));
	va_start(ap, fmt);
	strbuf_vaddf(p->err, fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* The token as it stands in the text, cut when long. */
int value_unexpected(struct parse *p, const char *wanted)
{
	const struct lex *l = &p->lex;
	int len = (int)min_of((size_t)(l->p - l->start), (size_t)40);

	if (l->token == TOK_BAD)
		return value_fail(p, "%s: '%.*s'", l->problem, len ? len : 1, l->start);
	if (l->token == TOK_END)
		return value_fail(p, "expected %s, but the text ends", wanted);
	return value_fail(p, "expected %s, not '%.*s'", wanted, len, l->start);
}

static void type_text(struct parse *p, u32 id, struct strbuf *out)
{
	const struct btf_type *t = btf_type(p->btf, id);

	if (t && t->name_off)
		strbuf_addf(out, "%s%s", btf_kind(t) == BTF_KIND_STRUCT ? "struct " : btf_kind(t) == BTF_KIND_UNION ? "union " : "",
			    btf_name(p->btf, id));
	else
		strbuf_adds(out, "it");
}

int value_unexpected_for(struct parse *p, const char *wanted, u32 id)
{
	struct strbuf text = STRBUF_INIT;
	int err;

	strbuf_addf(&text, "%s for ", wanted);
	type_text(p, id, &text);
	err = value_unexpected(p, strbuf_str(&text));
	strbuf_free(&text);
	return err;
}

static void write_bits(struct place at, u64 off, u32 width, u128 v)
{
	for (u32 i = 0; i < width; i++) {
		u64 bit = off + i;
		u8 mask = (u8)(1u << bit % 8);

		if (bit / 8 >= at.len)
			return;
		at.data[bit / 8] = (u8)(v >> i & 1 ? at.data[bit / 8] | mask : at.data[bit / 8] & ~mask);
	}
}

/* A number into `width` bits; what does not fit is refused, with the range that does. */
static int store(struct parse *p, struct place at, u64 off, u32 width, bool is_signed)
{
	const struct lex *l = &p->lex;
	u128 max = width >= 128 ? ~(u128)0 : ((u128)1 << width) - 1, limit = is_signed ? max >> 1 : max;
	bool fits = l->minus ? l->number <= (is_signed ? limit + 1 : 0) : l->number <= limit;

	if (!fits && !l->minus && l->is_bits) /* 0xffffffff for an int */
		fits = l->number <= max;
	if (!fits && width <= 64)
		return is_signed ? value_fail(p, "%.*s does not fit: %lld to %lld", (int)(l->p - l->start), l->start,
					-(long long)limit - 1, (long long)limit) :
				   value_fail(p, "%.*s does not fit: 0 to %llu", (int)(l->p - l->start), l->start,
					(unsigned long long)limit);
	if (!fits)
		return value_fail(p, "%.*s does not fit into %u bits", (int)(l->p - l->start), l->start, width);
	write_bits(at, off, width, l->minus ? 0 - l->number : l->number);
	lex_next(&p->lex);
	return 0;
}

static bool word_is(const struct lex *l, const char *word)
{
	return l->token == TOK_WORD && !strcmp(strbuf_str(&l->text), word);
}

int value_parse_int(struct parse *p, u32 id, const struct btf_type *t, struct place at, u64 off, u32 width)
{
	u32 info = btf_int_info(t), bits = width ?: BTF_INT_BITS(info);
	struct lex *l = &p->lex;

	if (!width)
		off += BTF_INT_OFFSET(info);
	if (word_is(l, "true") || word_is(l, "false")) {
		write_bits(at, off, bits, word_is(l, "true"));
		lex_next(l);
		return 0;
	}
	if (l->token == TOK_CHAR) {
		write_bits(at, off, bits, l->number);
		lex_next(l);
		return 0;
	}
	lex_unquote_number(l);
	if (l->token != TOK_NUMBER)
		return value_unexpected_for(p, "a number", id);
	return store(p, at, off, bits, BTF_INT_ENCODING(info) == BTF_INT_SIGNED);
}

static bool enum_value(const struct btf *btf, const struct btf_type *t, const char *name, u64 *value)
{
	for (u32 i = 0; i < btf_vlen(t); i++) {
		bool wide = btf_kind(t) == BTF_KIND_ENUM64;
		u32 off = wide ? btf_enums64(t)[i].name_off : btf_enums(t)[i].name_off;

		if (strcmp(btf_str(btf, off), name))
			continue;
		*value = wide ? (u64)btf_enums64(t)[i].val_hi32 << 32 | btf_enums64(t)[i].val_lo32 : (u64)(s64)btf_enums(t)[i].val;
		return true;
	}
	return false;
}

int value_parse_enum(struct parse *p, u32 id, const struct btf_type *t, struct place at, u64 off, u32 width)
{
	u32 bits = width ?: min_of(t->size, 8u) * 8;
	struct lex *l = &p->lex;
	u64 v;

	if (l->token == TOK_NUMBER)
		return store(p, at, off, bits, btf_kflag(t) || l->minus);
	if (l->token != TOK_WORD && l->token != TOK_STRING)
		return value_unexpected_for(p, "an enumerator", id);
	if (!enum_value(p->btf, t, strbuf_str(&l->text), &v))
		return value_unexpected_for(p, "an enumerator", id);
	write_bits(at, off, bits, v);
	lex_next(l);
	return 0;
}

int value_parse_ptr(struct parse *p, u32 id, struct place at)
{
	if (word_is(&p->lex, "NULL") || word_is(&p->lex, "null")) {
		lex_next(&p->lex);
		return 0;
	}
	return p->lex.token == TOK_NUMBER ? store(p, at, 0, 64, false) : value_unexpected_for(p, "an address", id);
}

int value_parse_float(struct parse *p, u32 id, const struct btf_type *t, struct place at)
{
	struct lex *l = &p->lex;
	float f = (float)l->real;

	if (word_is(l, "nan") || word_is(l, "inf"))
		l->real = word_is(l, "nan") ? __builtin_nan("") : __builtin_inf(), f = (float)l->real;
	else if (l->token != TOK_NUMBER && l->token != TOK_REAL)
		return value_unexpected_for(p, "a number", id);
	if (t->size == sizeof(f) && at.len >= sizeof(f))
		memcpy(at.data, &f, sizeof(f));
	else if (t->size == sizeof(l->real) && at.len >= sizeof(l->real))
		memcpy(at.data, &l->real, sizeof(l->real));
	else
		return value_fail(p, "floating point of %u bytes cannot be written", t->size);
	lex_next(l);
	return 0;
}

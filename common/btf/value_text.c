/* SPDX-License-Identifier: BSD-2-Clause */
/* Values on one line, for people; what it prints, value_parse.c reads. */
#include "common/btf/value.h"
#include "common/btf/value_walk.h"

#include <stdio.h>

struct text_sink {
	struct value_sink sink;
	struct strbuf *out;
	enum btf_text_form form;
	u32 depth;
	bool first; /* nothing stands before in these brackets */
};

static struct text_sink *sink_of(struct value_sink *s)
{
	return container_of(s, struct text_sink, sink);
}

/* The outermost struct of the fields form has neither braces nor commas nor dots. */
static bool bare(const struct text_sink *s)
{
	return s->form == BTF_TEXT_FIELDS && s->depth == 1;
}

static void begin(struct value_sink *sink, char open)
{
	struct text_sink *s = sink_of(sink);

	if (!s->depth && open == '[')
		s->form = BTF_TEXT_VALUE;
	s->depth++;
	s->first = true;
	if (!bare(s))
		strbuf_addc(s->out, open);
}

static void end(struct value_sink *sink, char close)
{
	struct text_sink *s = sink_of(sink);

	if (!bare(s))
		strbuf_addc(s->out, close);
	s->depth--;
	s->first = false;
}

static void separate(struct text_sink *s)
{
	if (!s->first)
		strbuf_adds(s->out, bare(s) ? " " : ", ");
	s->first = false;
}

static void member(struct value_sink *sink, const char *name)
{
	struct text_sink *s = sink_of(sink);

	separate(s);
	if (bare(s))
		strbuf_addf(s->out, "%s=", name);
	else
		strbuf_addf(s->out, ".%s = ", name);
}

static void element(struct value_sink *sink)
{
	separate(sink_of(sink));
}

static void more(struct value_sink *sink)
{
	separate(sink_of(sink));
	strbuf_adds(sink_of(sink)->out, "...");
}

static void escaped(struct strbuf *out, u8 c, char quote)
{
	static const char letters[] = {['\a'] = 'a', ['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't', ['\v'] = 'v'};

	if (c == (u8)quote || c == '\\')
		strbuf_addf(out, "\\%c", c);
	else if (c < sizeof(letters) && letters[c])
		strbuf_addf(out, "\\%c", letters[c]);
	else if (c < 0x20 || c == 0x7f || (quote == '\'' && c >= 0x80))
		strbuf_addf(out, "\\x%02x", c);
	else
		strbuf_addc(out, (char)c);
}

/* How many bytes of UTF-8 start here; 0 when it is none. */
static size_t utf8_len(const u8 *s, size_t len)
{
	size_t n = *s < 0x80 ? 1 : *s >= 0xc2 && *s < 0xe0 ? 2 : (*s & 0xf0) == 0xe0 ? 3 : *s >= 0xf0 && *s < 0xf5 ? 4 : 0;

	if (n > len)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static void string(struct value_sink *sink, const char *text, size_t len)
{
	struct strbuf *out = sink_of(sink)->out;

	strbuf_addc(out, '"');
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_len((const u8 *)text + i, len - i);
		if (n > 1)
			strbuf_add(out, text + i, n);
		else if (n)
			escaped(out, (u8)text[i], '"');
		else
			strbuf_addf(out, "\\x%02x", (u8)text[i]), n = 1;
	}
	strbuf_addc(out, '"');
}

static void number(struct strbuf *out, const struct value *v)
{
	bool minus = v->is_signed && (v->bits >> 127);
	u128 abs = minus ? 0 - v->bits : v->bits;

	if (abs >> 64) {
		strbuf_addf(out, "%s0x%llx%016llx", minus ? "-" : "", (unsigned long long)(abs >> 64), (unsigned long long)abs);
		return;
	}
	if (minus)
		strbuf_addc(out, '-');
	strbuf_addu(out, (u64)abs);
}

static void scalar(struct value_sink *sink, const struct value *v)
{
	struct strbuf *out = sink_of(sink)->out;
	u8 c = (u8)v->bits;

	switch (v->kind) {
	case VALUE_CHAR:
		if (c < 0x20 || c >= 0x7f) {
			number(out, v);
			break;
		}
		strbuf_addc(out, '\'');
		escaped(out, c, '\'');
		strbuf_addc(out, '\'');
		break;
	case VALUE_INT:
		number(out, v);
		break;
	case VALUE_BOOL:
		if (v->bits > 1)
			number(out, v);
		else
			strbuf_adds(out, v->bits ? "true" : "false");
		break;
	case VALUE_ENUM:
		if (v->name && *v->name)
			strbuf_adds(out, v->name);
		else
			number(out, v);
		break;
	case VALUE_PTR:
		strbuf_addf(out, "0x%llx", (unsigned long long)v->bits);
		break;
	case VALUE_FLOAT:
		strbuf_addf(out, v->width == 32 ? "%.9g" : "%.17g", v->real);
		break;
	case VALUE_NONE:
		strbuf_addc(out, '?');
		break;
	}
}

void btf_value_text(const struct btf *btf, u32 id, const void *data, size_t len, enum btf_text_form form, struct strbuf *out)
{
	struct text_sink s = {
		.sink = {begin, end, member, element, scalar, string, more, true, true},
		.out = out,
		.form = form,
		.first = true,
	};

	value_walk(btf, id, data, len, &s.sink);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "common/util/json.h"

#include <string.h>

/* What separates this value from the one before. */
static void before(struct json *j)
{
	if (j->comma)
		strbuf_addc(j->out, ',');
	j->comma = true;
}

static void newline(struct json *j)
{
	if (!j->pretty)
		return;
	strbuf_addc(j->out, '\n');
	strbuf_addn(j->out, ' ', (size_t)j->depth * 4);
}

void json_begin(struct json *j, char c)
{
	before(j);
	strbuf_addc(j->out, c);
	j->depth++;
	j->comma = false;
}

void json_end(struct json *j, char c)
{
	j->depth--;
	if (j->comma)
		newline(j);
	strbuf_addc(j->out, c);
	j->comma = true;
}

static void quoted(struct json *j, const char *s, size_t len)
{
	static const char short_escapes[] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};

	strbuf_addc(j->out, '"');
	while (len) {
		size_t plain = 0;
		u8 c;

		while (plain < len && (u8)s[plain] >= 0x20 && s[plain] != '"' && s[plain] != '\\' && s[plain] != 0x7f)
			plain++;
		strbuf_add(j->out, s, plain);
		s += plain;
		len -= plain;
		if (!len)
			break;
		c = (u8)*s++;
		len--;
		if (c == '"' || c == '\\')
			strbuf_addf(j->out, "\\%c", c);
		else if (c < sizeof(short_escapes) && short_escapes[c])
			strbuf_addf(j->out, "\\%c", short_escapes[c]);
		else
			strbuf_addf(j->out, "\\u%04x", c);
	}
	strbuf_addc(j->out, '"');
}

void json_key(struct json *j, const char *name)
{
	before(j);
	newline(j);
	quoted(j, name, strlen(name));
	strbuf_adds(j->out, j->pretty ? ": " : ":");
	j->comma = false;
}

void json_strn(struct json *j, const char *s, size_t len)
{
	before(j);
	quoted(j, s, len);
}

void json_str(struct json *j, const char *s)
{
	json_strn(j, s, strlen(s));
}

void json_uint(struct json *j, u64 v)
{
	before(j);
	strbuf_addu(j->out, v);
}

void json_int(struct json *j, s64 v)
{
	before(j);
	if (v < 0)
		strbuf_addc(j->out, '-');
	strbuf_addu(j->out, v < 0 ? 0 - (u64)v : (u64)v);
}

void json_raw(struct json *j, const char *text)
{
	before(j);
	strbuf_adds(j->out, text);
}

void json_bool(struct json *j, bool v)
{
	json_raw(j, v ? "true" : "false");
}

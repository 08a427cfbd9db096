/* SPDX-License-Identifier: BSD-2-Clause */
#include "common/btf/value_lex.h"

#include <stdlib.h>
#include <string.h>

void lex_init(struct lex *l, const char *text)
{
	*l = (struct lex){.p = text};
	lex_next(l);
}

void lex_free(struct lex *l)
{
	strbuf_free(&l->text);
}

static void bad(struct lex *l, const char *problem)
{
	l->token = TOK_BAD;
	l->problem = problem;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static u32 digit_of(char c)
{
	if (is_digit(c))
		return (u32)(c - '0');
	c |= 32;
	return c >= 'a' && c <= 'z' ? (u32)(c - 'a') + 10 : 99;
}

static void lex_real(struct lex *l)
{
	char *end;

	l->real = strtod(l->start, &end);
	l->p = end;
	l->token = TOK_REAL;
	if (is_word(*l->p))
		bad(l, "not a number");
}

/* [-+] digits, 0x, 0b, 0o; _ between digits is for the eye. Decimal with . or e is a real. */
static void lex_number(struct lex *l)
{
	const char *p = l->p;
	u32 base = 10, d;
	u128 v = 0;

	if (*p == '-' || *p == '+')
		l->minus = *p++ == '-';
	if (*p == '0' && strchr("xXbBoO", p[1]) && p[1]) {
		base = (p[1] | 32) == 'x' ? 16 : (p[1] | 32) == 'b' ? 2 : 8;
		p += 2;
		if (digit_of(*p) >= base) {
			bad(l, "not a number");
			return;
		}
	}
	for (; (d = digit_of(*p)) < base || (*p == '_' && digit_of(p[1]) < base); p++) {
		if (*p == '_')
			continue;
		if (v > (~(u128)0 - d) / base) {
			bad(l, "a number of more than 128 bits");
			return;
		}
		v = v * base + d;
	}
	if (base == 10 && ((*p == '.' && p[1] != '.') || (*p | 32) == 'e')) {
		lex_real(l);
		return;
	}
	l->p = p;
	l->token = TOK_NUMBER;
	l->is_bits = base != 10;
	l->number = v;
	l->real = l->minus ? -(double)v : (double)v;
	if (is_word(*p))
		bad(l, "not a number");
}

static void add_utf8(struct strbuf *out, u32 c)
{
	if (c < 0x80) {
		strbuf_addc(out, (char)c);
	} else if (c < 0x800) {
		strbuf_addc(out, (char)(0xc0 | c >> 6));
		strbuf_addc(out, (char)(0x80 | (c & 0x3f)));
	} else {
		strbuf_addc(out, (char)(0xe0 | c >> 12));
		strbuf_addc(out, (char)(0x80 | (c >> 6 & 0x3f)));
		strbuf_addc(out, (char)(0x80 | (c & 0x3f)));
	}
}

/* Behind a backslash; C's and JSON's. */
static bool escape(struct lex *l)
{
	static const char names[] = "abfnrtv0\\\"'/";
	static const char values[] = "\a\b\f\n\r\t\v\0\\\"'/";
	const char *at = *l->p ? strchr(names, *l->p) : NULL;
	u32 v = 0, n = *l->p == 'x' ? 2 : *l->p == 'u' ? 4 : 0;

	if (at) {
		strbuf_addc(&l->text, values[at - names]);
		l->p++;
		return true;
	}
	if (!n)
		return false;
	l->p++;
	for (u32 i = 0; i < n; i++, l->p++) {
		if (digit_of(*l->p) >= 16)
			return false;
		v = v * 16 + digit_of(*l->p);
	}
	if (n == 2)
		strbuf_addc(&l->text, (char)v);
	else
		add_utf8(&l->text, v);
	return true;
}

static void lex_quoted(struct lex *l, char quote)
{
	l->p++;
	while (*l->p && *l->p != quote) {
		if (*l->p != '\\') {
			strbuf_addc(&l->text, *l->p++);
			continue;
		}
		l->p++;
		if (!escape(l)) {
			bad(l, "an escape that is not known");
			return;
		}
	}
	if (!*l->p) {
		bad(l, "a quote that does not end");
		return;
	}
	l->p++;
	l->token = quote == '"' ? TOK_STRING : TOK_CHAR;
	if (l->token == TOK_CHAR && l->text.len != 1)
		bad(l, "'' holds one character");
	else if (l->token == TOK_CHAR)
		l->number = (u8)l->text.s[0];
}

void lex_next(struct lex *l)
{
	strbuf_reset(&l->text);
	l->minus = l->is_bits = false;
	l->number = 0;
	while (is_space(*l->p))
		l->p++;
	l->start = l->p;
	if (!*l->p) {
		l->token = TOK_END;
	} else if (is_digit(*l->p) || ((*l->p == '-' || *l->p == '+') && is_digit(l->p[1])) ||
		   (*l->p == '.' && is_digit(l->p[1]))) {
		if (*l->p == '.')
			lex_real(l);
		else
			lex_number(l);
	} else if (*l->p == '"' || *l->p == '\'') {
		lex_quoted(l, *l->p);
	} else if (is_word(*l->p)) {
		while (is_word(*l->p))
			strbuf_addc(&l->text, *l->p++);
		l->token = TOK_WORD;
	} else if (!strncmp(l->p, "...", 3)) {
		l->token = TOK_PUNCT;
		l->punct = 'E';
		l->p += 3;
	} else if (strchr("{}[].,=:", *l->p)) {
		l->token = TOK_PUNCT;
		l->punct = *l->p++;
	} else {
		bad(l, "a character that has no meaning here");
	}
}

void lex_unquote_number(struct lex *l)
{
	struct lex inner;

	if (l->token != TOK_STRING)
		return;
	lex_init(&inner, strbuf_str(&l->text));
	if (inner.token == TOK_NUMBER && !*inner.p) {
		l->token = TOK_NUMBER;
		l->minus = inner.minus;
		l->is_bits = inner.is_bits;
		l->number = inner.number;
		l->real = inner.real;
	}
	lex_free(&inner);
}

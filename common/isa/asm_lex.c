/* SPDX-License-Identifier: BSD-2-Clause */
/* What the assembler recognises: words, numbers, registers, addresses. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/isa/asm_parse.h"

bool asm_fail(struct asm_state *s, const char *fmt, ...)
{
	va_list ap;

	if (s->err)
		return false;
	s->err = -EINVAL;
	if (!s->error)
		return false;
	s->error->line = s->line;
	s->error->column = (u32)(s->p - s->line_start) + 1;
	va_start(ap, fmt);
	vsnprintf(s->error->text, sizeof(s->error->text), fmt, ap);
	va_end(ap);
	return false;
}

void asm_skip_space(struct asm_state *s)
{
	while (*s->p == ' ' || *s->p == '\t' || *s->p == '\r')
		s->p++;
}

bool asm_at_end(struct asm_state *s)
{
	asm_skip_space(s);
	return !*s->p || *s->p == '\n' || *s->p == '#' || *s->p == ';' || (s->p[0] == '/' && s->p[1] == '/');
}

bool asm_accept(struct asm_state *s, const char *punctuation)
{
	size_t len = strlen(punctuation);

	asm_skip_space(s);
	if (strncmp(s->p, punctuation, len) != 0)
		return false;
	s->p += len;
	return true;
}

static bool word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

static bool word_start(char c)
{
	return word_char(c) && c != '-' && !(c >= '0' && c <= '9');
}

bool asm_accept_word(struct asm_state *s, const char *word)
{
	size_t len = strlen(word);

	asm_skip_space(s);
	if (strncmp(s->p, word, len) != 0 || word_char(s->p[len]))
		return false;
	s->p += len;
	return true;
}

bool asm_expect(struct asm_state *s, const char *punctuation)
{
	return asm_accept(s, punctuation) || asm_fail(s, "expected \"%s\"", punctuation);
}

bool asm_word(struct asm_state *s, const char **word, u32 *len)
{
	asm_skip_space(s);
	if (!word_start(*s->p))
		return false;
	*word = s->p;
	while (word_char(*s->p))
		s->p++;
	*len = (u32)(s->p - *word);
	return true;
}

static int digit_value(char c, u32 base)
{
	int v = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;

	return v < (int)base ? v : -1;
}

bool asm_is_number(struct asm_state *s)
{
	const char *p;

	asm_skip_space(s);
	p = s->p;
	if (*p == '+' || *p == '-')
		p++;
	return *p >= '0' && *p <= '9';
}

bool asm_parse_number(struct asm_state *s, struct asm_number *n)
{
	const char *start;
	u32 base = 10;
	u64 v = 0;

	if (!asm_is_number(s))
		return asm_fail(s, "expected a number");
	start = s->p;
	*n = (struct asm_number){.negative = *s->p == '-'};
	if (*s->p == '+' || *s->p == '-')
		s->p++;
	if (s->p[0] == '0' && (s->p[1] == 'x' || s->p[1] == 'X')) {
		base = 16;
		s->p += 2;
		n->hex = true;
		if (digit_value(*s->p, 16) < 0)
			return asm_fail(s, "expected a hexadecimal digit");
	}
	for (; digit_value(*s->p, base) >= 0; s->p++) {
		u32 digit = (u32)digit_value(*s->p, base);

		if (v > (UINT64_MAX - digit) / base || (n->negative && v * base + digit > 1ULL << 63)) {
			s->p = start;
			return asm_fail(s, "number does not fit 64 bits");
		}
		v = v * base + digit;
	}
	if (word_start(*s->p))
		return asm_fail(s, "unexpected character in a number");
	n->value = n->negative ? -v : v;
	return true;
}

bool asm_parse_int(struct asm_state *s, s64 min, s64 max, s64 *value)
{
	struct asm_number n;
	const char *start;

	asm_skip_space(s);
	start = s->p;
	if (!asm_parse_number(s, &n))
		return false;
	*value = (s64)n.value;
	if ((!n.negative && n.value > INT64_MAX) || *value < min || *value > max) {
		s->p = start;
		return asm_fail(s, "number out of range [%lld, %lld]", (long long)min, (long long)max);
	}
	return true;
}

bool asm_is_reg(struct asm_state *s)
{
	const char *p;

	asm_skip_space(s);
	p = s->p;
	if ((*p != 'r' && *p != 'w') || digit_value(p[1], 10) < 0)
		return false;
	p += digit_value(p[2], 10) >= 0 ? 3 : 2;
	return !word_char(*p) || *p == '-' || *p == '.';
}

bool asm_parse_reg(struct asm_state *s, struct asm_reg *reg)
{
	u32 number;

	if (!asm_is_reg(s))
		return asm_fail(s, "expected a register");
	number = (u32)digit_value(s->p[1], 10);
	if (digit_value(s->p[2], 10) >= 0)
		number = number * 10 + (u32)digit_value(s->p[2], 10);
	if (number > 15)
		return asm_fail(s, "no such register");
	reg->w = *s->p == 'w';
	reg->reg = (u8)number;
	s->p += digit_value(s->p[2], 10) >= 0 ? 3 : 2;
	return true;
}

bool asm_parse_r(struct asm_state *s, u8 *reg)
{
	struct asm_reg r;
	const char *start;

	asm_skip_space(s);
	start = s->p;
	if (!asm_parse_reg(s, &r))
		return false;
	if (r.w) {
		s->p = start;
		return asm_fail(s, "a 64-bit register (rN) is needed here");
	}
	*reg = r.reg;
	return true;
}

bool asm_parse_type(struct asm_state *s, const char **type)
{
	static const char *const types[] = {"u8", "u16", "u32", "u64", "s8", "s16", "s32", "s64"};

	for (u32 i = 0; i < ARRAY_SIZE(types); i++)
		if (asm_accept_word(s, types[i])) {
			*type = types[i];
			return asm_expect(s, "*") && asm_expect(s, ")");
		}
	return asm_fail(s, "expected a type (u8 to u64, s8 to s32)");
}

static u8 type_size(const char *type)
{
	switch (type[1]) {
	case '8':
		return BPF_B;
	case '1':
		return BPF_H;
	case '3':
		return BPF_W;
	default:
		return BPF_DW;
	}
}

bool asm_parse_address(struct asm_state *s, struct asm_address *a)
{
	s64 off = 0;

	if (!asm_expect(s, "(") || !asm_parse_type(s, &a->type) || !asm_expect(s, "(") || !asm_parse_r(s, &a->reg))
		return false;
	a->size = type_size(a->type);
	asm_skip_space(s);
	if (*s->p == '+' || *s->p == '-') {
		bool negative = *s->p++ == '-';

		if (asm_skip_space(s), *s->p == '+' || *s->p == '-')
			return asm_fail(s, "expected a number");
		if (!asm_parse_int(s, 0, negative ? 32768 : 32767, &off))
			return false;
		off = negative ? -off : off;
	}
	a->off = (s16)off;
	return asm_expect(s, ")");
}

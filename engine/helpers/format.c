/* SPDX-License-Identifier: BSD-2-Clause */
/* Parsing format strings: one walk, which checks when it has nowhere to print, and prints when it has. */
#include "engine/helpers/format.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "engine/helpers/format_out.h"

/* Character classes of the kernel: ASCII and Latin-1. */
static bool is_space(u8 c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0xa0;
}
static bool is_digit(u8 c)
{
	return c >= '0' && c <= '9';
}
static bool is_alnum(u8 c)
{
	return is_digit(c) || ((c | 32) >= 'a' && (c | 32) <= 'z') || (c >= 0xc0 && c != 0xd7 && c != 0xf7);
}
static bool is_punct(u8 c)
{
	return (c > ' ' && c < 0x7f && !is_alnum(c)) || (c > 0xa0 && c < 0xc0) || c == 0xd7 || c == 0xf7;
}
static bool ends_conversion(u8 c)
{
	return !c || is_space(c) || is_punct(c);
}
static bool is_text(u8 c)
{
	return (c >= ' ' && c != 0x7f) || is_space(c);
}

/* Programs on other CPUs may write to the string while it is walked: nothing that was checked once still holds, but that it ends at `end`
 * at the latest. */
struct walk {
	const u8 *p;
	const u8 *end;
	const u64 *args;
	u32 nr_args;
	u32 used;
	struct fmt_out *out; /* NULL: check only */
};

/* The character `ahead` of the current one; 0 at the end. */
static u8 at(const struct walk *w, size_t ahead)
{
	return ahead < (size_t)(w->end - w->p) ? __atomic_load_n(w->p + ahead, __ATOMIC_RELAXED) : 0;
}

static u64 next_arg(struct walk *w)
{
	return w->args ? w->args[w->used++] : (w->used++, 0);
}

static struct fmt_spec parse_flags(struct walk *w)
{
	struct fmt_spec spec = {.width = -1};

	u8 c;

	for (; (c = at(w, 0)); w->p++) {
		if (c == '0')
			spec.zero = true;
		else if (c == '+')
			spec.plus = true;
		else if (c == '-')
			spec.left = true;
		else if (c == ' ')
			spec.space = true;
		else
			break;
	}
	if (is_digit(c))
		spec.width = 0;
	for (; is_digit(c = at(w, 0)); w->p++)
		spec.width = min_of(spec.width * 10 + (c - '0'), FMT_WIDTH_MAX);
	return spec;
}

/* After a pointer conversion, letters and digits are part of it, whatever they say. */
static void skip_alnum(struct walk *w)
{
	while (is_alnum(at(w, 0)))
		w->p++;
}

static int string(struct walk *w, const struct fmt_spec *spec, enum fmt_mem mem)
{
	if (!ends_conversion(at(w, 0)))
		return -EINVAL;
	return w->out ? fmt_string(w->out, spec, next_arg(w), mem) : (next_arg(w), 0);
}

static int address(struct walk *w)
{
	u8 kind = at(w, 0), version = at(w, 1);

	if (version != '4' && version != '6')
		return -EINVAL;
	w->p += 2;
	if (w->out)
		fmt_ip(w->out, next_arg(w), version == '6', kind == 'I');
	else
		next_arg(w);
	skip_alnum(w);
	return 0;
}

/* *p is what follows %p. */
static int pointer(struct walk *w, const struct fmt_spec *spec)
{
	static const struct fmt_spec plain = {.width = -1};
	enum fmt_pointer how = FMT_HASHED;
	u8 c = at(w, 0);

	if ((c == 'k' || c == 'u') && at(w, 1) == 's') {
		enum fmt_mem mem = c == 'k' ? FMT_KERNEL : FMT_USER;

		w->p += 2;
		return string(w, &plain, mem); /* which has no width here */
	}
	if (c == 'i' || c == 'I')
		return address(w);
	switch (c) {
	case 'B':
		spec = &plain;
		how = FMT_SYMBOL;
		break;
	case 's':
	case 'S':
		how = FMT_SYMBOL;
		break;
	case 'x':
		how = FMT_RAW;
		break;
	case 'K':
		break;
	default:
		if (!ends_conversion(c))
			return -EINVAL;
	}
	if (w->out)
		fmt_pointer(w->out, spec, next_arg(w), how);
	else
		next_arg(w);
	skip_alnum(w);
	return 0;
}

static int integer(struct walk *w, const struct fmt_spec *spec)
{
	bool wide = false;
	u8 c;
	u64 v;

	for (int i = 0; i < 2 && at(w, 0) == 'l'; i++, w->p++)
		wide = true;
	c = at(w, 0);
	if (c != 'i' && c != 'd' && c != 'u' && c != 'x' && c != 'X')
		return -EINVAL;
	w->p++;
	v = next_arg(w);
	if (!w->out)
		return 0;
	if (c == 'i' || c == 'd')
		fmt_signed(w->out, spec, wide ? (s64)v : (s32)v);
	else
		fmt_unsigned(w->out, spec, wide ? v : (u32)v, c == 'u' ? 10 : 16, c == 'X');
	return 0;
}

/* *p is what follows the percent sign. */
static int conversion(struct walk *w)
{
	struct fmt_spec spec;

	if (at(w, 0) == '%') {
		if (w->out)
			fmt_char(w->out, '%');
		w->p++;
		return 0;
	}
	if (w->used >= w->nr_args)
		return -EINVAL;
	spec = parse_flags(w);
	switch (at(w, 0)) {
	case 'p':
		w->p++;
		return pointer(w, &spec);
	case 's':
		w->p++;
		return string(w, &spec, FMT_ANY);
	case 'c':
		w->p++;
		if (w->out)
			fmt_padded_char(w->out, &spec, (char)next_arg(w));
		else
			next_arg(w);
		return 0;
	default:
		return integer(w, &spec);
	}
}

static int walk(struct walk *w)
{
	u8 c;

	while ((c = at(w, 0))) {
		int err = 0;

		if (!is_text(c))
			return -EINVAL;
		w->p++;
		if (c == '%')
			err = conversion(w);
		else if (w->out)
			fmt_char(w->out, (char)c);
		if (err)
			return err;
	}
	return 0;
}

int bprintf_check(const char *fmt, u32 size, u32 nr_args)
{
	struct walk w = {.p = (const u8 *)fmt, .end = (const u8 *)fmt + size, .nr_args = nr_args};

	if (!memchr(fmt, 0, size))
		return -EINVAL;
	return walk(&w);
}

long bprintf(char *out, size_t out_size, const char *fmt, u32 size, const u64 *args, u32 nr_args)
{
	struct fmt_out o = {.s = out, .size = out_size, .strings_left = BPRINTF_MAX};
	struct walk w = {.p = (const u8 *)fmt, .end = (const u8 *)fmt + size, .args = args, .nr_args = nr_args, .out = &o};
	int err = bprintf_check(fmt, size, nr_args);

	if (!err)
		err = walk(&w);
	if (out_size)
		out[err ? 0 : min_of(o.len, out_size - 1)] = 0;
	return err ? err : (long)o.len;
}

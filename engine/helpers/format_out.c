/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/helpers/format_out.h"

#include <errno.h>
#include <string.h>

#include "engine/engine.h"
#include "engine/helpers/format.h"
#include "engine/helpers/helper.h"

static void put_n(struct fmt_out *out, char c, int n)
{
	if (n <= 0)
		return;
	if (out->len < out->size)
		memset(out->s + out->len, c, min_of((size_t)n, out->size - out->len));
	out->len += (size_t)n;
}

static void put(struct fmt_out *out, const char *s, size_t n)
{
	if (out->len < out->size)
		memcpy(out->s + out->len, s, min_of(n, out->size - out->len));
	out->len += n;
}

static void put_padded(struct fmt_out *out, const struct fmt_spec *spec, const char *s, size_t n)
{
	int pad = spec->width > (int)n ? spec->width - (int)n : 0;

	put_n(out, ' ', spec->left ? 0 : pad);
	put(out, s, n);
	put_n(out, ' ', spec->left ? pad : 0);
}

void fmt_char(struct fmt_out *out, char c)
{
	put(out, &c, 1);
}

void fmt_padded_char(struct fmt_out *out, const struct fmt_spec *spec, char c)
{
	put_padded(out, spec, &c, 1);
}

/* Digits with an optional sign: zeros go between both, blanks around them. */
static void number(struct fmt_out *out, const struct fmt_spec *spec, char sign, u64 v, unsigned int base, bool upper)
{
	const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char buf[24];
	int n = 0, pad;

	do {
		buf[sizeof(buf) - 1 - (size_t)n++] = digits[v % base];
		v /= base;
	} while (v);
	pad = spec->width - n - (sign != 0);
	if (!spec->left && !spec->zero)
		put_n(out, ' ', pad);
	if (sign)
		put(out, &sign, 1);
	if (!spec->left && spec->zero)
		put_n(out, '0', pad);
	put(out, buf + sizeof(buf) - n, (size_t)n);
	if (spec->left)
		put_n(out, ' ', pad);
}

void fmt_signed(struct fmt_out *out, const struct fmt_spec *spec, s64 v)
{
	char sign = v < 0 ? '-' : spec->plus ? '+' : spec->space ? ' ' : 0;

	number(out, spec, sign, v < 0 ? -(u64)v : (u64)v, 10, false);
}

void fmt_unsigned(struct fmt_out *out, const struct fmt_spec *spec, u64 v, unsigned int base, bool upper)
{
	number(out, spec, 0, v, base, upper);
}

/* Pointers are shown as 32 bits that tell them apart and nothing else; other in each engine. */
static u64 hash_pointer(u64 v)
{
	u64 h = v ^ ptr_to_u64(run_current->engine) ^ run_current->engine->boot_time_ns;

	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9;
	h = (h ^ h >> 27) * 0x94d049bb133111eb;
	return (u32)(h ^ h >> 31);
}

void fmt_pointer(struct fmt_out *out, const struct fmt_spec *spec, u64 v, enum fmt_pointer how)
{
	struct fmt_spec s = *spec;

	if (how == FMT_SYMBOL) {
		/* The engine has no symbols by address: what the kernel prints for an unknown one. */
		struct fmt_out text = {.s = (char[20]){0}, .size = 20};

		put(&text, "0x", 2);
		number(&text, &(struct fmt_spec){.width = -1}, 0, v, 16, false);
		put_padded(out, spec, text.s, text.len);
		return;
	}
	if (s.width < 0) {
		s.width = 16;
		s.zero = !s.left;
	}
	number(out, &s, 0, how == FMT_RAW || !v ? v : hash_pointer(v), 16, false);
}

int fmt_string(struct fmt_out *out, const struct fmt_spec *spec, u64 addr, enum fmt_mem mem)
{
	char buf[BPRINTF_MAX];
	size_t room = min_of(out->strings_left, sizeof(buf));
	long n;

	if (!room)
		return -ENOSPC;
	if (mem == FMT_KERNEL)
		n = helper_read_kernel_str(buf, addr, room);
	else if (mem == FMT_USER)
		n = helper_read_user_str(buf, addr, room);
	else
		n = helper_read_any_str(buf, addr, room);
	if (n <= 0) {
		buf[0] = 0;
		n = 1;
	}
	out->strings_left -= (size_t)n;
	put_padded(out, spec, buf, (size_t)n - 1);
	return 0;
}

void fmt_ip(struct fmt_out *out, u64 addr, bool v6, bool usual)
{
	static const struct fmt_spec plain = {.width = -1};
	struct fmt_spec digits = {.width = v6 ? 2 : usual ? -1 : 3, .zero = true};
	u8 b[16] = {0};
	u32 n = v6 ? 16 : 4;

	helper_read_kernel(b, addr, n);
	for (u32 i = 0; i < n; i++) {
		if (i && !v6)
			put_padded(out, &plain, ".", 1);
		else if (i && usual && i % 2 == 0)
			put_padded(out, &plain, ":", 1);
		number(out, &digits, 0, b[i], v6 ? 16 : 10, false);
	}
}

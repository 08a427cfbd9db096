/* SPDX-License-Identifier: BSD-2-Clause */
#include "common/util/strbuf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void strbuf_free(struct strbuf *sb)
{
	free(sb->s);
	*sb = (struct strbuf)STRBUF_INIT;
}

void strbuf_reset(struct strbuf *sb)
{
	strbuf_truncate(sb, 0);
	sb->oom = false;
}

void strbuf_truncate(struct strbuf *sb, size_t len)
{
	if (len >= sb->len)
		return;
	sb->len = len;
	sb->s[len] = '\0';
}

/* Make room for `extra` more characters and the NUL. */
static bool strbuf_grow(struct strbuf *sb, size_t extra)
{
	size_t need, cap;
	char *s;

	if (sb->oom)
		return false;
	if (__builtin_add_overflow(sb->len, extra, &need) || __builtin_add_overflow(need, 1, &need))
		goto oom;
	if (need <= sb->cap)
		return true;
	cap = sb->cap ? sb->cap : 64;
	while (cap < need)
		if (__builtin_mul_overflow(cap, 2, &cap))
			goto oom;
	s = realloc(sb->s, cap);
	if (!s)
		goto oom;
	sb->s = s;
	sb->cap = cap;
	return true;
oom:
	sb->oom = true;
	return false;
}

void strbuf_add(struct strbuf *sb, const void *data, size_t len)
{
	if (!strbuf_grow(sb, len))
		return;
	if (len)
		memcpy(sb->s + sb->len, data, len);
	sb->len += len;
	sb->s[sb->len] = '\0';
}

void strbuf_addc(struct strbuf *sb, char c)
{
	strbuf_add(sb, &c, 1);
}

void strbuf_adds(struct strbuf *sb, const char *s)
{
	strbuf_add(sb, s, strlen(s));
}

void strbuf_addn(struct strbuf *sb, char c, size_t n)
{
	if (!strbuf_grow(sb, n))
		return;
	memset(sb->s + sb->len, c, n);
	sb->len += n;
	sb->s[sb->len] = '\0';
}

void strbuf_addu(struct strbuf *sb, unsigned long long v)
{
	char digits[20];
	size_t n = sizeof(digits);

	do {
		digits[--n] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	strbuf_add(sb, digits + n, sizeof(digits) - n);
}

void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	if (!strbuf_grow(sb, 0))
		return;
	va_copy(again, ap);
	n = vsnprintf(sb->s + sb->len, sb->cap - sb->len, fmt, ap);
	if (n >= 0 && (size_t)n >= sb->cap - sb->len) {
		if (strbuf_grow(sb, (size_t)n))
			vsnprintf(sb->s + sb->len, sb->cap - sb->len, fmt, again);
		else
			n = 0;
	}
	va_end(again);
	if (n > 0)
		sb->len += (size_t)n;
	sb->s[sb->len] = '\0';
}

void strbuf_addf(struct strbuf *sb, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(sb, fmt, ap);
	va_end(ap);
}

const char *strbuf_str(const struct strbuf *sb)
{
	return sb->s ? sb->s : "";
}

char *strbuf_detach(struct strbuf *sb)
{
	char *s = NULL;

	if (!sb->oom && strbuf_grow(sb, 0)) {
		s = sb->s;
		s[sb->len] = '\0';
		*sb = (struct strbuf)STRBUF_INIT;
	} else {
		strbuf_free(sb);
	}
	return s;
}

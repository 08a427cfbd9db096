/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A growing string: what dumps, logs and messages are built in. `s` is always NUL-terminated (never NULL after the first
 * call that adds); `len` excludes the NUL. When memory runs out the buffer keeps what it has, sets `oom`, and ignores
 * what follows, so that callers check once at the end.
 */
#ifndef SKEP_STRBUF_H
#define SKEP_STRBUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct strbuf {
	char *s;
	size_t len;
	size_t cap;
	bool oom;
};

#define STRBUF_INIT {0}

void strbuf_free(struct strbuf *sb);
void strbuf_reset(struct strbuf *sb);
void strbuf_truncate(struct strbuf *sb, size_t len);
void strbuf_addc(struct strbuf *sb, char c);
void strbuf_add(struct strbuf *sb, const void *data, size_t len);
void strbuf_adds(struct strbuf *sb, const char *s);
void strbuf_addn(struct strbuf *sb, char c, size_t n);
void strbuf_addu(struct strbuf *sb, unsigned long long v); /* decimal; what large dumps use in place of %llu */
void strbuf_addf(struct strbuf *sb, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void strbuf_vaddf(struct strbuf *sb, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
/* The text so far, or "" when nothing was added; stays owned by the buffer. */
const char *strbuf_str(const struct strbuf *sb);
/* Hand the text over to the caller (who frees it); the buffer is empty afterwards. NULL when memory ran out. */
char *strbuf_detach(struct strbuf *sb);

#endif

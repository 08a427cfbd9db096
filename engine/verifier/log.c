/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log is a stream of which the caller's buffer holds a window: its end, or with BPF_LOG_FIXED its start. The engine keeps no
 * more than twice the window, and writes it to the caller once, at the end.
 */
#include "engine/verifier/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/sys/caller.h"

#define LOG_MASK (LOG_LEVEL1 | LOG_LEVEL2 | LOG_STATS | LOG_FIXED)

int verifier_log_init(struct verifier_log *log, struct caller *caller, u32 level, u64 ubuf, u32 size)
{
	*log = (struct verifier_log){.caller = caller, .ubuf = ubuf, .len_total = size, .level = level};
	if (!ubuf != !size || (ubuf && !level) || (level & ~LOG_MASK) || size > UINT32_MAX >> 2)
		return -EINVAL;
	return 0;
}

/* Of the stream only the last len_total bytes can be shown: drop the rest, seldom enough that moving costs little. */
static void drop_front(struct verifier_log *log)
{
	size_t drop;

	if (log->text.len <= 2 * (size_t)log->len_total)
		return;
	drop = log->text.len - log->len_total;
	memmove(log->text.s, log->text.s + drop, log->len_total);
	strbuf_truncate(&log->text, log->len_total);
	log->start_pos += drop;
}

void log_add(struct verifier_log *log, const char *text, size_t len)
{
	size_t keep = len;

	if (!log->level)
		return;
	log->end_pos += len;
	log->len_max = max_of(log->len_max, log->end_pos);
	if (!log->len_total)
		return;
	if (log->level & LOG_FIXED)
		keep = min_of(len, (size_t)log->len_total - log->text.len);
	strbuf_add(&log->text, text, keep);
	if (!(log->level & LOG_FIXED))
		drop_front(log);
}

void verifier_vlog(struct verifier_log *log, const char *fmt, va_list ap)
{
	char small[512], *big = NULL;
	va_list again;
	int n;

	if (!log->level)
		return;
	va_copy(again, ap);
	n = vsnprintf(small, sizeof(small), fmt, ap);
	if (n >= (int)sizeof(small)) {
		n = vasprintf(&big, fmt, again);
		if (n < 0)
			big = NULL;
	}
	if (n > 0)
		log_add(log, big ? big : small, (size_t)n);
	free(big);
	va_end(again);
}

void verifier_log(struct verifier_log *log, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	verifier_vlog(log, fmt, ap);
	va_end(ap);
}

void log_rewind(struct verifier_log *log, u64 pos)
{
	if (pos >= log->end_pos)
		return;
	log->end_pos = pos;
	if (pos < log->start_pos) {
		/* The window moved past it: what was there is gone. */
		log->start_pos = pos;
		strbuf_truncate(&log->text, 0);
		return;
	}
	strbuf_truncate(&log->text, min_of((size_t)(pos - log->start_pos), log->text.len));
}

static int write_window(struct verifier_log *log)
{
	const char *text = strbuf_str(&log->text);
	size_t room = log->len_total - 1, len = log->text.len;

	if (len > room) {
		if (!(log->level & LOG_FIXED))
			text += len - room;
		len = room;
	}
	if (copy_to_caller(log->caller, log->ubuf, text, len) || copy_to_caller(log->caller, log->ubuf + len, "", 1))
		return -EFAULT;
	return 0;
}

int verifier_log_finalize(struct verifier_log *log, u32 *true_size)
{
	int err = 0;

	*true_size = 0;
	if (log->level && log->len_max) {
		u64 need = log->len_max + 1;

		*true_size = need > UINT32_MAX ? UINT32_MAX : (u32)need;
		if (log->len_total) {
			err = write_window(log);
			if (!err && need > log->len_total)
				err = -ENOSPC;
		}
		if (!err && log->text.oom)
			err = -ENOMEM;
	}
	verifier_log_free(log);
	return err;
}

void verifier_log_free(struct verifier_log *log)
{
	strbuf_free(&log->text);
}

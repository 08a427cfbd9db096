/* SPDX-License-Identifier: BSD-2-Clause */
/* The verifier's own door to the log: levels, positions, and strings that are built in place. */
#ifndef SKEP_VERIFIER_LOG_H
#define SKEP_VERIFIER_LOG_H

#include "engine/verifier/verifier.h"

#define LOG_LEVEL1 1U
#define LOG_LEVEL2 2U
#define LOG_STATS 4U
#define LOG_FIXED 8U
#define LOG_LEVELS (LOG_LEVEL1 | LOG_LEVEL2)

static inline bool log_wants(const struct verifier_log *log, u32 levels)
{
	return log->level & levels;
}

void verifier_vlog(struct verifier_log *log, const char *fmt, va_list ap);
/* Append ready text. */
void log_add(struct verifier_log *log, const char *text, size_t len);
/* Forget what was logged after that position of the stream. */
void log_rewind(struct verifier_log *log, u64 pos);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a program is refused. reasons.def lists every reason with the errno that PROG_LOAD answers and the kernel's text; each refusal
 * goes through reject(), which logs the text and leaves the code in the log for tests.
 */
#ifndef SKEP_VERIFIER_REASONS_H
#define SKEP_VERIFIER_REASONS_H

#include "engine/verifier/log.h"

struct verifier_env;

enum verifier_reason {
	REASON_NONE,
#define REASON(name, err, text) REASON_##name,
#include "engine/verifier/reasons.def"
#undef REASON
	REASON_ISA, /* common/isa's reasons */
	REASON_COUNT,
};

/* Formats as arrays, so that the compiler checks the arguments of each use. */
#define REASON(name, err, text) static const char reason_text_##name[] __attribute__((unused)) = text;
#include "engine/verifier/reasons.def"
#undef REASON

/* Log the reason and record it; its -errno. */
int verifier_refuse(struct verifier_log *log, enum verifier_reason reason, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
const char *verifier_reason_name(enum verifier_reason reason);

#define reject(env, name, ...) verifier_refuse((env)->log, REASON_##name, reason_text_##name, ##__VA_ARGS__)
/* Say more, without a verdict. */
#define explain(env, ...) verifier_log((env)->log, __VA_ARGS__)

#endif

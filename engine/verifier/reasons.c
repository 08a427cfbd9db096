/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/verifier/reasons.h"

#include <errno.h>

static const struct {
	const char *name;
	int err;
} reasons[REASON_COUNT] = {
	[REASON_NONE] = {"NONE", 0},
#define REASON(name, err, text) [REASON_##name] = {#name, err},
#include "engine/verifier/reasons.def"
#undef REASON
	[REASON_ISA] = {"ISA", EINVAL},
};

int verifier_refuse(struct verifier_log *log, enum verifier_reason reason, const char *fmt, ...)
{
	va_list ap;

	/* What follows the first reason only explains it. */
	if (!log->reason)
		log->reason = reason;
	va_start(ap, fmt);
	verifier_vlog(log, fmt, ap);
	va_end(ap);
	return -reasons[reason].err;
}

const char *verifier_reason_name(enum verifier_reason reason)
{
	return reason < REASON_COUNT ? reasons[reason].name : "?";
}

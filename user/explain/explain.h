/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Explaining refusals: from the verifier's log (either engine's) to the instruction, its source line, the reason in plain words and what
 * would mend it.
 */
#ifndef SKEP_EXPLAIN_H
#define SKEP_EXPLAIN_H

#include <stdbool.h>

#include "common/util/strbuf.h"
#include "common/util/util.h"

/* What a refusing log says, before any source is looked at. */
struct log_verdict {
	char message[512]; /* the refusing line */
	bool have_insn;
	u32 insn;          /* where it was refused */
	bool have_related;
	u32 related;       /* where what went wrong began (a reservation that leaks) */
	bool in_processed; /* the log has its closing line: nothing is cut off */
};

/* Find the refusal in a log; false when there is none in it. */
bool log_find_refusal(const char *log, struct log_verdict *verdict);

/* The meaning of a message and what to do, appended; false when the message is not known. name: the reason's, static. */
bool reason_explain(const char *message, const char **name, struct strbuf *meaning, struct strbuf *fix);

#endif

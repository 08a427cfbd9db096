/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a verifier's log: its last instruction, and the line that refuses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/explain/explain.h"

/* A line "12: (79) r1 = ..." ; the index. */
static bool is_insn_line(const char *line, u32 *insn)
{
	char *end;
	unsigned long n;

	if (*line < '0' || *line > '9')
		return false;
	n = strtoul(line, &end, 10);
	if (strncmp(end, ": (", 3))
		return false;
	*insn = (u32)n;
	return true;
}

/* "12: R1=ctx() ..." : a register state. */
static bool is_state_line(const char *line)
{
	size_t digits = strspn(line, "0123456789");

	return digits && !strncmp(line + digits, ": R", 3);
}

/* Lines that only accompany what is verified, or close the log. */
static bool is_noise(const char *line)
{
	static const char *const beginnings[] = {
		";", "from ", "processed ", "verification time", "stack depth", "mark_precise", "regs=", "last_idx", "parent ",
		"arg#", "func#", "Func#", "Validating ", "old state:", "cur state:", "max_states", "insns processed", "caller:", "callee:",
		"returning from callee", "to caller at", "propagating", "frame1:", "frame2:", "frame ", "The reason", "libbpf:", "--",
	};

	if (!*line || is_state_line(line))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++)
		if (!strncmp(line, beginnings[i], strlen(beginnings[i])))
			return true;
	return false;
}

static bool number_behind(const char *line, const char *word, u32 *n)
{
	const char *at = strstr(line, word);

	return at && sscanf(at + strlen(word), "%u", n) == 1;
}

/* Messages that name their own instruction, ahead of where the walk stood (or without any walk). */
static void read_message(const char *line, struct log_verdict *v)
{
	u32 n;

	if (number_behind(line, "alloc_insn=", &n)) {
		v->related = n;
		v->have_related = true;
	}
	if (v->have_insn)
		return;
	if (number_behind(line, "unreachable insn ", &n) || number_behind(line, "back-edge from insn ", &n) ||
	    number_behind(line, "jump out of range from insn ", &n)) {
		v->insn = n;
		v->have_insn = true;
	}
}

bool log_find_refusal(const char *log, struct log_verdict *v)
{
	bool found = false;

	*v = (struct log_verdict){0};
	for (const char *next; *log; log = next) {
		size_t len = strcspn(log, "\n");
		char line[sizeof(v->message)];
		u32 insn;

		next = log + len + (log[len] == '\n');
		snprintf(line, sizeof(line), "%.*s", (int)min_of(len, sizeof(line) - 1), log);
		v->in_processed |= !strncmp(line, "processed ", 10);
		if (is_insn_line(line, &insn)) {
			v->insn = insn;
			v->have_insn = true;
			found = false; /* what was said before was no refusal */
			continue;
		}
		if (is_noise(line))
			continue;
		read_message(line, v);
		/* The first line behind the last instruction says it; the next ones only add to it, but for a short "which offset"
		 * that stands before "R1 offset is outside". */
		if (!found)
			snprintf(v->message, sizeof(v->message), "%s", line);
		found = true;
	}
	return found;
}

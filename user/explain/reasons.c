/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of refusals, matched against a message. */
#include <regex.h>
#include <string.h>

#include "user/explain/explain.h"

static const struct reason {
	const char *name, *message, *meaning, *fix;
} reasons[] = {
#define REASON(name, message, meaning, fix) {#name, message, meaning, fix},
#include "user/explain/reasons.def"
#undef REASON
};

static const struct kind {
	const char *name, *words;
} kinds[] = {
#define KIND(name, words) {name, words},
#include "user/explain/kinds.def"
#undef KIND
};

#define GROUPS 10

static void add_group(struct strbuf *out, const char *message, const regmatch_t *m)
{
	if (m->rm_so >= 0)
		strbuf_add(out, message + m->rm_so, (size_t)(m->rm_eo - m->rm_so));
}

static void add_kind(struct strbuf *out, const char *message, const regmatch_t *m)
{
	size_t len = m->rm_so < 0 ? 0 : (size_t)(m->rm_eo - m->rm_so);
	const char *name = message + (m->rm_so < 0 ? 0 : m->rm_so);

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t n = strlen(kinds[i].name);

		/* a name that ends in _ goes on with that of a type */
		if (n && (kinds[i].name[n - 1] == '_' ? len >= n : len == n) && !strncmp(kinds[i].name, name, n)) {
			strbuf_adds(out, kinds[i].words);
			return;
		}
	}
	strbuf_addf(out, "a pointer (%.*s)", (int)len, name);
}

static void substitute(struct strbuf *out, const char *text, const char *message, const regmatch_t *groups)
{
	for (; *text; text++) {
		if (text[0] == '\\' && text[1] >= '1' && text[1] <= '9') {
			add_group(out, message, &groups[text[1] - '0']);
			text++;
		} else if (text[0] == '\\' && text[1] == 'k' && text[2] >= '1' && text[2] <= '9') {
			add_kind(out, message, &groups[text[2] - '0']);
			text += 2;
		} else {
			strbuf_addc(out, *text);
		}
	}
}

bool reason_explain(const char *message, const char **name, struct strbuf *meaning, struct strbuf *fix)
{
	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++) {
		regmatch_t groups[GROUPS];
		regex_t re;
		int miss;

		if (regcomp(&re, reasons[i].message, REG_EXTENDED))
			continue;
		miss = regexec(&re, message, GROUPS, groups, 0);
		regfree(&re);
		if (miss)
			continue;
		*name = reasons[i].name;
		substitute(meaning, reasons[i].meaning, message, groups);
		substitute(fix, reasons[i].fix, message, groups);
		return true;
	}
	return false;
}

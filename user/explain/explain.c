/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/explain/explain.h"

#include <skep/skep.h>
#include <stdlib.h>
#include <string.h>

struct skep_explanation {
	struct log_verdict verdict;
	const char *name;
	struct strbuf meaning, fix;
	bool have_line, have_related;
	struct skep_source_line line, related;
};

struct skep_explanation *skep_explain(const struct skep_program *prog, const char *log)
{
	struct skep_explanation *ex = calloc(1, sizeof(*ex));

	if (!ex)
		return NULL;
	if (!log || !log_find_refusal(log, &ex->verdict)) {
		free(ex);
		return NULL;
	}
	reason_explain(ex->verdict.message, &ex->name, &ex->meaning, &ex->fix);
	ex->line.sz = ex->related.sz = sizeof(ex->line);
	if (prog && ex->verdict.have_insn)
		ex->have_line = !skep_program_source_line(prog, ex->verdict.insn, &ex->line);
	if (prog && ex->verdict.have_related)
		ex->have_related = !skep_program_source_line(prog, ex->verdict.related, &ex->related);
	return ex;
}

void skep_explanation_free(struct skep_explanation *ex)
{
	if (!ex)
		return;
	strbuf_free(&ex->meaning);
	strbuf_free(&ex->fix);
	free(ex);
}

const char *skep_explanation_name(const struct skep_explanation *ex)
{
	return ex->name ? ex->name : "";
}

const char *skep_explanation_message(const struct skep_explanation *ex)
{
	return ex->verdict.message;
}

const char *skep_explanation_meaning(const struct skep_explanation *ex)
{
	return strbuf_str(&ex->meaning);
}

const char *skep_explanation_fix(const struct skep_explanation *ex)
{
	return strbuf_str(&ex->fix);
}

long skep_explanation_insn(const struct skep_explanation *ex)
{
	return ex->verdict.have_insn ? (long)ex->verdict.insn : -1;
}

const struct skep_source_line *skep_explanation_line(const struct skep_explanation *ex)
{
	return ex->have_line ? &ex->line : NULL;
}

const struct skep_source_line *skep_explanation_origin(const struct skep_explanation *ex)
{
	return ex->have_related ? &ex->related : NULL;
}

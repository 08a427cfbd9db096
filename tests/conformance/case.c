/* SPDX-License-Identifier: BSD-2-Clause */
#include "case.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/isa/asm.h"

struct reader {
	struct conformance_cases *cases;
	const char *file;
	u32 line;
	struct conformance_case *open; /* the case whose lines are being read */
	struct strbuf text;            /* its program so far */
};

__attribute__((format(printf, 2, 3))) static bool wrong(const struct reader *rd, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%u: ", rd->file, rd->line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return false;
}

static struct conformance_case *new_case(struct reader *rd, const char *name)
{
	struct conformance_cases *cases = rd->cases;
	struct conformance_case *c;

	if (cases->n == cases->cap) {
		cases->cap = cases->cap ? cases->cap * 2 : 64;
		cases->v = reallocarray(cases->v, cases->cap, sizeof(*cases->v));
		if (!cases->v)
			abort();
	}
	c = &cases->v[cases->n++];
	*c = (struct conformance_case){.name = strdup(name), .file = rd->file, .line = rd->line};
	return c;
}

static bool assemble(struct reader *rd, struct conformance_case *c, const char *text)
{
	struct asm_error err;

	if (asm_text(text, NULL, &c->insns, &c->n, &err) == 0)
		return true;
	rd->line = c->line + err.line;
	return wrong(rd, "column %u: %s", err.column, err.text);
}

/* The case that is being read is complete. */
static bool close_case(struct reader *rd)
{
	struct conformance_case *c = rd->open;
	bool ok;

	rd->open = NULL;
	if (!c)
		return true;
	ok = assemble(rd, c, strbuf_str(&rd->text));
	strbuf_reset(&rd->text);
	return ok && (c->has_result || c->error || wrong(rd, "case %s has neither result nor error", c->name));
}

static u8 *parse_bytes(const char *text, u32 *len)
{
	u8 *bytes = malloc(strlen(text) / 2 + 1);
	int used;
	unsigned v;

	for (*len = 0; bytes && sscanf(text, " %2x%n", &v, &used) == 1; text += used)
		bytes[(*len)++] = (u8)v;
	return bytes;
}

/* Text after the words of a directive, or NULL when the line is another. */
static const char *directive(const char *line, const char *words)
{
	size_t len = strlen(words);

	if (strncmp(line, words, len) != 0 || (line[len] && line[len] != ' '))
		return NULL;
	return line + len + (line[len] == ' ');
}

/* A line that says something of the open case; false: it is program text. */
static bool case_line(struct reader *rd, const char *line)
{
	struct conformance_case *c = rd->open;
	const char *rest;
	u32 len;

	if ((rest = directive(line, "mem")))
		c->mem = parse_bytes(rest, &c->mem_len);
	else if ((rest = directive(line, "after")))
		c->after = parse_bytes(rest, &len);
	else if ((rest = directive(line, "result")))
		c->has_result = true, c->result = strtoull(rest, NULL, 0);
	else if ((rest = directive(line, "error")))
		c->error = strdup(rest);
	else if ((rest = directive(line, "kernel refuses")))
		c->kernel_refuses = strdup(rest);
	else if ((rest = directive(line, "kernel skip")))
		c->kernel_skip = strdup(rest);
	else if (directive(line, "only checked"))
		c->only_checked = true;
	else
		return false;
	return true;
}

/* One case made from a row; what names the form. */
__attribute__((format(printf, 5, 6))) static bool row_case(struct reader *rd, const char *row, const char *form, u64 result,
							    const char *fmt, ...)
{
	struct strbuf name = STRBUF_INIT, text = STRBUF_INIT;
	struct conformance_case *c;
	enum isa_reason reason = ISA_OK;
	va_list ap;

	strbuf_addf(&name, "%s (%s)", row, form);
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	c = new_case(rd, strbuf_str(&name));
	c->has_result = true;
	c->result = result;
	strbuf_free(&name);
	if (!assemble(rd, c, strbuf_str(&text)))
		return false;
	strbuf_free(&text);
	/* What the instruction set defines and the kernel refuses: zero divisors and long shifts as constants. */
	for (u32 i = 0; i < c->n && reason == ISA_OK; i += insn_slots(&c->insns[i])) {
		reason = isa_legal(&c->insns[i], c->n - i);
		if (reason != ISA_OK) {
			struct strbuf why = STRBUF_INIT;

			isa_reason_text(&why, reason, &c->insns[i]);
			c->kernel_refuses = strbuf_detach(&why);
		}
	}
	return true;
}

static bool fits_imm(u64 value, bool wide)
{
	return wide ? (s64)value == (s32)value : value <= UINT32_MAX;
}

/* "A OP B -> R" */
struct row {
	u64 a, b, result;
	char op[16];
};

static bool parse_row(struct row *row, const char *text, bool yes_no)
{
	char a[32], b[32], result[32];

	if (sscanf(text, "%31s %15s %31s -> %31s", a, row->op, b, result) != 4)
		return false;
	row->a = strtoull(a, NULL, 0);
	row->b = strtoull(b, NULL, 0);
	row->result = yes_no ? strcmp(result, "yes") == 0 : strtoull(result, NULL, 0);
	return true;
}

static bool alu_row(struct reader *rd, const char *line, const char *text, bool wide)
{
	char reg = wide ? 'r' : 'w';
	struct row row;

	if (!parse_row(&row, text, false))
		return wrong(rd, "expected A OP B -> R");
	if (!row_case(rd, line, "register", row.result, "r0 = 0x%llx\nr3 = 0x%llx\n%c0 %s %c3\nexit\n", row.a, row.b, reg, row.op, reg))
		return false;
	return !fits_imm(row.b, wide) || row_case(rd, line, "immediate", row.result, "r0 = 0x%llx\n%c0 %s %d\nexit\n", row.a, reg,
						  row.op, (s32)(u32)row.b);
}

static bool jmp_row(struct reader *rd, const char *line, const char *text, bool wide)
{
	char reg = wide ? 'r' : 'w';
	struct row row;

	if (!parse_row(&row, text, true))
		return wrong(rd, "expected A OP B -> yes or no");
	if (!row_case(rd, line, "register", row.result,
		      "r4 = 0x%llx\nr3 = 0x%llx\nr0 = 1\nif %c4 %s %c3 goto out\nr0 = 0\nout: exit\n", row.a, row.b, reg, row.op, reg))
		return false;
	return !fits_imm(row.b, wide) ||
	       row_case(rd, line, "immediate", row.result, "r4 = 0x%llx\nr0 = 1\nif %c4 %s 0x%x goto out\nr0 = 0\nout: exit\n", row.a,
			reg, row.op, (u32)row.b);
}

/* "INSN : A -> R" */
static bool apply_row(struct reader *rd, const char *line, const char *text)
{
	const char *colon = strstr(text, " : "), *arrow = strstr(text, " -> ");

	if (!colon || !arrow || arrow < colon)
		return wrong(rd, "expected INSN : A -> R");
	return row_case(rd, line, "applied", strtoull(arrow + 4, NULL, 0), "r0 = 0x%llx\nr1 = r0\n%.*s\nexit\n",
			strtoull(colon + 3, NULL, 0), (int)(colon - text), text);
}

static bool read_line(struct reader *rd, const char *line)
{
	static const char *const rows[] = {"alu64", "alu32", "jmp64", "jmp32", "apply"};
	const char *rest;

	for (u32 i = 0; i < ARRAY_SIZE(rows); i++) {
		rest = directive(line, rows[i]);
		if (!rest)
			continue;
		return close_case(rd) && (i < 2 ? alu_row(rd, line, rest, i == 0)
				      : i < 4 ? jmp_row(rd, line, rest, i == 2)
					      : apply_row(rd, line, rest));
	}
	rest = directive(line, "case");
	if (rest) {
		if (!close_case(rd))
			return false;
		rd->open = new_case(rd, rest);
		return true;
	}
	if (!rd->open)
		return !*line || *line == '#' || wrong(rd, "not in a case: %s", line);
	/* Directives leave an empty line behind, so that the assembler's line numbers are the file's. */
	if (!case_line(rd, line))
		strbuf_adds(&rd->text, line);
	strbuf_addc(&rd->text, '\n');
	return true;
}

int cases_read(struct conformance_cases *cases, const char *file)
{
	struct reader rd = {.cases = cases, .file = file};
	FILE *f = fopen(file, "r");
	char *line = NULL;
	size_t cap = 0;
	bool ok = true;

	if (!f) {
		perror(file);
		return -1;
	}
	while (ok && getline(&line, &cap, f) > 0) {
		rd.line++;
		line[strcspn(line, "\n")] = 0;
		ok = read_line(&rd, line);
	}
	ok = ok && close_case(&rd);
	free(line);
	fclose(f);
	strbuf_free(&rd.text);
	return ok ? 0 : -1;
}

void cases_free(struct conformance_cases *cases)
{
	for (u32 i = 0; i < cases->n; i++) {
		struct conformance_case *c = &cases->v[i];

		free(c->name);
		free(c->insns);
		free(c->mem);
		free(c->after);
		free(c->error);
		free(c->kernel_refuses);
		free(c->kernel_skip);
	}
	free(cases->v);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The assembler's driver: lines, labels, the program that grows, and the jumps that wait for their label. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/isa/asm_parse.h"

#define MAX_INSNS (1U << 20)

/* Room for one more element; false with s->err set. */
static bool grow(struct asm_state *s, void *array, u32 n, u32 *cap, size_t size)
{
	void **p = array, *bigger;
	u32 want;

	if (n < *cap)
		return true;
	if (n >= MAX_INSNS)
		return asm_fail(s, "program too long");
	want = *cap ? *cap * 2 : 32;
	bigger = reallocarray(*p, want, size);
	if (!bigger) {
		s->err = -ENOMEM;
		return false;
	}
	*p = bigger;
	*cap = want;
	return true;
}

bool asm_emit(struct asm_state *s, struct bpf_insn insn)
{
	if (!grow(s, &s->insns, s->n, &s->insns_cap, sizeof(insn)))
		return false;
	s->insns[s->n++] = insn;
	return true;
}

bool asm_add_fixup(struct asm_state *s, struct asm_fixup fixup)
{
	if (!grow(s, &s->fixups, s->fixup_n, &s->fixups_cap, sizeof(fixup)))
		return false;
	s->fixups[s->fixup_n++] = fixup;
	return true;
}

/* "name:" */
static bool parse_label(struct asm_state *s)
{
	struct asm_label label = {.insn = s->n, .line = s->line};
	const char *start = s->p;

	if (!asm_word(s, &label.name, &label.name_len) || *s->p != ':') {
		s->p = start;
		return false;
	}
	s->p++;
	if (grow(s, &s->labels, s->label_n, &s->labels_cap, sizeof(label)))
		s->labels[s->label_n++] = label;
	return true;
}

/* The disassembler's "12: " and "(b7) "; the opcode, or -1. */
static int skip_listing(struct asm_state *s)
{
	const char *p;
	char *end;
	unsigned long code;

	asm_skip_space(s);
	p = s->p;
	while (*p >= '0' && *p <= '9')
		p++;
	if (p > s->p && *p == ':') {
		s->p = p + 1;
		asm_skip_space(s);
	}
	if (s->p[0] != '(' || !s->p[1] || !s->p[2] || s->p[3] != ')')
		return -1;
	code = strtoul(s->p + 1, &end, 16);
	if (end != s->p + 3)
		return -1;
	s->p += 4;
	return (int)code;
}

static bool parse_line(struct asm_state *s)
{
	const char *start;
	int code;
	u32 at;

	asm_skip_space(s);
	while (parse_label(s))
		asm_skip_space(s);
	if (s->err || asm_at_end(s))
		return !s->err;
	start = s->p;
	code = skip_listing(s);
	if (asm_at_end(s))
		return asm_fail(s, "expected an instruction");
	at = s->n;
	if (!asm_statement(s))
		return false;
	if (!asm_at_end(s))
		return asm_fail(s, "unexpected text after the instruction");
	if (code >= 0 && s->insns[at].code != code) {
		s->p = start;
		return asm_fail(s, "this is instruction (%02x), not (%02x)", s->insns[at].code, (u32)code);
	}
	return true;
}

/* Move an error that was just reported to where it belongs; false. */
static bool blame(struct asm_state *s, u32 line, u32 column)
{
	if (s->error && s->err == -EINVAL) {
		s->error->line = line;
		s->error->column = column;
	}
	return false;
}

static int compare_labels(const void *a, const void *b)
{
	const struct asm_label *x = a, *y = b;
	int order = memcmp(x->name, y->name, min_of(x->name_len, y->name_len));

	if (order)
		return order;
	return (x->name_len > y->name_len) - (x->name_len < y->name_len);
}

static bool sort_labels(struct asm_state *s)
{
	if (s->label_n)
		qsort(s->labels, s->label_n, sizeof(*s->labels), compare_labels);
	for (u32 i = 1; i < s->label_n; i++)
		if (compare_labels(&s->labels[i - 1], &s->labels[i]) == 0) {
			asm_fail(s, "label %.*s is there twice", (int)min_of(s->labels[i].name_len, 60u), s->labels[i].name);
			return blame(s, max_of(s->labels[i - 1].line, s->labels[i].line), 1);
		}
	return true;
}

static bool resolve(struct asm_state *s, const struct asm_fixup *fixup)
{
	const struct asm_label key = {.name = fixup->name, .name_len = fixup->name_len}, *label = NULL;
	s64 distance;

	if (s->label_n)
		label = bsearch(&key, s->labels, s->label_n, sizeof(key), compare_labels);
	if (!label) {
		asm_fail(s, "no label %.*s", (int)min_of(fixup->name_len, 60u), fixup->name);
		return blame(s, fixup->line, fixup->column);
	}
	distance = (s64)label->insn - fixup->insn - 1;
	if (fixup->in_imm) {
		s->insns[fixup->insn].imm = (s32)distance;
		return true;
	}
	if (distance < INT16_MIN || distance > INT16_MAX) {
		asm_fail(s, "too far: use gotol");
		return blame(s, fixup->line, fixup->column);
	}
	s->insns[fixup->insn].off = (s16)distance;
	return true;
}

static bool assemble(struct asm_state *s)
{
	for (;;) {
		s->line++;
		s->line_start = s->p;
		if (!parse_line(s))
			return false;
		s->p += strcspn(s->p, "\n");
		if (!*s->p)
			break;
		s->p++;
	}
	if (!sort_labels(s))
		return false;
	for (u32 i = 0; i < s->fixup_n; i++)
		if (!resolve(s, &s->fixups[i]))
			return false;
	return true;
}

int asm_text(const char *text, const struct asm_opts *opts, struct bpf_insn **insns, u32 *n, struct asm_error *err)
{
	struct asm_state s = {.opts = opts, .p = text, .line_start = text, .error = err};

	*insns = NULL;
	*n = 0;
	if (assemble(&s)) {
		*insns = s.insns;
		*n = s.n;
	} else {
		free(s.insns);
	}
	free(s.fixups);
	free(s.labels);
	return s.err;
}

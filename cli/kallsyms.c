/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/kallsyms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KALLSYMS "/proc/kallsyms"
#define BASE "__bpf_call_base"
#define CALL (BPF_JMP | BPF_CALL)

struct symbol {
	s32 imm;
	char *name;
};

struct kallsyms {
	u32 n;
	struct symbol symbols[];
};

static int by_imm(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return (x->imm > y->imm) - (x->imm < y->imm);
}

static struct symbol *find(const struct kallsyms *syms, s32 imm)
{
	struct symbol key = {.imm = imm};

	return bsearch(&key, syms->symbols, syms->n, sizeof(key), by_imm);
}

/* "ffffffff81000000 T name\t[module]": false for what is no such line. */
static bool parse_line(char *line, u64 *addr, const char **name)
{
	char *end, *save = NULL, *word;

	*addr = strtoull(line, &end, 16);
	if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ')
		return false;
	word = strtok_r(end + 3, " \t\n", &save);
	*name = word;
	return word && *addr;
}

static u64 find_base(FILE *f)
{
	char line[512];
	const char *name;
	u64 addr;

	while (fgets(line, sizeof(line), f))
		if (parse_line(line, &addr, &name) && !strcmp(name, BASE))
			return addr;
	return 0;
}

static void find_names(FILE *f, u64 base, struct kallsyms *syms)
{
	char line[512];
	const char *name;
	u64 addr;

	rewind(f);
	while (fgets(line, sizeof(line), f)) {
		struct symbol *s;

		if (!parse_line(line, &addr, &name) || (u64)(s64)(s32)(addr - base) != addr - base)
			continue;
		s = find(syms, (s32)(addr - base));
		if (s && !s->name)
			s->name = strdup(name);
	}
}

struct kallsyms *kallsyms_of_calls(const struct bpf_insn *insns, u32 n)
{
	struct kallsyms *syms = calloc(1, sizeof(*syms) + (size_t)n * sizeof(syms->symbols[0]));
	FILE *f = syms ? fopen(KALLSYMS, "re") : NULL;
	u64 base;

	if (!f) {
		free(syms);
		return NULL;
	}
	for (u32 i = 0; i < n; i++)
		if (insns[i].code == CALL && !insns[i].src_reg)
			syms->symbols[syms->n++].imm = insns[i].imm;
	qsort(syms->symbols, syms->n, sizeof(syms->symbols[0]), by_imm);
	/* One of each: where an imm stands twice, the search may end at either. */
	for (u32 i = 0, kept = 0, all = syms->n; i < all; i++) {
		if (!i || syms->symbols[i].imm != syms->symbols[kept - 1].imm)
			syms->symbols[kept++] = syms->symbols[i];
		syms->n = kept;
	}
	base = find_base(f);
	if (base)
		find_names(f, base, syms);
	fclose(f);
	return syms;
}

void kallsyms_free(struct kallsyms *syms)
{
	for (u32 i = 0; syms && i < syms->n; i++)
		free(syms->symbols[i].name);
	free(syms);
}

const char *kallsyms_call(const struct kallsyms *syms, s32 imm)
{
	const struct symbol *s = syms ? find(syms, imm) : NULL;

	return s ? s->name : NULL;
}

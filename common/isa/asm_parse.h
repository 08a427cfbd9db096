/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside the assembler: the cursor over a text and what it recognises (asm_lex.c), one statement (asm_insn.c), the program (asm.c). */
#ifndef SKEP_ASM_PARSE_H
#define SKEP_ASM_PARSE_H

#include "common/isa/asm.h"

/* A jump, call or function reference to a label, resolved at the end. */
struct asm_fixup {
	u32 insn;
	bool in_imm; /* imm instead of off */
	const char *name;
	u32 name_len;
	u32 line, column;
};

struct asm_label {
	const char *name;
	u32 name_len;
	u32 insn;
	u32 line;
};

struct asm_state {
	const struct asm_opts *opts;
	const char *p;          /* next character */
	const char *line_start;
	u32 line;
	struct bpf_insn *insns;
	u32 n, insns_cap;
	struct asm_fixup *fixups;
	u32 fixup_n, fixups_cap;
	struct asm_label *labels;
	u32 label_n, labels_cap;
	int err; /* 0, -EINVAL or -ENOMEM: the first one stands */
	struct asm_error *error;
};

struct asm_number {
	u64 value; /* two's complement */
	bool negative;
	bool hex;
};

struct asm_reg {
	u8 reg;
	bool w;
};

/* "(u64 *)(r10 -8)" */
struct asm_address {
	const char *type; /* "u64", static text */
	u8 size;          /* BPF_DW */
	u8 reg;
	s16 off;
};

/* All return whether they succeeded; the failing ones of "expect" and "parse" have reported the error at the cursor. */
bool asm_fail(struct asm_state *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void asm_skip_space(struct asm_state *s);
bool asm_at_end(struct asm_state *s); /* of the statement: newline, comment, end of text */
bool asm_accept(struct asm_state *s, const char *punctuation);
bool asm_accept_word(struct asm_state *s, const char *word); /* not a prefix of a longer word */
bool asm_expect(struct asm_state *s, const char *punctuation);
bool asm_word(struct asm_state *s, const char **word, u32 *len); /* an identifier, dots allowed */
bool asm_is_number(struct asm_state *s);
bool asm_parse_number(struct asm_state *s, struct asm_number *n);
/* A number in [min, max]. */
bool asm_parse_int(struct asm_state *s, s64 min, s64 max, s64 *value);
bool asm_is_reg(struct asm_state *s);
bool asm_parse_reg(struct asm_state *s, struct asm_reg *reg);
bool asm_parse_r(struct asm_state *s, u8 *reg); /* rN only */
bool asm_parse_type(struct asm_state *s, const char **type); /* "(u64 *)" without the first parenthesis */
bool asm_parse_address(struct asm_state *s, struct asm_address *a);

bool asm_emit(struct asm_state *s, struct bpf_insn insn);
bool asm_add_fixup(struct asm_state *s, struct asm_fixup fixup);
/* One statement, without index, opcode and label. */
bool asm_statement(struct asm_state *s);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside value parsing: the words of a value's text. */
#ifndef SKEP_BTF_VALUE_LEX_H
#define SKEP_BTF_VALUE_LEX_H

#include "common/btf/value_walk.h"

enum token { TOK_END, TOK_NUMBER, TOK_REAL, TOK_STRING, TOK_CHAR, TOK_WORD, TOK_PUNCT, TOK_BAD };

struct lex {
	const char *p;         /* what comes after the token */
	enum token token;
	const char *start;     /* of the token */
	char punct;            /* TOK_PUNCT: { } [ ] . , = : and 'E' for "..." */
	bool minus;            /* TOK_NUMBER: the value is -number */
	bool is_bits;          /* TOK_NUMBER in hex or binary: bits, whatever the sign */
	u128 number;
	double real;           /* TOK_NUMBER and TOK_REAL */
	struct strbuf text;    /* TOK_STRING, TOK_WORD */
	const char *problem;   /* TOK_BAD */
};

void lex_init(struct lex *l, const char *text);
void lex_free(struct lex *l);
void lex_next(struct lex *l);
/* A string that holds a number, as JSON dumps write wide ones, becomes that number. */
void lex_unquote_number(struct lex *l);
static inline bool lex_is(const struct lex *l, char punct)
{
	return l->token == TOK_PUNCT && l->punct == punct;
}

#endif

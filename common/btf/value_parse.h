/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside value parsing: value_parse.c reads arrays and structs, value_scalar.c what has no parts. */
#ifndef SKEP_BTF_VALUE_PARSE_H
#define SKEP_BTF_VALUE_PARSE_H

#include "common/btf/value_lex.h"

struct parse {
	const struct btf *btf;
	struct lex lex;
	struct strbuf *err;
	struct strbuf path; /* of the field that is read: ".a.b[3]" */
	u32 depth;
};

struct place {
	u8 *data;
	u64 len;
};

/* -EINVAL, after a line in err that begins with the path. */
int value_fail(struct parse *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The token that stands there is not what was wanted; id: the type that it is wanted for. */
int value_unexpected(struct parse *p, const char *wanted);
int value_unexpected_for(struct parse *p, const char *wanted, u32 id);

/* One value from the current token; the next token is read. width: of a bitfield at bit `off`, 0 for a whole value. */
int value_parse_int(struct parse *p, u32 id, const struct btf_type *t, struct place at, u64 off, u32 width);
int value_parse_enum(struct parse *p, u32 id, const struct btf_type *t, struct place at, u64 off, u32 width);
int value_parse_ptr(struct parse *p, u32 id, struct place at);
int value_parse_float(struct parse *p, u32 id, const struct btf_type *t, struct place at);

#endif

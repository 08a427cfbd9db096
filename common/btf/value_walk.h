/* SPDX-License-Identifier: BSD-2-Clause */
/* Inside value printing: one walk over type and bytes (value_walk.c) that tells a sink what it finds. */
#ifndef SKEP_BTF_VALUE_WALK_H
#define SKEP_BTF_VALUE_WALK_H

#include "common/btf/impl.h"

typedef unsigned __int128 u128;

enum value_kind { VALUE_INT, VALUE_BOOL, VALUE_CHAR, VALUE_ENUM, VALUE_PTR, VALUE_FLOAT, VALUE_NONE };

struct value {
	enum value_kind kind;
	u128 bits;          /* sign-extended when is_signed */
	u32 width;          /* bits */
	bool is_signed;
	bool odd;           /* a bitfield, or an integer that is not 8, 16, 32 or 64 bits wide */
	const char *name;   /* of an enumerator, or NULL */
	double real;
};

struct value_sink {
	void (*begin)(struct value_sink *s, char open); /* '{' or '[' */
	void (*end)(struct value_sink *s, char close);
	void (*member)(struct value_sink *s, const char *name);
	void (*element)(struct value_sink *s);
	void (*scalar)(struct value_sink *s, const struct value *v);
	void (*string)(struct value_sink *s, const char *text, size_t len);
	void (*more)(struct value_sink *s); /* zeros that were left out; NULL: leave none out */
	bool flatten;    /* members of anonymous structs and unions stand with those around them */
	bool any_string; /* char arrays are strings even when they do not end in NUL or do not print */
};

void value_walk(const struct btf *btf, u32 id, const void *data, size_t len, struct value_sink *sink);
/* A type whose arrays are text. */
bool value_is_char(const struct btf *btf, u32 id);

#endif

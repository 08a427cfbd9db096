/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside the C dump: c_order.c decides what is printed and in which order, c_decl.c prints declarators, c_body.c what stands
 * between braces, c_names.c gives names out.
 */
#ifndef SKEP_BTF_C_DUMP_H
#define SKEP_BTF_C_DUMP_H

#include "common/btf/impl.h"

enum c_state {
	C_DEFINING = 1 << 0,
	C_DEFINED = 1 << 1,
	C_DECLARED = 1 << 2,   /* struct x; */
	C_REFERENCED = 1 << 3, /* some type names it */
};

struct c_names {
	struct c_name {
		const char *s; /* NULL: free */
		u32 count;
		u8 space;
	} *slots;
	u32 mask;
	u32 used;
};

struct c_dump {
	const struct btf *btf;
	struct strbuf *out;
	u8 *states;       /* enum c_state bits, by id */
	u32 *versions;    /* by id: 0 no name given yet, 1 plain, n: name___n */
	struct c_names names;
	u32 inside;       /* the composite whose members are looked at: within its braces its tag is known */
	u32 depth;        /* of definitions and of nesting, bounded by C_DEPTH_MAX */
	u64 budget;       /* types that may still be looked at: a hostile BTF can nest its way to exponential output */
	int err;          /* first failure; 0 */
};

#define C_DEPTH_MAX 512

/* One more type is looked at, one level deeper; false when there was enough. Every c_enter that succeeds has its c_leave. */
bool c_enter(struct c_dump *d);
static inline void c_leave(struct c_dump *d)
{
	d->depth--;
}

/* Tags (struct, union, enum) and ordinary identifiers (typedefs, enumerators) are two spaces in C. */
enum c_space { C_TAG, C_IDENT };
/* How many times that name was given out in its space, this time included. 0 when memory ran out. */
u32 c_name_count(struct c_dump *d, enum c_space space, const char *name);
/* The name of a type as C has it: unique, and an identifier whatever BTF says. */
void c_type_name(struct c_dump *d, u32 id);
void c_ident(struct strbuf *out, const char *name);

/* A declaration: type `id` with declarator `name` ("" for none). Anonymous composites are printed in place, `level` tabs in. */
void c_declaration(struct c_dump *d, u32 id, const char *name, u32 level);
void c_composite(struct c_dump *d, u32 id, u32 level); /* struct name {...}, without what follows */
void c_enumeration(struct c_dump *d, u32 id, u32 level);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside BTF_LOAD's checks. check.c is the driver: header and strings; meta.c looks at each type by itself; resolve.c follows what
 * types refer to; member.c asks whether members fit; text.c writes the log as the kernel does. All functions return 0 or what
 * BTF_LOAD answers, after having said why in the log.
 */
#ifndef SKEP_BTF_CHECK_IMPL_H
#define SKEP_BTF_CHECK_IMPL_H

#include "common/btf/btf.h"
#include "common/btf/kinds.h"
#include "engine/verifier/verifier.h"

#define RESOLVE_DEPTH_MAX 32

enum visit { VISIT_NONE, VISIT_BEGUN, VISIT_DONE };

/* What is being followed, set by the first type that decides it: through pointers, or what is held by value. For either the
 * other's types are ends. */
enum follow { FOLLOW_ANY, FOLLOW_POINTERS, FOLLOW_VALUES };

struct btf_check {
	struct verifier_log *log;
	const u8 *types; /* aligned to 4 */
	u32 type_len;
	const char *strs;
	u32 str_len;
	u32 *offs;       /* of type id, in types; [0] unused */
	u8 *visits;      /* enum visit, by id */
	u32 count;       /* ids: 1 .. count - 1 */
	u32 depth;
	enum follow follow;
};

static inline const struct btf_type *check_type(const struct btf_check *c, u32 id) /* NULL for void and what is not there */
{
	return id && id < c->count ? (const struct btf_type *)(c->types + c->offs[id]) : NULL;
}

static inline const char *check_str(const struct btf_check *c, u32 off) /* NULL outside the strings */
{
	return off < c->str_len ? c->strs + off : NULL;
}

/* meta.c: the type at c->types + off, id being the next; its length in *len. */
int check_meta(struct btf_check *c, u32 id, u32 off, u32 *len);
bool check_identifier(const struct btf_check *c, u32 off);
/* resolve.c: everything that all types refer to. */
int check_references(struct btf_check *c);
int check_type_tags(struct btf_check *c);
/* Through typedefs and modifiers; NULL when that ends in void. *id becomes the type's. */
const struct btf_type *check_skip_mods(const struct btf_check *c, u32 *id);
/* Size of what has one; NULL for void, functions, forward declarations. */
const struct btf_type *check_sized(const struct btf_check *c, u32 *id, u64 *size);
/* An INT of 1, 2, 4, 8 or 16 bytes that uses all of them. */
bool check_int_is_regular(const struct btf_type *t);
/* member.c */
int check_member(struct btf_check *c, u32 id, u32 i, const struct btf_type *type, u32 type_id);

/* text.c. A message, when given, ends the line: the reason of a refusal. */
void text_type(struct btf_check *c, u32 id, const struct btf_type *t, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Kind and name only. */
void text_basic(struct btf_check *c, u32 id, const struct btf_type *t, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void text_member(struct btf_check *c, const struct btf_type *t, const struct btf_member *m, const char *msg);
void text_secinfo(struct btf_check *c, const struct btf_var_secinfo *s, const char *msg);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Raw BTF for tests: types are words in an array, strings are added as they are named. Nothing is checked: a test may build what
 * is wrong.
 *
 *	struct btf_build b = {0};
 *	u32 i = bb_int(&b, "int", 4, BTF_INT_SIGNED);
 *	u32 s = bb_composite(&b, BTF_KIND_STRUCT, "s", 8, 2);
 *	bb_member(&b, "a", i, 0);
 *	bb_member(&b, "b", i, 32);
 *	len = bb_finish(&b, buf, sizeof(buf));
 */
#ifndef SKEP_TESTS_BTF_BUILD_H
#define SKEP_TESTS_BTF_BUILD_H

#include <linux/btf.h>
#include <string.h>

#include "common/util/util.h"

#define BB_INFO(kind, kflag, vlen) ((u32)(kflag) << 31 | (u32)(kind) << 24 | (u32)(vlen))

struct btf_build {
	u32 words[4096];
	u32 n;
	char strs[8192];
	u32 str_len;
	u32 types;
	u32 first_id;    /* 0: 1. For split BTF: the base's count */
	u32 base_strs;   /* length of the base's strings */
};

static inline u32 bb_str(struct btf_build *b, const char *s)
{
	u32 off, len;

	if (!b->str_len && !b->base_strs)
		b->strs[b->str_len++] = '\0';
	if (!s || !*s)
		return 0;
	len = (u32)strlen(s) + 1;
	off = b->str_len;
	memcpy(b->strs + off, s, len);
	b->str_len += len;
	return b->base_strs + off;
}

static inline void bb_word(struct btf_build *b, u32 w)
{
	b->words[b->n++] = w;
}

static inline u32 bb_type(struct btf_build *b, const char *name, u32 info, u32 size_or_type)
{
	bb_word(b, bb_str(b, name));
	bb_word(b, info);
	bb_word(b, size_or_type);
	return (b->first_id ? b->first_id : 1) + b->types++;
}

static inline u32 bb_kind(struct btf_build *b, u32 kind, const char *name, u32 size_or_type)
{
	return bb_type(b, name, BB_INFO(kind, 0, 0), size_or_type);
}

static inline u32 bb_int(struct btf_build *b, const char *name, u32 size, u32 encoding)
{
	u32 id = bb_kind(b, BTF_KIND_INT, name, size);

	bb_word(b, encoding << 24 | size * 8);
	return id;
}

static inline u32 bb_array(struct btf_build *b, u32 type, u32 index, u32 nelems)
{
	u32 id = bb_kind(b, BTF_KIND_ARRAY, NULL, 0);

	bb_word(b, type);
	bb_word(b, index);
	bb_word(b, nelems);
	return id;
}

static inline u32 bb_composite(struct btf_build *b, u32 kind, const char *name, u32 size, u32 members)
{
	return bb_type(b, name, BB_INFO(kind, 0, members), size);
}

static inline void bb_member(struct btf_build *b, const char *name, u32 type, u32 offset)
{
	bb_word(b, bb_str(b, name));
	bb_word(b, type);
	bb_word(b, offset);
}

static inline u32 bb_enum(struct btf_build *b, const char *name, u32 size, bool is_signed, u32 values)
{
	return bb_type(b, name, BB_INFO(BTF_KIND_ENUM, is_signed, values), size);
}

static inline void bb_pair(struct btf_build *b, const char *name, u32 value) /* of an enum, or a parameter */
{
	bb_word(b, bb_str(b, name));
	bb_word(b, value);
}

static inline u32 bb_finish(struct btf_build *b, void *buf, size_t size)
{
	struct btf_header h = {.magic = BTF_MAGIC, .version = BTF_VERSION, .hdr_len = sizeof(h), .type_len = b->n * 4};
	u32 len;

	bb_str(b, NULL);
	h.str_off = h.type_len;
	h.str_len = b->str_len;
	len = (u32)sizeof(h) + h.type_len + h.str_len;
	if (len > size)
		__builtin_trap();
	memcpy(buf, &h, sizeof(h));
	memcpy((char *)buf + sizeof(h), b->words, h.type_len);
	memcpy((char *)buf + sizeof(h) + h.type_len, b->strs, h.str_len);
	return len;
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of common/btf share: the shape of a parsed btf. Nobody else includes this. */
#ifndef SKEP_BTF_IMPL_H
#define SKEP_BTF_IMPL_H

#include "common/btf/btf.h"
#include "common/btf/kinds.h"

/* Longest chain of typedefs, modifiers and arrays that is followed; what is longer, or a loop, has no size. */
#define BTF_CHAIN_MAX 256

struct btf {
	const struct btf *base;
	u8 *raw;            /* the copy, host order */
	size_t raw_len;
	const u8 *types;    /* in raw, 4-byte aligned */
	const char *strs;   /* in raw */
	u32 str_len;
	u32 base_str_len;   /* string offsets below it are the base's */
	u32 base_count;
	u32 count;
	u32 *offs;          /* of type base_count + i, in types */
	u32 *heads;         /* name index: hash chains of ids, ascending; 0 ends one */
	u32 *next;
	u32 mask;
	_Atomic u8 *aligns; /* memo of btf_align: 0 unknown, 0xff none. Filled on demand; every writer stores the same */
};

struct btf_kind_info {
	const char *name;
	u8 fixed;
	u8 per_item;
	u8 word;
};
const struct btf_kind_info *btf_kind_info(u32 kind); /* NULL when there is no such kind */

int btf_index_build(struct btf *btf);

#endif

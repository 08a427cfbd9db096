/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The object's types for an engine that does not know the newer kinds (FLOAT: Linux 5.13, DECL_TAG 5.16, TYPE_TAG 5.17, ENUM64 6.0).
 * Each becomes an older one of the same length and size, so that all ids stay and what maps and functions are made of is still told:
 *	FLOAT     an empty struct
 *	TYPE_TAG  const
 *	DECL_TAG  an int without a name, which nothing refers to
 *	ENUM64    a union, its values members of an integer type
 */
#include <string.h>

#include "user/load/load.h"

#define INFO(kind, vlen) ((u32)(kind) << 24 | (vlen))

/* An integer that fits into 8 bytes; 0 when there is none. */
static u32 some_int(const struct btf *btf)
{
	for (u32 id = 1; id < btf_count(btf); id++)
		if (btf_kind(btf_type(btf, id)) == BTF_KIND_INT && btf_type(btf, id)->size <= sizeof(u64))
			return id;
	return 0;
}

static void enum64_to_union(struct btf_type *t, u32 member_type)
{
	struct btf_member *members = (struct btf_member *)(t + 1);
	u32 n = btf_vlen(t);

	_Static_assert(sizeof(struct btf_member) == sizeof(struct btf_enum64), "one takes the place of the other");
	if (n && !member_type)
		return;
	t->info = INFO(BTF_KIND_UNION, n);
	for (u32 i = 0; i < n; i++) {
		members[i].type = member_type;
		members[i].offset = 0;
	}
}

static bool make_older(struct btf_type *t, u32 int_id)
{
	u32 *word = (u32 *)(t + 1);

	switch (btf_kind(t)) {
	case BTF_KIND_FLOAT:
		t->info = INFO(BTF_KIND_STRUCT, 0);
		return true;
	case BTF_KIND_TYPE_TAG:
		t->name_off = 0;
		t->info = INFO(BTF_KIND_CONST, 0);
		return true;
	case BTF_KIND_DECL_TAG:
		t->name_off = 0;
		t->info = INFO(BTF_KIND_INT, 0);
		t->size = 1;
		*word = 8; /* bits */
		return true;
	case BTF_KIND_ENUM64:
		enum64_to_union(t, int_id);
		return true;
	default:
		return false;
	}
}

bool btf_for_older_engine(void *data, u32 len)
{
	struct btf *btf = btf_parse(data, len, NULL, NULL);
	bool changed = false;
	const char *raw;
	size_t raw_len;
	u32 int_id;

	if (!btf)
		return false;
	raw = btf_raw(btf, &raw_len);
	int_id = some_int(btf);
	for (u32 id = 1; id < btf_count(btf); id++)
		if (make_older((struct btf_type *)((char *)data + ((const char *)btf_type(btf, id) - raw)), int_id))
			changed = true;
	btf_free(btf);
	return changed;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Through typedefs and modifiers; sizes and alignments. Loops and absurd chains end in "no size", never in a hang. */
#include "common/btf/impl.h"

#include <errno.h>

#define ALIGN_DEPTH_MAX 64
#define ALIGN_NONE 0xff

u32 btf_member_bit_offset(const struct btf_type *t, u32 i)
{
	u32 off = btf_members(t)[i].offset;

	return btf_kflag(t) ? BTF_MEMBER_BIT_OFFSET(off) : off;
}

u32 btf_member_bitfield_size(const struct btf_type *t, u32 i)
{
	return btf_kflag(t) ? BTF_MEMBER_BITFIELD_SIZE(btf_members(t)[i].offset) : 0;
}

static const struct btf_type *skip(const struct btf *btf, u32 id, u32 *found, bool typedefs)
{
	const struct btf_type *t = btf_type(btf, id);

	for (int steps = 0; t && (btf_is_mod(t) || (typedefs && btf_kind(t) == BTF_KIND_TYPEDEF)); steps++) {
		if (steps == BTF_CHAIN_MAX)
			return NULL;
		id = t->type;
		t = btf_type(btf, id);
	}
	if (found)
		*found = id;
	return t;
}

const struct btf_type *btf_resolve(const struct btf *btf, u32 id, u32 *found)
{
	return skip(btf, id, found, true);
}

const struct btf_type *btf_skip_mods(const struct btf *btf, u32 id, u32 *found)
{
	return skip(btf, id, found, false);
}

s64 btf_size(const struct btf *btf, u32 id)
{
	u64 n = 1, size;

	for (int steps = 0; steps < BTF_CHAIN_MAX; steps++) {
		const struct btf_type *t = btf_type(btf, id);

		if (!t)
			return -EINVAL;
		switch (btf_kind(t)) {
		case BTF_KIND_INT:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
		case BTF_KIND_ENUM:
		case BTF_KIND_ENUM64:
		case BTF_KIND_DATASEC:
		case BTF_KIND_FLOAT:
			size = t->size;
			goto found;
		case BTF_KIND_PTR:
			size = sizeof(u64);
			goto found;
		case BTF_KIND_TYPEDEF:
		case BTF_KIND_VOLATILE:
		case BTF_KIND_CONST:
		case BTF_KIND_RESTRICT:
		case BTF_KIND_TYPE_TAG:
		case BTF_KIND_VAR:
		case BTF_KIND_DECL_TAG:
			id = t->type;
			break;
		case BTF_KIND_ARRAY:
			if (__builtin_mul_overflow(n, btf_array(t)->nelems, &n) || n > INT64_MAX)
				return -EINVAL;
			id = btf_array(t)->type;
			break;
		default:
			return -EINVAL;
		}
	}
	return -EINVAL;
found:
	if (__builtin_mul_overflow(n, size, &n) || n > INT64_MAX)
		return -EINVAL;
	return (s64)n;
}

static u32 align_of(const struct btf *btf, u32 id, int depth);

static u32 align_of_members(const struct btf *btf, const struct btf_type *t, int depth)
{
	u32 most = 1;

	for (u32 i = 0; i < btf_vlen(t); i++) {
		u32 a = align_of(btf, btf_members(t)[i].type, depth);
		u32 bits = btf_member_bitfield_size(t, i), off = btf_member_bit_offset(t, i);
		s64 size = bits ? btf_size(btf, btf_members(t)[i].type) : 0;

		if (!a)
			return 0;
		if (bits ? size <= 0 || off % (size * 8) + bits > size * 8 : off % (a * 8))
			return 1; /* packed */
		most = max_of(most, a);
	}
	return t->size % most ? 1 : most; /* the size of a packed struct need not be a multiple */
}

static u32 align_compute(const struct btf *btf, const struct btf_type *t, int depth)
{
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_FLOAT:
		return min_of(t->size & -t->size, 16u);
	case BTF_KIND_PTR:
		return sizeof(u64);
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
	case BTF_KIND_VAR:
		return align_of(btf, t->type, depth);
	case BTF_KIND_ARRAY:
		return align_of(btf, btf_array(t)->type, depth);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return align_of_members(btf, t, depth);
	default:
		return 0;
	}
}

static u32 align_of(const struct btf *btf, u32 id, int depth)
{
	const struct btf_type *t = btf_type(btf, id);
	const struct btf *owner = btf;
	_Atomic u8 *memo;
	u32 a;

	if (!t)
		return 0;
	while (id < owner->base_count)
		owner = owner->base;
	memo = &owner->aligns[id - owner->base_count];
	if (*memo)
		return *memo == ALIGN_NONE ? 0 : *memo;
	a = depth == ALIGN_DEPTH_MAX ? 0 : align_compute(btf, t, depth + 1);
	*memo = a ? (u8)a : ALIGN_NONE;
	return a;
}

u32 btf_align(const struct btf *btf, u32 id)
{
	return align_of(btf, id, 0);
}

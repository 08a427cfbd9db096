/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a member fits into its struct, by the kind of its type. */
#include "engine/btf/impl.h"

#include <errno.h>

#define INT_BITS_MAX 128

struct fit {
	const struct btf_type *parent;
	struct btf_member member; /* its type is the one behind typedefs and modifiers, as the log shows it */
	const struct btf_type *type;
	u64 size; /* of type */
	u32 off;  /* bits */
	u32 bits; /* of a bitfield */
};

static const char *whole(const struct fit *f, u64 size)
{
	if (f->off % 8)
		return "Member is not byte aligned";
	return f->off / 8 + size > f->parent->size ? "Member exceeds struct_size" : NULL;
}

static const char *bits_fit(const struct fit *f, u64 off, u32 bits)
{
	u64 copy = bits + off % 8;

	if (copy > INT_BITS_MAX)
		return "nr_copy_bits exceeds 128";
	return off / 8 + (copy + 7) / 8 > f->parent->size ? "Member exceeds struct_size" : NULL;
}

static const char *int_fits(const struct fit *f)
{
	u32 info = btf_int_info(f->type), bits = BTF_INT_BITS(info);

	if (!btf_kflag(f->parent))
		return (u64)f->off + BTF_INT_OFFSET(info) > UINT32_MAX ? "bits exceeds U32_MAX" :
			bits_fit(f, (u64)f->off + BTF_INT_OFFSET(info), bits);
	if (!check_int_is_regular(f->type))
		return "Invalid member base type";
	if (!f->bits && f->off % 8)
		return "Invalid member offset";
	if (f->bits > bits)
		return "Invalid member bitfield_size";
	return bits_fit(f, f->off, f->bits ?: bits);
}

/* A member without bitfield_size in a struct that has bitfields counts as an int, whatever the enum's size. */
static const char *enum_fits(const struct fit *f)
{
	if (!btf_kflag(f->parent))
		return whole(f, f->size);
	if (!f->bits)
		return whole(f, sizeof(int));
	if (f->bits > 8 * sizeof(int))
		return "Invalid member bitfield_size";
	return ((u64)f->off + f->bits + 7) / 8 > f->parent->size ? "Member exceeds struct_size" : NULL;
}

static const char *float_fits(const struct fit *f)
{
	u64 align = 8 * min_of(f->size, (u64)sizeof(void *));

	if (align && f->off % align)
		return "Member is not properly aligned";
	return f->off / 8 + f->size > f->parent->size ? "Member exceeds struct_size" : NULL;
}

static const char *fits(const struct fit *f)
{
	switch (btf_kind(f->type)) {
	case BTF_KIND_INT:
		return int_fits(f);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return enum_fits(f);
	}
	if (f->bits)
		return "Invalid member bitfield_size";
	return btf_kind(f->type) == BTF_KIND_FLOAT ? float_fits(f) : whole(f, f->size);
}

int check_member(struct btf_check *c, u32 id, u32 i, const struct btf_type *type, u32 type_id)
{
	const struct btf_type *parent = check_type(c, id);
	struct fit f = {.parent = parent, .member = btf_members(parent)[i], .off = btf_member_bit_offset(parent, i),
			.bits = btf_member_bitfield_size(parent, i)};
	u32 behind = type_id;
	const char *problem = "Invalid member";

	f.type = check_sized(c, &behind, &f.size);
	if (f.type) {
		f.member.type = type_id;
		check_skip_mods(c, &f.member.type);
		problem = fits(&f);
	}
	if (!problem)
		return 0;
	text_type(c, id, parent, "%s", "");
	text_member(c, parent, &f.member, problem);
	return -EINVAL;
}

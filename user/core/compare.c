/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a type of the target may stand for one of the object, loosely (type_exists, type_size) and strictly (type_matches). */
#include <string.h>

#include "user/core/spec.h"

static bool is_enum(const struct btf_type *t)
{
	return btf_kind(t) == BTF_KIND_ENUM || btf_kind(t) == BTF_KIND_ENUM64;
}

bool types_compatible(const struct btf *local, u32 local_id, const struct btf *target, u32 target_id, int depth)
{
	const struct btf_type *l = btf_resolve(local, local_id, NULL), *t = btf_resolve(target, target_id, NULL);

	if (!l || !t)
		return !l && !t; /* void */
	if (!depth || (btf_kind(l) != btf_kind(t) && !(is_enum(l) && is_enum(t))))
		return false;
	switch (btf_kind(l)) {
	case BTF_KIND_PTR:
		return types_compatible(local, l->type, target, t->type, depth - 1);
	case BTF_KIND_ARRAY:
		return types_compatible(local, btf_array(l)->type, target, btf_array(t)->type, depth - 1);
	case BTF_KIND_FUNC_PROTO:
		if (btf_vlen(l) != btf_vlen(t))
			return false;
		for (u32 i = 0; i < btf_vlen(l); i++)
			if (!types_compatible(local, btf_params(l)[i].type, target, btf_params(t)[i].type, depth - 1))
				return false;
		return types_compatible(local, l->type, target, t->type, depth - 1);
	default:
		return true;
	}
}

static const char *enumerator_name(const struct btf *btf, const struct btf_type *t, u32 i)
{
	return btf_str(btf, btf_kind(t) == BTF_KIND_ENUM ? btf_enums(t)[i].name_off : btf_enums64(t)[i].name_off);
}

/* Every enumerator of the object's is one of the target's; their values may differ. */
static bool enums_match(const struct btf *local, const struct btf_type *l, const struct btf *target, const struct btf_type *t)
{
	for (u32 i = 0; i < btf_vlen(l); i++) {
		const char *name = enumerator_name(local, l, i);
		u32 k = 0;

		while (k < btf_vlen(t) && !(name && enumerator_name(target, t, k) && same_essential(name, enumerator_name(target, t, k))))
			k++;
		if (k == btf_vlen(t))
			return false;
	}
	return true;
}

static bool member_matches(const struct btf *local, const struct btf_member *lm, const struct btf *target, const struct btf_type *t, int depth)
{
	const char *name = btf_str(local, lm->name_off);

	for (u32 i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *tm = &btf_members(t)[i];
		const char *tname = btf_str(target, tm->name_off);

		if (name && tname && !strcmp(name, tname) && types_match(local, lm->type, target, tm->type, false, depth - 1))
			return true;
	}
	return false;
}

static bool composites_match(const struct btf *local, const struct btf_type *l, const struct btf *target, const struct btf_type *t, int depth)
{
	if (btf_vlen(l) > btf_vlen(t))
		return false;
	for (u32 i = 0; i < btf_vlen(l); i++)
		if (!member_matches(local, &btf_members(l)[i], target, t, depth))
			return false;
	return true;
}

static bool protos_match(const struct btf *local, const struct btf_type *l, const struct btf *target, const struct btf_type *t, int depth)
{
	if (btf_vlen(l) != btf_vlen(t))
		return false;
	for (u32 i = 0; i < btf_vlen(l); i++)
		if (!types_match(local, btf_params(l)[i].type, target, btf_params(t)[i].type, false, depth - 1))
			return false;
	return types_match(local, l->type, target, t->type, false, depth - 1);
}

/* Behind a pointer a declaration may stand for a definition. */
static bool declares(const struct btf_type *fwd, const struct btf_type *def)
{
	return btf_kind(fwd) == BTF_KIND_FWD && btf_kind(def) == (btf_kflag(fwd) ? BTF_KIND_UNION : BTF_KIND_STRUCT);
}

bool types_match(const struct btf *local, u32 local_id, const struct btf *target, u32 target_id, bool behind_ptr, int depth)
{
	const struct btf_type *l = btf_resolve(local, local_id, &local_id), *t = btf_resolve(target, target_id, &target_id);

	if (!l || !t)
		return !l && !t;
	if (!depth)
		return false;
	if (!same_essential(btf_name(local, local_id), btf_name(target, target_id)))
		return false;
	if (btf_kind(l) != btf_kind(t) && !(is_enum(l) && is_enum(t)))
		return behind_ptr && (declares(l, t) || declares(t, l));
	switch (btf_kind(l)) {
	case BTF_KIND_INT:
		return l->size == t->size && (BTF_INT_ENCODING(btf_int_info(l)) & BTF_INT_SIGNED) == (BTF_INT_ENCODING(btf_int_info(t)) & BTF_INT_SIGNED);
	case BTF_KIND_FWD:
		return btf_kflag(l) == btf_kflag(t);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return enums_match(local, l, target, t);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return behind_ptr || composites_match(local, l, target, t, depth);
	case BTF_KIND_PTR:
		return types_match(local, l->type, target, t->type, true, depth - 1);
	case BTF_KIND_ARRAY:
		return btf_array(l)->nelems == btf_array(t)->nelems && types_match(local, btf_array(l)->type, target, btf_array(t)->type, false, depth - 1);
	case BTF_KIND_FUNC_PROTO:
		return protos_match(local, l, target, t, depth);
	default:
		return true;
	}
}

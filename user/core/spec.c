/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/core/spec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ANON_DEPTH 16 /* anonymous members within each other; a broken BTF may nest them without end */

size_t essential_len(const char *name)
{
	size_t n = strlen(name);

	for (size_t i = n; i > 3; i--)
		if (!memcmp(name + i - 3, "___", 3) && i - 3 > 0 && i < n)
			return i - 3;
	return n;
}

bool same_essential(const char *a, const char *b)
{
	size_t n = essential_len(a);

	return n == essential_len(b) && !strncmp(a, b, n);
}

/* The next number of "0:1:2"; -1 at the end or when it is none. */
static s64 next_index(const char **access)
{
	s64 n = 0;
	const char *s = *access;

	if (*s < '0' || *s > '9')
		return -1;
	for (; *s >= '0' && *s <= '9' && n <= INT32_MAX; s++)
		n = n * 10 + (*s - '0');
	if (*s == ':')
		s++;
	else if (*s)
		return -1;
	*access = s;
	return n <= INT32_MAX ? n : -1;
}

static int add_step(struct core_spec *spec, const char *name, u32 index, u32 type_id)
{
	if (spec->nr_steps == SPEC_DEPTH)
		return -E2BIG;
	spec->steps[spec->nr_steps++] = (struct spec_step){name, index, type_id};
	return 0;
}

static int step_into_array(struct core_spec *spec, const struct btf_type *t, u32 index, u32 *type_id)
{
	s64 size = btf_size(spec->btf, btf_array(t)->type);

	if (size < 0)
		return -EINVAL;
	*type_id = btf_array(t)->type;
	spec->bit_off += (u64)index * (u64)size * 8;
	spec->bitfield = 0;
	return add_step(spec, NULL, index, *type_id);
}

static int parse_field(struct core_spec *spec, const char *access)
{
	u32 type_id = spec->root;
	s64 index = next_index(&access), size;
	int ret = 0;

	size = btf_size(spec->btf, type_id);
	if (index < 0 || (size < 0 && index))
		return -EINVAL;
	spec->first = (u32)index;
	spec->bit_off = (u64)index * (u64)max_of(size, (s64)0) * 8;
	while (*access && !ret) {
		const struct btf_type *t = btf_resolve(spec->btf, type_id, NULL);
		const struct btf_member *m;
		const char *name;

		index = next_index(&access);
		if (index < 0 || !t)
			return -EINVAL;
		if (btf_kind(t) == BTF_KIND_ARRAY) {
			ret = step_into_array(spec, t, (u32)index, &type_id);
			continue;
		}
		if (!btf_is_composite(t) || index >= btf_vlen(t))
			return -EINVAL;
		m = &btf_members(t)[index];
		name = btf_str(spec->btf, m->name_off);
		spec->bit_off += btf_member_bit_offset(t, (u32)index);
		spec->bitfield = btf_member_bitfield_size(t, (u32)index);
		type_id = m->type;
		/* Anonymous members are no steps of their own: the target may have others. */
		if (name && *name)
			ret = add_step(spec, name, (u32)index, type_id);
	}
	return ret;
}

static int parse_enumval(struct core_spec *spec, const char *access)
{
	const struct btf_type *t = btf_resolve(spec->btf, spec->root, NULL);
	s64 index = next_index(&access);

	if (!t || index < 0 || *access || index >= btf_vlen(t))
		return -EINVAL;
	if (btf_kind(t) == BTF_KIND_ENUM)
		spec->enumerator = btf_str(spec->btf, btf_enums(t)[index].name_off);
	else if (btf_kind(t) == BTF_KIND_ENUM64)
		spec->enumerator = btf_str(spec->btf, btf_enums64(t)[index].name_off);
	return spec->enumerator ? 0 : -EINVAL;
}

int spec_parse(struct core_spec *spec, const struct btf *btf, u32 type_id, const char *access, enum spec_kind kind)
{
	*spec = (struct core_spec){.btf = btf, .root = type_id};
	if (!btf_type(btf, type_id))
		return -EINVAL;
	switch (kind) {
	case SPEC_TYPE:
		return strcmp(access, "0") ? -EINVAL : 0;
	case SPEC_ENUMVAL:
		return parse_enumval(spec, access);
	case SPEC_FIELD:
		return parse_field(spec, access);
	}
	return -EINVAL;
}

/* Fields stand for each other when their kinds do; sizes and signs are what relocations adapt. */
static bool fields_compatible(const struct btf *local, u32 local_id, const struct btf *target, u32 target_id, int depth)
{
	const struct btf_type *l = btf_resolve(local, local_id, &local_id), *t = btf_resolve(target, target_id, &target_id);
	u32 lk, tk;

	if (!l || !t || !depth)
		return false;
	lk = btf_kind(l);
	tk = btf_kind(t);
	if (btf_is_composite(l))
		return btf_is_composite(t);
	if (lk == BTF_KIND_ENUM || lk == BTF_KIND_ENUM64 || lk == BTF_KIND_FWD) {
		const char *ln = btf_name(local, local_id), *tn = btf_name(target, target_id);
		bool same_kind = lk == tk || (lk != BTF_KIND_FWD && (tk == BTF_KIND_ENUM || tk == BTF_KIND_ENUM64));

		return same_kind && (!*ln || !*tn || same_essential(ln, tn));
	}
	if (lk != tk)
		return false;
	return lk != BTF_KIND_ARRAY || fields_compatible(local, btf_array(l)->type, target, btf_array(t)->type, depth - 1);
}

/* A member by name, also within anonymous ones; *off becomes its offset in bits from the composite's start. */
static const struct btf_member *find_member(const struct btf *btf, const struct btf_type *t, const char *name, u64 *off, u32 *bitfield, int depth)
{
	for (u32 i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i], *found;
		const char *n = btf_str(btf, m->name_off);
		const struct btf_type *inner;

		if (n && *n) {
			if (strcmp(n, name))
				continue;
			*off = btf_member_bit_offset(t, i);
			*bitfield = btf_member_bitfield_size(t, i);
			return m;
		}
		inner = btf_resolve(btf, m->type, NULL);
		if (!inner || !btf_is_composite(inner) || !depth)
			continue;
		found = find_member(btf, inner, name, off, bitfield, depth - 1);
		if (found) {
			*off += btf_member_bit_offset(t, i);
			return found;
		}
	}
	return NULL;
}

/* An array at the end of a struct may be longer than it says. */
static bool may_grow(const struct core_spec *spec, const struct btf_type *array)
{
	return spec->last_member && btf_array(array)->nelems <= 1;
}

static bool is_last(const struct btf *btf, const struct btf_type *t, const struct btf_member *m)
{
	const struct btf_type *inner;

	for (int depth = ANON_DEPTH; depth && t && btf_is_composite(t) && btf_vlen(t); depth--) {
		const struct btf_member *last = &btf_members(t)[btf_vlen(t) - 1];

		if (btf_kind(t) == BTF_KIND_UNION)
			return true; /* whatever comes last there may be as long as the union likes */
		if (last == m)
			return true;
		inner = btf_resolve(btf, last->type, NULL);
		t = *btf_str(btf, last->name_off) ? NULL : inner;
	}
	return false;
}

static int match_step(const struct core_spec *local, u32 i, struct core_spec *out, u32 *type_id)
{
	const struct spec_step *step = &local->steps[i];
	const struct btf_type *t = btf_resolve(out->btf, *type_id, NULL);
	const struct btf_member *m;
	u64 off;
	int ret;

	if (!t)
		return -ENOENT;
	if (!step->name) {
		if (btf_kind(t) != BTF_KIND_ARRAY || (step->index >= btf_array(t)->nelems && !may_grow(out, t)))
			return -ENOENT;
		ret = step_into_array(out, t, step->index, type_id);
		out->last_member = false;
	} else {
		m = btf_is_composite(t) ? find_member(out->btf, t, step->name, &off, &out->bitfield, ANON_DEPTH) : NULL;
		if (!m)
			return -ENOENT;
		out->bit_off += off;
		out->last_member = is_last(out->btf, t, m);
		*type_id = m->type;
		ret = add_step(out, step->name, step->index, *type_id);
	}
	if (!ret && !fields_compatible(local->btf, step->type_id, out->btf, *type_id, ANON_DEPTH))
		ret = -ENOENT;
	return ret;
}

static int match_field(const struct core_spec *local, struct core_spec *out)
{
	u32 type_id = out->root;
	s64 size = btf_size(out->btf, type_id);
	int ret = 0;

	if (!fields_compatible(local->btf, local->root, out->btf, out->root, ANON_DEPTH) || (size < 0 && local->first))
		return -ENOENT;
	out->first = local->first;
	out->bit_off = (u64)local->first * (u64)max_of(size, (s64)0) * 8;
	for (u32 i = 0; i < local->nr_steps && !ret; i++)
		ret = match_step(local, i, out, &type_id);
	return ret;
}

static int match_enumval(const struct core_spec *local, struct core_spec *out)
{
	const struct btf_type *t = btf_resolve(out->btf, out->root, NULL);

	for (u32 i = 0; t && i < btf_vlen(t); i++) {
		const struct btf_enum *e = &btf_enums(t)[i];
		const struct btf_enum64 *e64 = &btf_enums64(t)[i];
		const char *name;

		if (btf_kind(t) == BTF_KIND_ENUM)
			name = btf_str(out->btf, e->name_off);
		else if (btf_kind(t) == BTF_KIND_ENUM64)
			name = btf_str(out->btf, e64->name_off);
		else
			return -ENOENT;
		if (!name || !same_essential(name, local->enumerator))
			continue;
		out->enumerator = name;
		if (btf_kind(t) == BTF_KIND_ENUM64)
			out->enum_value = (s64)((u64)e64->val_hi32 << 32 | e64->val_lo32);
		else
			out->enum_value = btf_kflag(t) ? e->val : (s64)(u32)e->val;
		return 0;
	}
	return -ENOENT;
}

int spec_match(const struct core_spec *local, const struct btf *target, u32 type_id, enum spec_kind kind, struct core_spec *out)
{
	*out = (struct core_spec){.btf = target, .root = type_id};
	switch (kind) {
	case SPEC_TYPE:
		return types_compatible(local->btf, local->root, target, type_id, ANON_DEPTH * 2) ? 0 : -ENOENT;
	case SPEC_ENUMVAL:
		return match_enumval(local, out);
	case SPEC_FIELD:
		return match_field(local, out);
	}
	return -EINVAL;
}

void spec_print(const struct core_spec *spec, enum spec_kind kind, struct strbuf *out)
{
	const struct btf_type *t = btf_type(spec->btf, spec->root);
	const char *name = btf_name(spec->btf, spec->root);

	if (kind != SPEC_FIELD && t)
		strbuf_adds(out, btf_kind(t) == BTF_KIND_STRUCT ? "struct " : btf_kind(t) == BTF_KIND_UNION ? "union " :
				 btf_kind(t) == BTF_KIND_ENUM || btf_kind(t) == BTF_KIND_ENUM64 ? "enum " : "");
	strbuf_adds(out, *name ? name : "(anonymous)");
	if (kind == SPEC_ENUMVAL && spec->enumerator)
		strbuf_addf(out, "::%s", spec->enumerator);
	if (spec->first)
		strbuf_addf(out, "[%u]", spec->first);
	for (u32 i = 0; i < spec->nr_steps; i++) {
		if (spec->steps[i].name)
			strbuf_addf(out, ".%s", spec->steps[i].name);
		else
			strbuf_addf(out, "[%u]", spec->steps[i].index);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What types refer to. Each is followed, depth first and at most 32 deep, until types that need nothing more: so loops show. A loop
 * that goes through a pointer into a struct or an array is none: pointers end the walk through values, and structs and arrays end
 * the walk through pointers.
 */
#include "engine/btf/impl.h"

#include <errno.h>

static int begin(struct btf_check *c, u32 id);

static bool is_mod(const struct btf_type *t) /* a typedef counts */
{
	return btf_is_mod(t) || btf_kind(t) == BTF_KIND_TYPEDEF;
}

static bool is_value(const struct btf_type *t)
{
	return btf_is_composite(t) || btf_kind(t) == BTF_KIND_ARRAY;
}

/* Types that are about others and that nothing may be made of. */
static bool is_about(const struct btf_type *t)
{
	return btf_kind(t) == BTF_KIND_VAR || btf_kind(t) == BTF_KIND_DATASEC || btf_kind(t) == BTF_KIND_DECL_TAG;
}

static bool needs_resolve(const struct btf_type *t)
{
	return is_mod(t) || is_value(t) || is_about(t) || btf_kind(t) == BTF_KIND_PTR || btf_kind(t) == BTF_KIND_FUNC;
}

static bool is_end(const struct btf_check *c, const struct btf_type *t)
{
	switch (c->follow) {
	case FOLLOW_POINTERS:
		return !is_mod(t) && btf_kind(t) != BTF_KIND_PTR;
	case FOLLOW_VALUES:
		return !is_mod(t) && !is_value(t);
	default:
		return !needs_resolve(t);
	}
}

const struct btf_type *check_skip_mods(const struct btf_check *c, u32 *id)
{
	const struct btf_type *t = check_type(c, *id);

	for (int steps = 0; t && is_mod(t); steps++) {
		if (steps > RESOLVE_DEPTH_MAX)
			return NULL;
		*id = t->type;
		t = check_type(c, *id);
	}
	return t;
}

const struct btf_type *check_sized(const struct btf_check *c, u32 *id, u64 *size)
{
	u64 n = 1;
	const struct btf_type *first = NULL;

	for (int steps = 0; steps <= 2 * RESOLVE_DEPTH_MAX; steps++) {
		const struct btf_type *t = check_skip_mods(c, id);

		first = first ?: t;
		switch (t ? btf_kind(t) : BTF_KIND_UNKN) {
		case BTF_KIND_INT:
		case BTF_KIND_ENUM:
		case BTF_KIND_ENUM64:
		case BTF_KIND_FLOAT:
		case BTF_KIND_STRUCT:
		case BTF_KIND_UNION:
			*size = min_of(n * t->size, (u64)UINT32_MAX);
			return first;
		case BTF_KIND_PTR:
			*size = min_of(n * sizeof(u64), (u64)UINT32_MAX);
			return first;
		case BTF_KIND_ARRAY: /* overflow is refused where the array is checked */
			n = min_of(n * btf_array(t)->nelems, (u64)UINT32_MAX);
			*id = btf_array(t)->type;
			break;
		default:
			return NULL;
		}
	}
	return NULL;
}

bool check_int_is_regular(const struct btf_type *t)
{
	u32 info = btf_int_info(t), size = t->size;

	return size && size <= 16 && !(size & (size - 1)) && BTF_INT_BITS(info) == size * 8 && !BTF_INT_OFFSET(info);
}

/* Follow to type `id` unless it is an end here, or was done before. */
static int follow(struct btf_check *c, u32 id, const struct btf_type *t)
{
	return t && !is_end(c, t) && c->visits[id] != VISIT_DONE ? begin(c, id) : 0;
}

#define refuse(c, id, t, ...) (text_type(c, id, t, __VA_ARGS__), -EINVAL)

static int follow_ref(struct btf_check *c, u32 id, const struct btf_type *t)
{
	const struct btf_type *next = check_type(c, t->type);

	if (t->type && (!next || is_about(next)))
		return refuse(c, id, t, "Invalid type_id");
	return follow(c, t->type, next);
}

/* Has a size, so an array or a struct may hold it (what a typedef stands for is looked at later). */
static bool may_hold(const struct btf_type *t)
{
	u32 kind = t ? btf_kind(t) : BTF_KIND_UNKN;

	return t && !is_about(t) && kind != BTF_KIND_FWD && kind != BTF_KIND_FUNC && kind != BTF_KIND_FUNC_PROTO;
}

static int follow_array(struct btf_check *c, u32 id, const struct btf_type *t)
{
	const struct btf_array *a = btf_array(t);
	const struct btf_type *next = check_type(c, a->index_type);
	u32 behind = a->index_type;
	u64 size;
	int err;

	if (!may_hold(next))
		return refuse(c, id, t, "Invalid index");
	err = follow(c, a->index_type, next);
	if (err)
		return err;
	next = check_skip_mods(c, &behind);
	if (!next || btf_kind(next) != BTF_KIND_INT || !check_int_is_regular(next))
		return refuse(c, id, t, "Invalid index");
	next = check_type(c, a->type);
	if (!may_hold(next))
		return refuse(c, id, t, "Invalid elem");
	err = follow(c, a->type, next);
	if (err)
		return err;
	behind = a->type;
	next = check_sized(c, &behind, &size);
	if (!next)
		return refuse(c, id, t, "Invalid elem");
	if (btf_kind(next) == BTF_KIND_INT && !check_int_is_regular(next))
		return refuse(c, id, t, "Invalid array of int");
	if (size * a->nelems > UINT32_MAX)
		return refuse(c, id, t, "Array size overflows U32_MAX");
	return 0;
}

static int follow_composite(struct btf_check *c, u32 id, const struct btf_type *t)
{
	int err = 0;

	for (u32 i = 0; !err && i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const struct btf_type *next = check_type(c, m->type);

		if (!may_hold(next)) {
			text_type(c, id, t, "%s", "");
			text_member(c, t, m, "Invalid member");
			return -EINVAL;
		}
		err = follow(c, m->type, next);
		if (!err)
			err = check_member(c, id, i, next, m->type);
	}
	return err;
}

static int follow_var(struct btf_check *c, u32 id, const struct btf_type *t)
{
	const struct btf_type *next = check_type(c, t->type);
	u32 behind = t->type;
	u64 size;
	int err;

	if (!next || is_about(next))
		return refuse(c, id, t, "Invalid type_id");
	err = follow(c, t->type, next);
	if (err)
		return err;
	return check_sized(c, &behind, &size) ? 0 : refuse(c, id, t, "Invalid type_id");
}

static int follow_datasec(struct btf_check *c, u32 id, const struct btf_type *t)
{
	for (u32 i = 0; i < btf_vlen(t); i++) {
		const struct btf_var_secinfo *s = &btf_secinfos(t)[i];
		const struct btf_type *var = check_type(c, s->type);
		const char *problem = "Not a VAR kind member";
		u32 behind;
		u64 size;

		if (var && btf_kind(var) == BTF_KIND_VAR) {
			if (c->visits[s->type] != VISIT_DONE) { /* the kernel looks at sizes only of variables that stand before */
				int err = begin(c, s->type);

				if (err)
					return err;
				continue;
			}
			behind = var->type;
			problem = !check_sized(c, &behind, &size) ? "Invalid type" : s->size < size ? "Invalid size" : NULL;
		}
		if (problem) {
			text_type(c, id, t, "%s", "");
			text_secinfo(c, s, problem);
			return -EINVAL;
		}
	}
	return 0;
}

static int check_func(struct btf_check *c, u32 id, const struct btf_type *t)
{
	const struct btf_type *proto = check_type(c, t->type);

	if (!proto || btf_kind(proto) != BTF_KIND_FUNC_PROTO)
		return refuse(c, id, t, "Invalid type_id");
	for (u32 i = 0; i < btf_vlen(proto); i++)
		if (!btf_params(proto)[i].name_off && btf_params(proto)[i].type)
			return refuse(c, id, t, "Invalid arg#%u", i + 1);
	return 0;
}

static int follow_decl_tag(struct btf_check *c, u32 id, const struct btf_type *t)
{
	s32 idx = ((const struct btf_decl_tag *)btf_payload(t))->component_idx;
	const struct btf_type *next = check_type(c, t->type);
	u32 kind = next ? btf_kind(next) : BTF_KIND_UNKN, n = 0;
	int err;

	if (!next || (!btf_is_composite(next) && kind != BTF_KIND_FUNC && kind != BTF_KIND_VAR && kind != BTF_KIND_TYPEDEF))
		return refuse(c, id, t, "Invalid type_id");
	err = follow(c, t->type, next);
	if (err || idx == -1)
		return err;
	if (btf_is_composite(next))
		n = btf_vlen(next);
	else if (kind == BTF_KIND_FUNC)
		n = btf_vlen(check_type(c, next->type));
	return (u32)idx < n ? 0 : refuse(c, id, t, "Invalid component_idx");
}

static int follow_type(struct btf_check *c, u32 id, const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_ARRAY:
		return follow_array(c, id, t);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return follow_composite(c, id, t);
	case BTF_KIND_VAR:
		return follow_var(c, id, t);
	case BTF_KIND_DATASEC:
		return follow_datasec(c, id, t);
	case BTF_KIND_FUNC:
		return check_func(c, id, t);
	case BTF_KIND_DECL_TAG:
		return follow_decl_tag(c, id, t);
	default:
		return follow_ref(c, id, t);
	}
}

/* One step deeper. Recursion is bounded by RESOLVE_DEPTH_MAX. */
static int begin(struct btf_check *c, u32 id)
{
	const struct btf_type *t = check_type(c, id);
	int err;

	if (c->depth == RESOLVE_DEPTH_MAX)
		return -E2BIG;
	if (c->visits[id] != VISIT_NONE)
		return -EEXIST;
	c->visits[id] = VISIT_BEGUN;
	c->depth++;
	if (c->follow == FOLLOW_ANY && btf_kind(t) == BTF_KIND_PTR)
		c->follow = FOLLOW_POINTERS;
	else if (c->follow == FOLLOW_ANY && is_value(t))
		c->follow = FOLLOW_VALUES;
	err = follow_type(c, id, t);
	c->depth--;
	if (!err)
		c->visits[id] = VISIT_DONE;
	return err;
}

static int resolve(struct btf_check *c, u32 id)
{
	int err;

	c->depth = 0;
	c->follow = FOLLOW_ANY;
	err = begin(c, id);
	if (err == -E2BIG)
		text_type(c, id, check_type(c, id), "Exceeded max resolving depth:%u", RESOLVE_DEPTH_MAX);
	else if (err == -EEXIST)
		text_type(c, id, check_type(c, id), "Loop detected");
	return err;
}

/* A type that a function takes or returns: 0, an error that was told, or 1 when it is none. */
static int passable(struct btf_check *c, u32 id)
{
	const struct btf_type *t = check_type(c, id);
	u64 size;
	int err = 0;

	if (!t || is_about(t))
		return 1;
	if (needs_resolve(t) && c->visits[id] != VISIT_DONE)
		err = resolve(c, id);
	return err ? err : check_sized(c, &id, &size) ? 0 : 1;
}

static bool param_name_ok(const struct btf_check *c, u32 off)
{
	return !off || (check_str(c, off) && check_identifier(c, off));
}

static int check_proto(struct btf_check *c, u32 id, const struct btf_type *t)
{
	const struct btf_param *p = btf_params(t);
	u32 n = btf_vlen(t);
	int err = t->type ? passable(c, t->type) : 0;

	if (err)
		return err > 0 ? refuse(c, id, t, "Invalid return type") : err;
	if (n && !p[n - 1].type) { /* variable arguments */
		if (p[n - 1].name_off)
			return refuse(c, id, t, "Invalid arg#%u", n);
		n--;
	}
	for (u32 i = 0; i < n; i++) {
		err = param_name_ok(c, p[i].name_off) ? passable(c, p[i].type) : 1;
		if (err)
			return err > 0 ? refuse(c, id, t, "Invalid arg#%u", i + 1) : err;
	}
	return 0;
}

int check_references(struct btf_check *c)
{
	int err = 0;

	for (u32 id = 1; !err && id < c->count; id++) {
		const struct btf_type *t = check_type(c, id);

		if (needs_resolve(t) && c->visits[id] == VISIT_NONE)
			err = resolve(c, id);
		if (!err && btf_kind(t) == BTF_KIND_FUNC_PROTO)
			err = check_proto(c, id, t);
	}
	return err;
}

/* Tags of pointers stand right behind the pointer: no modifier before them in a chain. */
int check_type_tags(struct btf_check *c)
{
	for (u32 id = 1; id < c->count; id++) {
		const struct btf_type *t = check_type(c, id);
		bool in_tags = btf_kind(t) == BTF_KIND_TYPE_TAG;

		for (; t && is_mod(t); t = check_type(c, t->type)) {
			if (btf_kind(t) != BTF_KIND_TYPE_TAG) {
				in_tags = false;
			} else if (!in_tags) {
				verifier_log(c->log, "Type tags don't precede modifiers");
				return -EINVAL;
			}
		}
	}
	return 0;
}

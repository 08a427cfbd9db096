/* SPDX-License-Identifier: BSD-2-Clause */
/* From a struct, an offset and a size to what lies there: members, nested structs and arrays, pointers. */
#include <errno.h>
#include <string.h>

#include "common/btf/btf.h"
#include "engine/verifier/rules/rules.h"

#define WALK_DEPTH_MAX 32 /* structs in structs; BTF cannot nest without end, hostile BTF could try */

struct walk {
	struct verifier_env *env;
	const struct btf *btf;
	const struct btf_type *t; /* struct or union that we are in */
	const char *name;
	u32 off;
	u32 size;
	struct btf_walk_result *res;
};

static bool is_struct(const struct btf_type *t)
{
	return t && btf_is_composite(t);
}

static int beyond(const struct walk *w)
{
	return reject(w->env, BTF_BEYOND_STRUCT, w->name, w->off, w->size);
}

/* Past the end: only a flexible array member may be there. Afterwards w is in its element, or it is a number. */
static int enter_flexible_array(struct walk *w, bool *again)
{
	const struct btf_type *t = w->t, *mt, *et;
	u32 n = btf_vlen(t), moff;
	s64 size;

	if (!n)
		return beyond(w);
	mt = btf_resolve(w->btf, btf_members(t)[n - 1].type, NULL);
	if (!mt || btf_kind(mt) != BTF_KIND_ARRAY || btf_array(mt)->nelems)
		return beyond(w);
	moff = btf_member_bit_offset(t, n - 1) / 8;
	if (w->off < moff)
		return beyond(w);
	et = btf_resolve(w->btf, btf_array(mt)->type, NULL);
	if (et && btf_kind(et) == BTF_KIND_INT)
		return BTF_WALK_SCALAR;
	size = et ? et->size : 0;
	if (!is_struct(et) || !size)
		return beyond(w);
	w->off = (w->off - moff) % (u32)size;
	w->t = et;
	*again = true;
	return 0;
}

static u32 pointer_tag(const struct btf *btf, const struct btf_type *ptr)
{
	const struct btf_type *t = btf_type(btf, ptr->type);
	const char *tag;

	if (!t || btf_kind(t) != BTF_KIND_TYPE_TAG || btf_kflag(t))
		return 0;
	tag = btf_str(btf, t->name_off);
	if (!strcmp(tag, "user"))
		return MEM_USER;
	if (!strcmp(tag, "percpu"))
		return MEM_PERCPU;
	return strcmp(tag, "rcu") ? 0 : MEM_RCU;
}

static int walk_pointer(struct walk *w, const struct btf_type *ptr, const char *member, u32 moff, u32 msize)
{
	const struct btf_type *to;
	u32 id;

	if (msize != w->size || w->off != moff)
		return reject(w->env, BTF_PTR_MEMBER, member, moff, w->name, w->off, w->size);
	to = btf_resolve(w->btf, ptr->type, &id);
	if (is_struct(to)) {
		w->res->id = id;
		w->res->flag |= pointer_tag(w->btf, ptr);
		w->res->field = member;
		return BTF_WALK_PTR;
	}
	/* Pointers to numbers are read through probes. */
	if (to && (btf_kind(to) == BTF_KIND_INT || btf_kind(to) == BTF_KIND_ENUM || btf_kind(to) == BTF_KIND_ENUM64))
		return BTF_WALK_PTR_DATA;
	return BTF_WALK_SCALAR;
}

/* Element type, element size and whole size of a member, through any number of array dimensions. */
static int resolve_member(struct walk *w, u32 type, const char *member, u32 *elem_id, u32 *elem_size, u32 *size)
{
	const struct btf_type *t = btf_resolve(w->btf, type, elem_id);
	s64 whole = btf_size(w->btf, type), one;

	if (!t || whole < 0 || whole > UINT32_MAX)
		return reject(w->env, BTF_FIELD_SIZE, member);
	for (u32 depth = 0; t && btf_kind(t) == BTF_KIND_ARRAY && depth < WALK_DEPTH_MAX; depth++)
		t = btf_resolve(w->btf, btf_array(t)->type, elem_id);
	one = t ? btf_size(w->btf, *elem_id) : -EINVAL;
	if (one < 0 || one > UINT32_MAX)
		return reject(w->env, BTF_FIELD_SIZE, member);
	*elem_size = (u32)one;
	*size = (u32)whole;
	return 0;
}

/* Look at member i: 0 with *again to go on inside it, -EAGAIN for the next member, or the result. */
static int walk_member(struct walk *w, u32 i, u32 moff, bool *again)
{
	const struct btf_member *m = &btf_members(w->t)[i];
	const char *member = btf_str(w->btf, m->name_off);
	const struct btf_type *mt;
	u32 elem_id = 0, elem_size = 0, size = 0, end;
	int err = resolve_member(w, m->type, member, &elem_id, &elem_size, &size);

	if (err)
		return err;
	end = moff + size;
	if (w->off >= end)
		return -EAGAIN;
	if (elem_size && elem_size != size)
		moff += (w->off - moff) / elem_size * elem_size;
	mt = btf_type(w->btf, elem_id);
	if (is_struct(mt)) {
		w->t = mt;
		if (w->off == moff) {
			w->res->id = elem_id;
			return BTF_WALK_STRUCT;
		}
		w->off -= moff;
		*again = true;
		return 0;
	}
	if (btf_kind(mt) == BTF_KIND_PTR)
		return walk_pointer(w, mt, member, moff, elem_size);
	if (w->off + w->size > end && !(w->res->flag & PTR_UNTRUSTED))
		return reject(w->env, BTF_BEYOND_MEMBER, member, end, w->name, w->off, w->size);
	return BTF_WALK_SCALAR;
}

static int walk_members(struct walk *w, bool *again)
{
	const struct btf_type *t = w->t;

	for (u32 i = 0; i < btf_vlen(t); i++) {
		u32 bit = btf_member_bit_offset(t, i), bits = btf_member_bitfield_size(t, i), moff = bit / 8;
		int res;

		if (w->off + w->size <= moff)
			break;
		if (bits) {
			if (w->off <= moff && (bit + bits + 7) / 8 <= w->off + w->size)
				return BTF_WALK_SCALAR;
			continue;
		}
		if (w->off < moff)
			break;
		res = walk_member(w, i, moff, again);
		if (res != -EAGAIN)
			return res;
	}
	return reject(w->env, BTF_NO_FIELD, w->name, w->off);
}

/* One level: BTF_WALK_*, or -errno; off is relative to the struct that res->id names when it is BTF_WALK_STRUCT. */
static int walk_step(struct walk *w)
{
	for (u32 depth = 0; depth < WALK_DEPTH_MAX; depth++) {
		bool again = false;
		int res;

		w->name = btf_str(w->btf, w->t->name_off);
		if (!is_struct(w->t))
			return reject(w->env, BTF_NOT_STRUCT, w->name);
		/* Which member of a union is meant is anybody's guess. */
		if (btf_kind(w->t) == BTF_KIND_UNION && btf_vlen(w->t) != 1)
			w->res->flag |= PTR_UNTRUSTED;
		if ((u64)w->off + w->size > w->t->size)
			res = enter_flexible_array(w, &again);
		else
			res = walk_members(w, &again);
		if (!again)
			return res;
	}
	return reject(w->env, BTF_NO_FIELD, w->name, w->off);
}

int btf_walk_struct(struct verifier_env *env, const struct btf *btf, u32 id, u32 off, u32 size, struct btf_walk_result *res)
{
	struct walk w = {.env = env, .btf = btf, .t = btf_resolve(btf, id, NULL), .off = off, .size = size, .res = res};

	*res = (struct btf_walk_result){0};
	if (!w.t)
		return reject(env, BTF_NOT_STRUCT, "?");
	for (u32 depth = 0; depth < WALK_DEPTH_MAX; depth++) {
		int r = walk_step(&w);

		if (r != BTF_WALK_STRUCT)
			return r;
		/* Exactly at a nested struct: its first member is meant. */
		w.t = btf_type(btf, res->id);
		w.off = 0;
	}
	return reject(env, BTF_NO_FIELD, w.name, off);
}

/* The nested struct that starts at *off, or contains it; *off becomes relative to it. 0: there is none. */
static u32 nested_at(const struct btf *btf, u32 id, u32 *off)
{
	const struct btf_type *t = btf_resolve(btf, id, NULL);

	if (!is_struct(t))
		return 0;
	for (u32 i = 0; i < btf_vlen(t); i++) {
		u32 moff = btf_member_bit_offset(t, i) / 8, elem;
		const struct btf_type *mt = btf_resolve(btf, btf_members(t)[i].type, &elem);
		s64 size = btf_size(btf, btf_members(t)[i].type);

		if (size <= 0 || *off < moff || *off >= moff + (u64)size)
			continue;
		*off -= moff;
		for (u32 depth = 0; mt && btf_kind(mt) == BTF_KIND_ARRAY && depth < WALK_DEPTH_MAX; depth++)
			mt = btf_resolve(btf, btf_array(mt)->type, &elem);
		if (!is_struct(mt) || !mt->size)
			return 0;
		*off %= mt->size;
		return elem;
	}
	return 0;
}

bool btf_struct_matches(struct verifier_env *env, const struct btf *btf, u32 id, u32 off, u32 need, bool strict)
{
	u32 found;

	(void)env;
	btf_resolve(btf, id, &found);
	if (!off && found == need)
		return true;
	if (strict)
		return false;
	for (u32 depth = 0; depth < WALK_DEPTH_MAX && found; depth++) {
		found = nested_at(btf, found, &off);
		if (found && !off && found == need)
			return true;
	}
	return false;
}

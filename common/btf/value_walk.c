/* SPDX-License-Identifier: BSD-2-Clause */
#include "common/btf/value_walk.h"

#include <string.h>

#define DEPTH_MAX 64
#define TRAILING_ZEROS_SHOWN 8

struct walk {
	const struct btf *btf;
	struct value_sink *sink;
	u32 depth;
	u64 budget; /* values still to print: unions over unions can make many out of few bytes */
};

struct slice {
	const u8 *data;
	size_t len;
};

static void walk_type(struct walk *w, u32 id, struct slice at);
static void walk_members(struct walk *w, const struct btf_type *t, struct slice at);

static const struct value nothing = {.kind = VALUE_NONE};

static struct slice sub(struct slice s, u64 off, u64 size)
{
	if (!size || off > s.len || size > s.len - off)
		return (struct slice){0};
	return (struct slice){s.data + off, size};
}

/* `width` bits from bit `off` on, little-endian as the host is. False when they are not all there. */
static bool read_bits(struct slice s, u64 off, u32 width, bool is_signed, u128 *out)
{
	u64 first = off / 8, bytes = (off % 8 + width + 7) / 8;
	u32 shift = off % 8;
	u128 v = 0;

	if (width > 128 || first > s.len || bytes > s.len - first)
		return false;
	for (u64 i = 0; i < bytes; i++) {
		u128 byte = s.data[first + i];
		s32 at = (s32)(i * 8) - (s32)shift;

		v |= at < 0 ? byte >> -at : at < 128 ? byte << at : 0;
	}
	if (width < 128)
		v &= ((u128)1 << width) - 1;
	if (is_signed && width && width < 128 && v >> (width - 1) & 1)
		v |= ~(((u128)1 << width) - 1);
	*out = v;
	return true;
}

static bool is_char_int(const struct btf *btf, const struct btf_type *t)
{
	return t && btf_kind(t) == BTF_KIND_INT && t->size == 1 &&
	       (BTF_INT_ENCODING(btf_int_info(t)) == BTF_INT_CHAR || !strcmp(btf_str(btf, t->name_off), "char"));
}

bool value_is_char(const struct btf *btf, u32 id)
{
	return is_char_int(btf, btf_resolve(btf, id, NULL));
}

static void walk_int(struct walk *w, const struct btf_type *t, struct slice at, u64 off, u32 width)
{
	u32 info = btf_int_info(t), enc = BTF_INT_ENCODING(info), bits = width ?: BTF_INT_BITS(info);
	struct value v = {.kind = VALUE_INT, .is_signed = enc == BTF_INT_SIGNED, .width = bits};

	if (!width)
		off += BTF_INT_OFFSET(info);
	v.odd = width || (bits != 8 && bits != 16 && bits != 32 && bits != 64);
	if (enc == BTF_INT_BOOL)
		v.kind = VALUE_BOOL;
	else if (is_char_int(w->btf, t) && !width)
		v.kind = VALUE_CHAR;
	w->sink->scalar(w->sink, read_bits(at, off, bits, v.is_signed, &v.bits) ? &v : &nothing);
}

static const char *enumerator(const struct btf *btf, const struct btf_type *t, u64 value)
{
	for (u32 i = 0; i < btf_vlen(t); i++) {
		if (btf_kind(t) == BTF_KIND_ENUM) {
			if (btf_enums(t)[i].val == (s32)value)
				return btf_str(btf, btf_enums(t)[i].name_off);
		} else if (((u64)btf_enums64(t)[i].val_hi32 << 32 | btf_enums64(t)[i].val_lo32) == value) {
			return btf_str(btf, btf_enums64(t)[i].name_off);
		}
	}
	return NULL;
}

static void walk_enum(struct walk *w, const struct btf_type *t, struct slice at, u64 off, u32 width)
{
	struct value v = {.kind = VALUE_ENUM, .is_signed = btf_kflag(t), .width = width ?: min_of(t->size, 8u) * 8};

	if (!read_bits(at, off, v.width, v.is_signed, &v.bits)) {
		w->sink->scalar(w->sink, &nothing);
		return;
	}
	v.name = enumerator(w->btf, t, (u64)v.bits);
	w->sink->scalar(w->sink, &v);
}

static void walk_ptr(struct walk *w, struct slice at)
{
	struct value v = {.kind = VALUE_PTR, .width = 64};

	w->sink->scalar(w->sink, read_bits(at, 0, 64, false, &v.bits) ? &v : &nothing);
}

static void walk_float(struct walk *w, const struct btf_type *t, struct slice at)
{
	struct value v = {.kind = VALUE_FLOAT, .width = t->size * 8};
	float f;

	if (t->size == sizeof(f) && at.len >= sizeof(f)) {
		memcpy(&f, at.data, sizeof(f));
		v.real = (double)f;
	} else if (t->size == sizeof(v.real) && at.len >= sizeof(v.real)) {
		memcpy(&v.real, at.data, sizeof(v.real));
	} else {
		v.kind = VALUE_NONE;
	}
	w->sink->scalar(w->sink, &v);
}

static void walk_bitfield(struct walk *w, u32 id, struct slice at, u64 off, u32 width)
{
	const struct btf_type *t = btf_resolve(w->btf, id, NULL);

	switch (t ? btf_kind(t) : BTF_KIND_UNKN) {
	case BTF_KIND_INT:
		walk_int(w, t, at, off, width);
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		walk_enum(w, t, at, off, width);
		break;
	default:
		w->sink->scalar(w->sink, &nothing);
	}
}

static void walk_member(struct walk *w, const struct btf_type *t, u32 i, struct slice at)
{
	const struct btf_member *m = &btf_members(t)[i];
	u32 off = btf_member_bit_offset(t, i), width = btf_member_bitfield_size(t, i);
	s64 size = btf_size(w->btf, m->type);
	struct slice inner = sub(at, off / 8, size > 0 ? (u64)size : 0);
	const struct btf_type *mt = btf_resolve(w->btf, m->type, NULL);

	if (w->sink->flatten && !m->name_off && mt && btf_is_composite(mt) && w->depth < DEPTH_MAX) {
		w->depth++;
		walk_members(w, mt, inner);
		w->depth--;
		return;
	}
	w->sink->member(w->sink, btf_str(w->btf, m->name_off));
	if (width || off % 8)
		walk_bitfield(w, m->type, at, off, width);
	else
		walk_type(w, m->type, inner);
}

static void walk_members(struct walk *w, const struct btf_type *t, struct slice at)
{
	for (u32 i = 0; i < btf_vlen(t) && w->budget; i++) {
		w->budget--;
		walk_member(w, t, i, at);
	}
}

static void walk_composite(struct walk *w, const struct btf_type *t, struct slice at)
{
	w->sink->begin(w->sink, '{');
	walk_members(w, t, at);
	w->sink->end(w->sink, '}');
}

/* Text up to the first NUL; true when the array is text and was told to the sink. */
static bool walk_string(struct walk *w, struct slice at, u64 n)
{
	size_t len = 0;

	if (at.len < n || !n)
		return false;
	while (len < n && at.data[len] && (w->sink->any_string || (at.data[len] >= 0x20 && at.data[len] < 0x7f)))
		len++;
	if (!w->sink->any_string && (len == n || at.data[len]))
		return false;
	w->sink->string(w->sink, (const char *)at.data, len);
	return true;
}

static bool all_zero(struct slice s)
{
	return !s.len || (!s.data[0] && !memcmp(s.data, s.data + 1, s.len - 1));
}

static void walk_array(struct walk *w, const struct btf_type *t, struct slice at)
{
	const struct btf_array *a = btf_array(t);
	s64 size = btf_size(w->btf, a->type);
	u64 n = size > 0 ? a->nelems : 0, shown = n;

	if (is_char_int(w->btf, btf_resolve(w->btf, a->type, NULL)) && walk_string(w, at, a->nelems))
		return;
	if (w->sink->more && at.len >= n * (u64)size) {
		while (shown && all_zero(sub(at, (shown - 1) * (u64)size, (u64)size)))
			shown--;
		if (n - shown <= TRAILING_ZEROS_SHOWN)
			shown = n;
	}
	w->sink->begin(w->sink, '[');
	for (u64 i = 0; i < shown && w->budget; i++) {
		w->sink->element(w->sink);
		walk_type(w, a->type, sub(at, i * (u64)size, (u64)size));
		if (i * (u64)size >= at.len)
			break; /* the rest is not there either */
	}
	if (shown < n)
		w->sink->more(w->sink);
	w->sink->end(w->sink, ']');
}

/* A section is an array of one-member objects, as bpftool has it. */
static void walk_datasec(struct walk *w, const struct btf_type *t, struct slice at)
{
	struct value_sink *s = w->sink;

	s->begin(s, '{');
	s->member(s, btf_str(w->btf, t->name_off));
	s->begin(s, '[');
	for (u32 i = 0; i < btf_vlen(t) && w->budget; i++) {
		const struct btf_var_secinfo *info = &btf_secinfos(t)[i];

		s->element(s);
		walk_type(w, info->type, sub(at, info->offset, info->size));
	}
	s->end(s, ']');
	s->end(s, '}');
}

static void walk_var(struct walk *w, const struct btf_type *t, struct slice at)
{
	w->sink->begin(w->sink, '{');
	w->sink->member(w->sink, btf_str(w->btf, t->name_off));
	walk_type(w, t->type, at);
	w->sink->end(w->sink, '}');
}

static void walk_type(struct walk *w, u32 id, struct slice at)
{
	const struct btf_type *t = btf_resolve(w->btf, id, NULL);

	if (w->depth == DEPTH_MAX || !w->budget || !t) {
		w->sink->scalar(w->sink, &nothing);
		return;
	}
	w->depth++;
	w->budget--;
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		walk_int(w, t, at, 0, 0);
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		walk_enum(w, t, at, 0, 0);
		break;
	case BTF_KIND_PTR:
		walk_ptr(w, at);
		break;
	case BTF_KIND_FLOAT:
		walk_float(w, t, at);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		walk_composite(w, t, at);
		break;
	case BTF_KIND_ARRAY:
		walk_array(w, t, at);
		break;
	case BTF_KIND_DATASEC:
		walk_datasec(w, t, at);
		break;
	case BTF_KIND_VAR:
		walk_var(w, t, at);
		break;
	default:
		w->sink->scalar(w->sink, &nothing);
	}
	w->depth--;
}

void value_walk(const struct btf *btf, u32 id, const void *data, size_t len, struct value_sink *sink)
{
	struct walk w = {.btf = btf, .sink = sink, .budget = 65536 + 64 * (u64)len};

	walk_type(&w, id, (struct slice){data, len});
}

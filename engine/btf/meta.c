/* SPDX-License-Identifier: BSD-2-Clause */
/* Each type by itself: its words, its names, its payload; nothing that it refers to. */
#include "engine/btf/impl.h"

#include <errno.h>
#include <stdio.h>

#define INFO_MASK 0x9f00ffff
#define INT_DATA_MASK 0x0fffffff
#define INT_BITS_MAX 128
#define NAME_LEN_MAX 512 /* of what names a symbol */

#define refuse(c, id, t, ...) (text_type(c, id, t, __VA_ARGS__), -EINVAL)

static bool ident_start(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_' || ch == '.';
}

bool check_identifier(const struct btf_check *c, u32 off)
{
	const char *s = check_str(c, off);
	size_t n = 0;

	if (!s || !ident_start(s[0]))
		return false;
	while (n < NAME_LEN_MAX && (ident_start(s[n]) || (s[n] >= '0' && s[n] <= '9')))
		n++;
	return !s[n];
}

/* Section names: anything that prints, in the kernel's character set (Latin-1). */
static bool section_name(const struct btf_check *c, u32 off)
{
	const u8 *s = (const u8 *)check_str(c, off);
	size_t n = 0;

	while (s && n < NAME_LEN_MAX && ((s[n] >= 0x20 && s[n] < 0x7f) || s[n] >= 0xa0))
		n++;
	return s && n && !s[n];
}

static int int_meta(struct btf_check *c, u32 id, const struct btf_type *t)
{
	u32 info = btf_int_info(t), bits = BTF_INT_BITS(info) + BTF_INT_OFFSET(info), enc = BTF_INT_ENCODING(info);

	if (info & ~INT_DATA_MASK) {
		text_basic(c, id, t, "Invalid int_data:%x", info);
		return -EINVAL;
	}
	if (bits > INT_BITS_MAX)
		return refuse(c, id, t, "nr_bits exceeds %u", INT_BITS_MAX);
	if ((bits + 7) / 8 > t->size)
		return refuse(c, id, t, "nr_bits exceeds type_size");
	if (enc && enc != BTF_INT_SIGNED && enc != BTF_INT_CHAR && enc != BTF_INT_BOOL) {
		text_type(c, id, t, "Unsupported encoding");
		return -ENOTSUPP;
	}
	text_type(c, id, t, "%s", "");
	return 0;
}

static int array_meta(struct btf_check *c, u32 id, const struct btf_type *t)
{
	const struct btf_array *a = btf_array(t);

	if (t->name_off)
		return refuse(c, id, t, "Invalid name");
	if (t->size)
		return refuse(c, id, t, "size != 0");
	if (!a->type || a->type > BTF_MAX_TYPE)
		return refuse(c, id, t, "Invalid elem");
	if (!a->index_type || a->index_type > BTF_MAX_TYPE)
		return refuse(c, id, t, "Invalid index");
	text_type(c, id, t, "%s", "");
	return 0;
}

static const char *member_problem(const struct btf_check *c, const struct btf_type *t, const struct btf_member *m, u32 last)
{
	u32 off = btf_kflag(t) ? BTF_MEMBER_BIT_OFFSET(m->offset) : m->offset;

	if (m->name_off && !check_identifier(c, m->name_off))
		return "Invalid name";
	if (!m->type || m->type > BTF_MAX_TYPE)
		return "Invalid type_id";
	if (btf_kind(t) == BTF_KIND_UNION && off)
		return "Invalid member bits_offset";
	if (off < last)
		return "Invalid member bits_offset";
	if ((off + 7ULL) / 8 > t->size)
		return "Member bits_offset exceeds its struct size";
	return NULL;
}

static int composite_meta(struct btf_check *c, u32 id, const struct btf_type *t)
{
	u32 last = 0;

	if (t->name_off && !check_identifier(c, t->name_off))
		return refuse(c, id, t, "Invalid name");
	text_type(c, id, t, "%s", "");
	for (u32 i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		const char *problem;

		if (!check_str(c, m->name_off)) {
			char text[64];

			snprintf(text, sizeof(text), "Invalid member name_offset:%u", m->name_off);
			text_member(c, t, m, text);
			return -EINVAL;
		}
		problem = member_problem(c, t, m, last);
		text_member(c, t, m, problem ?: "");
		if (problem)
			return -EINVAL;
		last = btf_member_bit_offset(t, i);
	}
	return 0;
}

static int enum_value(struct btf_check *c, u32 id, const struct btf_type *t, u32 name_off)
{
	if (!check_str(c, name_off)) {
		verifier_log(c->log, "\tInvalid name_offset:%u", name_off);
		return -EINVAL;
	}
	if (!name_off || !check_identifier(c, name_off))
		return refuse(c, id, t, "Invalid name");
	return 0;
}

static int enum_meta(struct btf_check *c, u32 id, const struct btf_type *t)
{
	bool is_signed = btf_kflag(t);

	if (t->size > 8 || !t->size || t->size & (t->size - 1))
		return refuse(c, id, t, "Unexpected size");
	if (t->name_off && !check_identifier(c, t->name_off))
		return refuse(c, id, t, "Invalid name");
	text_type(c, id, t, "%s", "");
	for (u32 i = 0; i < btf_vlen(t); i++) {
		bool wide = btf_kind(t) == BTF_KIND_ENUM64;
		u32 name_off = wide ? btf_enums64(t)[i].name_off : btf_enums(t)[i].name_off;
		int err = enum_value(c, id, t, name_off);

		if (err)
			return err;
		if (!c->log->level)
			continue;
		if (wide)
			verifier_log(c->log, is_signed ? "\t%s val=%lld\n" : "\t%s val=%llu\n", check_str(c, name_off),
				     (unsigned long long)btf_enums64(t)[i].val_hi32 << 32 | btf_enums64(t)[i].val_lo32);
		else
			verifier_log(c->log, is_signed ? "\t%s val=%d\n" : "\t%s val=%u\n", check_str(c, name_off),
				     btf_enums(t)[i].val);
	}
	return 0;
}

static int fwd_meta(struct btf_check *c, u32 id, const struct btf_type *t)
{
	if (t->type)
		return refuse(c, id, t, "type != 0");
	if (!t->name_off || !check_identifier(c, t->name_off))
		return refuse(c, id, t, "Invalid name");
	text_type(c, id, t, "%s", "");
	return 0;
}

/* Types that are one reference: PTR, TYPEDEF, the modifiers and TYPE_TAG. */
static int ref_meta(struct btf_check *c, u32 id, const struct btf_type *t)
{
	u32 kind = btf_kind(t);

	if (t->type > BTF_MAX_TYPE)
		return refuse(c, id, t, "Invalid type_id");
	if (kind == BTF_KIND_TYPEDEF ? !t->name_off || !check_identifier(c, t->name_off) :
	    kind == BTF_KIND_TYPE_TAG ? !*check_str(c, t->name_off) : !!t->name_off)
		return refuse(c, id, t, "Invalid name");
	text_type(c, id, t, "%s", "");
	return 0;
}

static int func_meta(struct btf_check *c, u32 id, const struct btf_type *t)
{
	if (!t->name_off || !check_identifier(c, t->name_off))
		return refuse(c, id, t, "Invalid name");
	if (btf_vlen(t) > BTF_FUNC_GLOBAL)
		return refuse(c, id, t, "Invalid func linkage");
	text_type(c, id, t, "%s", "");
	return 0;
}

static int proto_meta(struct btf_check *c, u32 id, const struct btf_type *t)
{
	if (t->name_off)
		return refuse(c, id, t, "Invalid name");
	text_type(c, id, t, "%s", "");
	return 0;
}

static int var_meta(struct btf_check *c, u32 id, const struct btf_type *t)
{
	u32 linkage = ((const struct btf_var *)btf_payload(t))->linkage;

	if (!t->name_off || !check_identifier(c, t->name_off))
		return refuse(c, id, t, "Invalid name");
	if (!t->type || t->type > BTF_MAX_TYPE)
		return refuse(c, id, t, "Invalid type_id");
	if (linkage != BTF_VAR_STATIC && linkage != BTF_VAR_GLOBAL_ALLOCATED)
		return refuse(c, id, t, "Linkage not supported");
	text_type(c, id, t, "%s", "");
	return 0;
}

static const char *secinfo_problem(const struct btf_type *t, const struct btf_var_secinfo *s, u64 last_end)
{
	if (!s->type || s->type > BTF_MAX_TYPE)
		return "Invalid type_id";
	if (s->offset < last_end || s->offset >= t->size)
		return "Invalid offset";
	if (!s->size || s->size > t->size)
		return "Invalid size";
	if ((u64)s->offset + s->size > t->size)
		return "Invalid offset+size";
	return NULL;
}

static int datasec_meta(struct btf_check *c, u32 id, const struct btf_type *t)
{
	u64 last_end = 0;

	if (!t->size)
		return refuse(c, id, t, "size == 0");
	if (!t->name_off || !section_name(c, t->name_off))
		return refuse(c, id, t, "Invalid name");
	text_type(c, id, t, "%s", "");
	for (u32 i = 0; i < btf_vlen(t); i++) {
		const struct btf_var_secinfo *s = &btf_secinfos(t)[i];
		const char *problem = secinfo_problem(t, s, last_end);

		text_secinfo(c, s, problem ?: "");
		if (problem)
			return -EINVAL;
		last_end = (u64)s->offset + s->size;
	}
	return 0;
}

static int float_meta(struct btf_check *c, u32 id, const struct btf_type *t)
{
	if (t->size != 2 && t->size != 4 && t->size != 8 && t->size != 12 && t->size != 16)
		return refuse(c, id, t, "Invalid type_size");
	text_type(c, id, t, "%s", "");
	return 0;
}

static int decl_tag_meta(struct btf_check *c, u32 id, const struct btf_type *t)
{
	if (!*check_str(c, t->name_off))
		return refuse(c, id, t, "Invalid value");
	if (((const struct btf_decl_tag *)btf_payload(t))->component_idx < -1)
		return refuse(c, id, t, "Invalid component_idx");
	text_type(c, id, t, "%s", "");
	return 0;
}

static const struct meta {
	int (*check)(struct btf_check *c, u32 id, const struct btf_type *t);
	bool has_vlen, has_kflag;
} metas[] = {
	[BTF_KIND_INT] = {int_meta},
	[BTF_KIND_PTR] = {ref_meta},
	[BTF_KIND_ARRAY] = {array_meta},
	[BTF_KIND_STRUCT] = {composite_meta, true, true},
	[BTF_KIND_UNION] = {composite_meta, true, true},
	[BTF_KIND_ENUM] = {enum_meta, true, true},
	[BTF_KIND_FWD] = {fwd_meta, false, true},
	[BTF_KIND_TYPEDEF] = {ref_meta},
	[BTF_KIND_VOLATILE] = {ref_meta},
	[BTF_KIND_CONST] = {ref_meta},
	[BTF_KIND_RESTRICT] = {ref_meta},
	[BTF_KIND_FUNC] = {func_meta, true},
	[BTF_KIND_FUNC_PROTO] = {proto_meta, true},
	[BTF_KIND_VAR] = {var_meta},
	[BTF_KIND_DATASEC] = {datasec_meta, true},
	[BTF_KIND_FLOAT] = {float_meta},
	[BTF_KIND_DECL_TAG] = {decl_tag_meta, false, true},
	[BTF_KIND_TYPE_TAG] = {ref_meta, false, true},
	[BTF_KIND_ENUM64] = {enum_meta, true, true},
};

static u32 payload_len(const struct btf_type *t)
{
	switch (btf_kind(t)) {
#define X(NAME, fixed, item, word)    \
	case BTF_KIND_##NAME:         \
		return fixed + (item) * btf_vlen(t);
		BTF_KINDS(X)
#undef X
	}
	return 0;
}

int check_meta(struct btf_check *c, u32 id, u32 off, u32 *len)
{
	const struct btf_type *t = (const struct btf_type *)(c->types + off);
	u32 left = c->type_len - off;
	const struct meta *meta;

	if (left < sizeof(*t)) {
		verifier_log(c->log, "[%u] meta_left:%u meta_needed:%zu", id, left, sizeof(*t));
		return -EINVAL;
	}
	left -= (u32)sizeof(*t);
	if (t->info & ~INFO_MASK) {
		verifier_log(c->log, "[%u] Invalid btf_info:%x", id, t->info);
		return -EINVAL;
	}
	if (!btf_kind(t) || btf_kind(t) >= ARRAY_SIZE(metas)) {
		verifier_log(c->log, "[%u] Invalid kind:%u", id, btf_kind(t));
		return -EINVAL;
	}
	if (!check_str(c, t->name_off)) {
		verifier_log(c->log, "[%u] Invalid name_offset:%u", id, t->name_off);
		return -EINVAL;
	}
	if (left < payload_len(t)) {
		text_basic(c, id, t, "meta_left:%u meta_needed:%u", left, payload_len(t));
		return -EINVAL;
	}
	*len = (u32)sizeof(*t) + payload_len(t);
	meta = &metas[btf_kind(t)];
	if (btf_vlen(t) && !meta->has_vlen)
		return refuse(c, id, t, "vlen != 0");
	if (btf_kflag(t) && !meta->has_kflag)
		return refuse(c, id, t, "Invalid btf_info kind_flag");
	return meta->check(c, id, t);
}

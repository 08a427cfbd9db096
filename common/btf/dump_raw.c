/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The raw dump. One walk serves text and JSON: a type is a head, fields, and items with fields; `raw` knows how each looks in
 * either form.
 */
#include "common/btf/dump.h"

#include <string.h>

struct raw {
	const struct btf *btf;
	struct strbuf *out; /* text, or */
	struct json *json;
};

static const char *name_of(const struct raw *r, u32 off)
{
	return off ? btf_str(r->btf, off) ?: "(invalid)" : "(anon)";
}

static void field_name(struct raw *r, const char *key)
{
	strbuf_addc(r->out, ' ');
	strbuf_adds(r->out, key);
	strbuf_addc(r->out, '=');
}

static void field(struct raw *r, const char *key, u64 v)
{
	if (r->json) {
		json_key_uint(r->json, key, v);
		return;
	}
	field_name(r, key);
	strbuf_addu(r->out, v);
}

static void field_str(struct raw *r, const char *key, const char *s)
{
	if (r->json) {
		json_key_str(r->json, key, s);
		return;
	}
	field_name(r, key);
	strbuf_adds(r->out, s);
}

/* Values of enums and component_idx: suffix is what the text form adds to numbers of 64 bits. */
static void field_value(struct raw *r, const char *key, u64 v, bool is_signed, const char *suffix)
{
	bool minus = is_signed && (s64)v < 0;

	if (r->json) {
		json_key(r->json, key);
		if (is_signed)
			json_int(r->json, (s64)v);
		else
			json_uint(r->json, v);
		return;
	}
	field_name(r, key);
	if (minus)
		strbuf_addc(r->out, '-');
	strbuf_addu(r->out, minus ? 0 - v : v);
	strbuf_adds(r->out, suffix);
}

static void begin_items(struct raw *r, const char *key)
{
	if (r->json)
		json_key_begin(r->json, key, '[');
}

static void end_items(struct raw *r)
{
	if (r->json)
		json_end(r->json, ']');
}

static void begin_item(struct raw *r)
{
	if (r->json)
		json_begin(r->json, '{');
	else
		strbuf_add(r->out, "\n\t", 2);
}

static void end_item(struct raw *r)
{
	if (r->json)
		json_end(r->json, '}');
}

static void begin_named_item(struct raw *r, u32 name_off)
{
	const char *name = name_of(r, name_off);

	begin_item(r);
	if (r->json) {
		json_key_str(r->json, "name", name);
		return;
	}
	strbuf_addc(r->out, '\'');
	strbuf_adds(r->out, name);
	strbuf_addc(r->out, '\'');
}

static void dump_int(struct raw *r, const struct btf_type *t)
{
	static const char *const encodings[] = {[0] = "(none)", [BTF_INT_SIGNED] = "SIGNED", [BTF_INT_CHAR] = "CHAR",
						[BTF_INT_BOOL] = "BOOL"};
	u32 info = btf_int_info(t), enc = BTF_INT_ENCODING(info);

	field(r, "size", t->size);
	field(r, "bits_offset", BTF_INT_OFFSET(info));
	field(r, "nr_bits", BTF_INT_BITS(info));
	field_str(r, "encoding", (enc < ARRAY_SIZE(encodings) ? encodings[enc] : NULL) ?: "UNKN");
}

static void dump_composite(struct raw *r, const struct btf_type *t)
{
	field(r, "size", t->size);
	field(r, "vlen", btf_vlen(t));
	begin_items(r, "members");
	for (u32 i = 0; i < btf_vlen(t); i++) {
		u32 bits = btf_member_bitfield_size(t, i);

		begin_named_item(r, btf_members(t)[i].name_off);
		field(r, "type_id", btf_members(t)[i].type);
		field(r, "bits_offset", btf_member_bit_offset(t, i));
		if (bits)
			field(r, "bitfield_size", bits);
		end_item(r);
	}
	end_items(r);
}

static void dump_enum(struct raw *r, const struct btf_type *t)
{
	bool is_signed = btf_kflag(t), wide = btf_kind(t) == BTF_KIND_ENUM64;

	field_str(r, "encoding", is_signed ? "SIGNED" : "UNSIGNED");
	field(r, "size", t->size);
	field(r, "vlen", btf_vlen(t));
	begin_items(r, "values");
	for (u32 i = 0; i < btf_vlen(t); i++) {
		if (wide) {
			const struct btf_enum64 *e = &btf_enums64(t)[i];

			begin_named_item(r, e->name_off);
			field_value(r, "val", (u64)e->val_hi32 << 32 | e->val_lo32, is_signed, is_signed ? "LL" : "ULL");
		} else {
			const struct btf_enum *e = &btf_enums(t)[i];

			begin_named_item(r, e->name_off);
			field_value(r, "val", is_signed ? (u64)(s64)e->val : (u32)e->val, is_signed, "");
		}
		end_item(r);
	}
	end_items(r);
}

static void dump_proto(struct raw *r, const struct btf_type *t)
{
	field(r, "ret_type_id", t->type);
	field(r, "vlen", btf_vlen(t));
	begin_items(r, "params");
	for (u32 i = 0; i < btf_vlen(t); i++) {
		begin_named_item(r, btf_params(t)[i].name_off);
		field(r, "type_id", btf_params(t)[i].type);
		end_item(r);
	}
	end_items(r);
}

static const char *linkage_name(u32 linkage)
{
	static const char *const names[] = {"static", "global", "extern"};

	return linkage < ARRAY_SIZE(names) ? names[linkage] : "(unknown)";
}

static void dump_var(struct raw *r, const struct btf_type *t)
{
	field(r, "type_id", t->type);
	if (!r->json)
		strbuf_addc(r->out, ',');
	field_str(r, "linkage", linkage_name(((const struct btf_var *)btf_payload(t))->linkage));
}

static void dump_datasec(struct raw *r, const struct btf_type *t)
{
	field(r, "size", t->size);
	field(r, "vlen", btf_vlen(t));
	begin_items(r, "vars");
	for (u32 i = 0; i < btf_vlen(t); i++) {
		const struct btf_var_secinfo *s = &btf_secinfos(t)[i];
		const struct btf_type *v = btf_type(r->btf, s->type);

		begin_item(r);
		if (r->json)
			json_key_uint(r->json, "type_id", s->type);
		else
			strbuf_addf(r->out, "type_id=%u", s->type);
		field(r, "offset", s->offset);
		field(r, "size", s->size);
		if (v && !r->json)
			strbuf_addf(r->out, " (%s '%s')", btf_kind_name(btf_kind(v)), name_of(r, v->name_off));
		end_item(r);
	}
	end_items(r);
}

static void dump_body(struct raw *r, const struct btf_type *t)
{
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		dump_int(r, t);
		break;
	case BTF_KIND_ARRAY:
		field(r, "type_id", btf_array(t)->type);
		field(r, "index_type_id", btf_array(t)->index_type);
		field(r, "nr_elems", btf_array(t)->nelems);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		dump_composite(r, t);
		break;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		dump_enum(r, t);
		break;
	case BTF_KIND_FWD:
		field_str(r, "fwd_kind", btf_kflag(t) ? "union" : "struct");
		break;
	case BTF_KIND_FUNC:
		field(r, "type_id", t->type);
		field_str(r, "linkage", linkage_name(btf_vlen(t)));
		break;
	case BTF_KIND_FUNC_PROTO:
		dump_proto(r, t);
		break;
	case BTF_KIND_VAR:
		dump_var(r, t);
		break;
	case BTF_KIND_DATASEC:
		dump_datasec(r, t);
		break;
	case BTF_KIND_FLOAT:
		field(r, "size", t->size);
		break;
	case BTF_KIND_DECL_TAG:
		field(r, "type_id", t->type);
		field_value(r, "component_idx", (u64)(s64)((const struct btf_decl_tag *)btf_payload(t))->component_idx, true, "");
		break;
	default: /* PTR, TYPEDEF and the modifiers */
		field(r, "type_id", t->type);
	}
}

void btf_dump_raw_type(const struct btf *btf, u32 id, struct strbuf *out)
{
	const struct btf_type *t = btf_type(btf, id);
	struct raw r = {.btf = btf, .out = out};

	if (!t)
		return;
	strbuf_addc(out, '[');
	strbuf_addu(out, id);
	strbuf_add(out, "] ", 2);
	strbuf_adds(out, btf_kind_name(btf_kind(t)));
	strbuf_add(out, " '", 2);
	strbuf_adds(out, name_of(&r, t->name_off));
	strbuf_addc(out, '\'');
	dump_body(&r, t);
	strbuf_addc(out, '\n');
}

void btf_dump_json_type(const struct btf *btf, u32 id, struct json *json)
{
	const struct btf_type *t = btf_type(btf, id);
	struct raw r = {.btf = btf, .json = json};

	if (!t)
		return;
	json_begin(json, '{');
	json_key_uint(json, "id", id);
	json_key_str(json, "kind", btf_kind_name(btf_kind(t)));
	json_key_str(json, "name", name_of(&r, t->name_off));
	dump_body(&r, t);
	json_end(json, '}');
}

void btf_dump_raw(const struct btf *btf, struct strbuf *out)
{
	for (u32 id = btf_base_count(btf); id < btf_count(btf); id++)
		btf_dump_raw_type(btf, id, out);
}

void btf_dump_json(const struct btf *btf, struct json *json)
{
	json_begin(json, '{');
	json_key_begin(json, "types", '[');
	for (u32 id = btf_base_count(btf); id < btf_count(btf); id++)
		btf_dump_json_type(btf, id, json);
	json_end(json, ']');
	json_end(json, '}');
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The log of BTF_LOAD, as the kernel writes it. */
#include "engine/btf/impl.h"

static const char *name(const struct btf_check *c, u32 off)
{
	return off ? check_str(c, off) ?: "(invalid-name-offset)" : "(anon)";
}

static const char *encoding(u32 enc)
{
	switch (enc) {
	case 0:
		return "(none)";
	case BTF_INT_SIGNED:
		return "SIGNED";
	case BTF_INT_CHAR:
		return "CHAR";
	case BTF_INT_BOOL:
		return "BOOL";
	default:
		return "UNKN";
	}
}

static void proto_args(const struct btf_check *c, const struct btf_type *t, struct strbuf *out)
{
	const struct btf_param *p = btf_params(t);
	u32 n = btf_vlen(t);

	strbuf_addf(out, "return=%u args=(", t->type);
	if (!n)
		strbuf_adds(out, "void");
	for (u32 i = 0; i < n; i++) {
		if (i)
			strbuf_adds(out, ", ");
		if (i == n - 1 && !p[i].type)
			strbuf_adds(out, "vararg");
		else
			strbuf_addf(out, "%u %s", p[i].type, name(c, p[i].name_off));
	}
	strbuf_addc(out, ')');
}

static void details(const struct btf_check *c, const struct btf_type *t, struct strbuf *out)
{
	switch (btf_kind(t)) {
	case BTF_KIND_INT:
		strbuf_addf(out, "size=%u bits_offset=%u nr_bits=%u encoding=%s", t->size, BTF_INT_OFFSET(btf_int_info(t)),
			    BTF_INT_BITS(btf_int_info(t)), encoding(BTF_INT_ENCODING(btf_int_info(t))));
		break;
	case BTF_KIND_ARRAY:
		strbuf_addf(out, "type_id=%u index_type_id=%u nr_elems=%u", btf_array(t)->type, btf_array(t)->index_type,
			    btf_array(t)->nelems);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_DATASEC:
		strbuf_addf(out, "size=%u vlen=%u", t->size, btf_vlen(t));
		break;
	case BTF_KIND_FLOAT:
		strbuf_addf(out, "size=%u", t->size);
		break;
	case BTF_KIND_FWD:
		strbuf_adds(out, btf_kflag(t) ? "union" : "struct");
		break;
	case BTF_KIND_FUNC_PROTO:
		proto_args(c, t, out);
		break;
	case BTF_KIND_VAR:
		strbuf_addf(out, "type_id=%u linkage=%u", t->type, ((const struct btf_var *)btf_payload(t))->linkage);
		break;
	case BTF_KIND_DECL_TAG:
		strbuf_addf(out, "type=%u component_idx=%d", t->type,
			    ((const struct btf_decl_tag *)btf_payload(t))->component_idx);
		break;
	default:
		strbuf_addf(out, "type_id=%u", t->type);
	}
}

static void line(struct btf_check *c, u32 id, const struct btf_type *t, bool with_details, const char *fmt, va_list ap)
{
	struct strbuf out = STRBUF_INIT;

	strbuf_addf(&out, "[%u] %s %s ", id, btf_kind_name(btf_kind(t)), name(c, t->name_off));
	if (with_details) {
		details(c, t, &out);
		strbuf_addc(&out, ' ');
	}
	strbuf_vaddf(&out, fmt, ap);
	if (out.len && out.s[out.len - 1] == ' ')
		strbuf_truncate(&out, out.len - 1); /* no message */
	verifier_log(c->log, "%s\n", strbuf_str(&out));
	strbuf_free(&out);
}

void text_type(struct btf_check *c, u32 id, const struct btf_type *t, const char *fmt, ...)
{
	va_list ap;

	if (!c->log->level)
		return;
	va_start(ap, fmt);
	line(c, id, t, true, fmt, ap);
	va_end(ap);
}

void text_basic(struct btf_check *c, u32 id, const struct btf_type *t, const char *fmt, ...)
{
	va_list ap;

	if (!c->log->level)
		return;
	va_start(ap, fmt);
	line(c, id, t, false, fmt, ap);
	va_end(ap);
}

void text_member(struct btf_check *c, const struct btf_type *t, const struct btf_member *m, const char *msg)
{
	if (!c->log->level)
		return;
	verifier_log(c->log, "\t%s type_id=%u ", name(c, m->name_off), m->type);
	if (btf_kflag(t))
		verifier_log(c->log, "bitfield_size=%u bits_offset=%u", BTF_MEMBER_BITFIELD_SIZE(m->offset),
			     BTF_MEMBER_BIT_OFFSET(m->offset));
	else
		verifier_log(c->log, "bits_offset=%u", m->offset);
	verifier_log(c->log, "%s%s\n", *msg ? " " : "", msg);
}

void text_secinfo(struct btf_check *c, const struct btf_var_secinfo *s, const char *msg)
{
	verifier_log(c->log, "\t type_id=%u offset=%u size=%u%s%s\n", s->type, s->offset, s->size, *msg ? " " : "", msg);
}

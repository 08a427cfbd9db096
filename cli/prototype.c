/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/prototype.h"

#define MAX_DEPTH 16 /* a chain of pointers and modifiers; a longer one is cut off */

static void add_type(const struct btf *btf, u32 id, u32 depth, struct strbuf *out);

static const char *word_before(u32 kind)
{
	switch (kind) {
	case BTF_KIND_STRUCT:
		return "struct ";
	case BTF_KIND_UNION:
		return "union ";
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return "enum ";
	case BTF_KIND_CONST:
		return "const ";
	case BTF_KIND_VOLATILE:
		return "volatile ";
	case BTF_KIND_RESTRICT:
		return "restrict ";
	default:
		return "";
	}
}

static void add_params(const struct btf *btf, const struct btf_type *proto, u32 depth, struct strbuf *out)
{
	const struct btf_param *params = btf_params(proto);
	u32 n = btf_vlen(proto);

	strbuf_addc(out, '(');
	for (u32 i = 0; i < n; i++) {
		const char *name = btf_str(btf, params[i].name_off);

		strbuf_adds(out, i ? ", " : "");
		if (!params[i].type && i + 1 == n) {
			strbuf_adds(out, "...");
			break;
		}
		add_type(btf, params[i].type, depth, out);
		strbuf_adds(out, name ? name : "");
	}
	strbuf_addc(out, ')');
}

/* The type and a space. */
static void add_type(const struct btf *btf, u32 id, u32 depth, struct strbuf *out)
{
	const struct btf_type *t = btf_type(btf, id);

	if (depth > MAX_DEPTH)
		return;
	if (!t) {
		strbuf_adds(out, "void ");
		return;
	}
	strbuf_adds(out, word_before(btf_kind(t)));
	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
		add_type(btf, t->type, depth + 1, out);
		strbuf_adds(out, "* ");
		break;
	case BTF_KIND_ARRAY:
		add_type(btf, btf_array(t)->type, depth + 1, out);
		strbuf_addf(out, "[%u]", btf_array(t)->nelems);
		break;
	case BTF_KIND_FUNC_PROTO:
		add_type(btf, t->type, depth + 1, out);
		add_params(btf, t, depth + 1, out);
		strbuf_addc(out, ' ');
		break;
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		add_type(btf, t->type, depth + 1, out);
		break;
	default:
		strbuf_addf(out, "%s ", btf_name(btf, id));
	}
}

void add_prototype(const struct btf *btf, u32 func, struct strbuf *out)
{
	const struct btf_type *t = btf_type(btf, func), *proto;

	proto = t && btf_kind(t) == BTF_KIND_FUNC ? btf_type(btf, t->type) : NULL;
	if (!proto || btf_kind(proto) != BTF_KIND_FUNC_PROTO)
		return;
	add_type(btf, proto->type, 0, out);
	strbuf_adds(out, btf_name(btf, func));
	add_params(btf, proto, 0, out);
}

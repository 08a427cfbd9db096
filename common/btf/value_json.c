/* SPDX-License-Identifier: BSD-2-Clause */
/* Values as JSON, and as the near-JSON that bpftool prints for people. */
#include "common/btf/value.h"
#include "common/btf/value_walk.h"

#include <math.h>
#include <stdio.h>

struct json_sink {
	struct value_sink sink;
	struct json *json;
	enum btf_value_style style;
};

static struct json *json_of(struct value_sink *s)
{
	return container_of(s, struct json_sink, sink)->json;
}

static void begin(struct value_sink *s, char open)
{
	json_begin(json_of(s), open);
}

static void end(struct value_sink *s, char close)
{
	json_end(json_of(s), close);
}

static void member(struct value_sink *s, const char *name)
{
	json_key(json_of(s), name);
}

static void element(struct value_sink *s)
{
}

static void string(struct value_sink *s, const char *text, size_t len)
{
	json_strn(json_of(s), text, len);
}

static void hex(struct json_sink *s, u128 v, u32 width, bool quoted)
{
	u64 hi, lo;
	char text[64];

	if (width < 128)
		v &= ((u128)1 << width) - 1;
	hi = (u64)(v >> 64);
	lo = (u64)v;
	if (hi)
		snprintf(text, sizeof(text), "0x%llx%016llx", (unsigned long long)hi, (unsigned long long)lo);
	else
		snprintf(text, sizeof(text), "0x%llx", (unsigned long long)lo);
	if (quoted)
		json_str(s->json, text);
	else
		json_raw(s->json, text);
}

static void number(struct json_sink *s, const struct value *v)
{
	if (v->is_signed)
		json_int(s->json, (s64)v->bits);
	else
		json_uint(s->json, (u64)v->bits);
}

static void real(struct json_sink *s, const struct value *v)
{
	char text[64];

	snprintf(text, sizeof(text), v->width == 32 ? "%.9g" : "%.17g", v->real);
	if (isfinite(v->real))
		json_raw(s->json, text);
	else
		json_str(s->json, text);
}

static void scalar(struct value_sink *sink, const struct value *v)
{
	struct json_sink *s = container_of(sink, struct json_sink, sink);
	bool plain = s->style == BTF_VALUE_PLAIN;

	switch (v->kind) {
	case VALUE_INT:
	case VALUE_CHAR:
		if (v->odd)
			hex(s, v->bits, v->width, !plain);
		else
			number(s, v);
		break;
	case VALUE_BOOL:
		if (v->odd)
			hex(s, v->bits, v->width, !plain);
		else
			json_bool(s->json, v->bits != 0);
		break;
	case VALUE_ENUM:
		if (v->name)
			json_str(s->json, v->name);
		else /* bpftool takes a value without a name for signed */
			json_int(s->json, v->width == 32 ? (s32)v->bits : (s64)v->bits);
		break;
	case VALUE_PTR:
		if (plain && !v->bits)
			json_raw(s->json, "(nil)"); /* as %p has it */
		else if (plain)
			hex(s, v->bits, 64, false);
		else
			json_uint(s->json, (u64)v->bits);
		break;
	case VALUE_FLOAT:
		real(s, v);
		break;
	case VALUE_NONE:
		json_raw(s->json, "null");
		break;
	}
}

void btf_value_json(const struct btf *btf, u32 id, const void *data, size_t len, enum btf_value_style style, struct json *json)
{
	struct json_sink s = {
		.sink = {begin, end, member, element, scalar, string, NULL, false, false},
		.json = json,
		.style = style,
	};

	value_walk(btf, id, data, len, &s.sink);
}

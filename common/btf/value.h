/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values by type: bytes of any BTF type as JSON, as text for people, and back. Bytes are in host order. Printing reads only the
 * `len` bytes given, whatever the type says: what lies beyond prints as null (JSON) or ? (text).
 */
#ifndef SKEP_BTF_VALUE_H
#define SKEP_BTF_VALUE_H

#include "common/btf/btf.h"
#include "common/util/json.h"

enum btf_value_style {
	BTF_VALUE_PLAIN, /* as `bpftool map dump` prints: pointers and bitfields in bare hex, which is not JSON */
	BTF_VALUE_JSON,  /* as its -j and -p print: pointers are numbers, bitfields strings in hex */
};
/* One value. Char arrays that end in NUL and print are strings, enumerators names; a DATASEC is {".data": [{"var": value}, ...]}. */
void btf_value_json(const struct btf *btf, u32 id, const void *data, size_t len, enum btf_value_style style, struct json *json);

enum btf_text_form {
	BTF_TEXT_VALUE,  /* {.pid = 12, .comm = "ls", .color = RED, .at = 0xffff888003a0, .sums = [1, 2, ...]} */
	BTF_TEXT_FIELDS, /* of a struct: pid=12 comm="ls" color=RED ...; of anything else as above */
};
/* On one line. The zeros that end an array are left out ("..." where it has more than eight). btf_value_parse reads it back. */
void btf_value_text(const struct btf *btf, u32 id, const void *data, size_t len, enum btf_text_form form, struct strbuf *out);

/*
 * Text into bytes: data[0 .. btf_size(id)) is zeroed, then filled. Numbers (decimal, 0x, 0b, with _), 'c', "strings" for char
 * arrays, enumerators, true, false, NULL, {.a = 1, .b.c = 2}, {a: 1}, {"a": 1}, {1, 2}, [1, 2, ...]; a char array also takes text without
 * quotes. 0; -EINVAL with one line in err that names the field and what is wrong; -ENOSPC when len is less than the type's size.
 */
int btf_value_parse(const struct btf *btf, u32 id, const char *text, void *data, size_t len, struct strbuf *err);

#endif

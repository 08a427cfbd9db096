/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BTF as text. The raw form is what `bpftool btf dump ... format raw` prints, byte for byte, and its JSON what -j and -p give
 * (except that JSON strings are escaped as JSON wants it).
 */
#ifndef SKEP_BTF_DUMP_H
#define SKEP_BTF_DUMP_H

#include "common/btf/btf.h"
#include "common/util/json.h"

/* One type, without what it refers to. Text: a line, and one more an item, each ended by a newline. */
void btf_dump_raw_type(const struct btf *btf, u32 id, struct strbuf *out);
void btf_dump_json_type(const struct btf *btf, u32 id, struct json *json);
/* All types of btf, those of its base not. JSON: {"types":[...]}. */
void btf_dump_raw(const struct btf *btf, struct strbuf *out);
void btf_dump_json(const struct btf *btf, struct json *json);

struct btf_c_opts {
	const u32 *roots; /* these types and what they need; NULL: all */
	u32 nroots;
	bool kfuncs;      /* prototypes of functions tagged bpf_kfunc at the end, unless BPF_NO_KFUNC_PROTOTYPES is defined */
};
/*
 * A C header that declares the types of btf (of its base, what these need), framed as bpftool's vmlinux.h is, so that
 * programs compile with it and their accesses are recorded for CO-RE. It compiles, and clang lays every type out as BTF says.
 * 0; -ELOOP for types that hold themselves or nest absurdly, -E2BIG for nesting that would blow up, -ENOMEM; out is partial then.
 */
int btf_dump_c(const struct btf *btf, const struct btf_c_opts *opts, struct strbuf *out);
/* A type as C writes it: btf_type_c(btf, id, "x", out) adds "struct task_struct *x". name: "" for the type alone. */
int btf_type_c(const struct btf *btf, u32 id, const char *name, struct strbuf *out);
/* A definition alone, with its braces but without ';': "struct x {\n\tint a;\n}". */
int btf_body_c(const struct btf *btf, u32 id, struct strbuf *out);

#endif

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

#endif

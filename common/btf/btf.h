/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BTF, parsed: bounds-checked once, then walked by id without checks. Source of the format: Documentation/bpf/btf.rst.
 *
 * Ids are global: id 0 is void; with a base, ids below btf_base_count() belong to the base. Strings likewise. A parsed
 * btf never changes and may be read by many threads. Where a function takes a type id that is out of range it returns NULL
 * or -ENOENT; it never reads outside the data.
 */
#ifndef SKEP_BTF_H
#define SKEP_BTF_H

#include <linux/btf.h>
#include <stdbool.h>

#include "common/util/strbuf.h"
#include "common/util/util.h"

struct btf;

/* Parse `len` bytes (which are copied). base: NULL or the vmlinux that this split BTF extends (not owned, must outlive).
 * Either byte order is taken; the result is in host order. On failure NULL with errno EINVAL (or ENOMEM) and, when err is
 * given, one line that names the offset or type id and what is wrong with it. */
struct btf *btf_parse(const void *data, size_t len, const struct btf *base, struct strbuf *err);
void btf_free(struct btf *btf);

/* The raw bytes as parsed (host order), owned by btf. */
const void *btf_raw(const struct btf *btf, size_t *len);

const struct btf *btf_base(const struct btf *btf);
u32 btf_base_count(const struct btf *btf); /* first id of btf itself; 1 without a base */
u32 btf_count(const struct btf *btf);      /* number of ids, void and base included: valid ids are 1 .. count-1 */

/* Type by id; NULL when id is 0 or out of range. */
const struct btf_type *btf_type(const struct btf *btf, u32 id);
/* String at an offset; "" for 0, NULL when out of range. */
const char *btf_str(const struct btf *btf, u32 off);
/* Name of a type; "" when anonymous or out of range. */
const char *btf_name(const struct btf *btf, u32 id);
/* First type with that name and kind (BTF_KIND_*), or -ENOENT. Indexed: constant time. btf itself first, then its base. */
s32 btf_find(const struct btf *btf, const char *name, u32 kind);
/* All types of that name: start with *cursor = 0; 0 when there are no more. */
u32 btf_find_next(const struct btf *btf, const char *name, u32 *cursor);

static inline u32 btf_kind(const struct btf_type *t)
{
	return BTF_INFO_KIND(t->info);
}
static inline u32 btf_vlen(const struct btf_type *t)
{
	return BTF_INFO_VLEN(t->info);
}
static inline bool btf_kflag(const struct btf_type *t)
{
	return BTF_INFO_KFLAG(t->info);
}
static inline const void *btf_payload(const struct btf_type *t)
{
	return t + 1;
}
static inline const struct btf_member *btf_members(const struct btf_type *t)
{
	return (const struct btf_member *)(t + 1);
}
static inline const struct btf_param *btf_params(const struct btf_type *t)
{
	return (const struct btf_param *)(t + 1);
}
static inline const struct btf_enum *btf_enums(const struct btf_type *t)
{
	return (const struct btf_enum *)(t + 1);
}
static inline const struct btf_enum64 *btf_enums64(const struct btf_type *t)
{
	return (const struct btf_enum64 *)(t + 1);
}
static inline const struct btf_array *btf_array(const struct btf_type *t)
{
	return (const struct btf_array *)(t + 1);
}
static inline const struct btf_var_secinfo *btf_secinfos(const struct btf_type *t)
{
	return (const struct btf_var_secinfo *)(t + 1);
}
static inline u32 btf_int_info(const struct btf_type *t) /* take apart with BTF_INT_BITS, _OFFSET, _ENCODING */
{
	return *(const u32 *)(t + 1);
}
static inline bool btf_is_mod(const struct btf_type *t)
{
	u32 k = btf_kind(t);

	return k == BTF_KIND_VOLATILE || k == BTF_KIND_CONST || k == BTF_KIND_RESTRICT || k == BTF_KIND_TYPE_TAG;
}
static inline bool btf_is_composite(const struct btf_type *t)
{
	return btf_kind(t) == BTF_KIND_STRUCT || btf_kind(t) == BTF_KIND_UNION;
}

/* Offset in bits, and size in bits (0: not a bitfield), of member i of a struct or union. */
u32 btf_member_bit_offset(const struct btf_type *t, u32 i);
u32 btf_member_bitfield_size(const struct btf_type *t, u32 i);

/* Skip typedefs and modifiers (const, volatile, restrict, type tags). *id, when given, becomes the id found. */
const struct btf_type *btf_resolve(const struct btf *btf, u32 id, u32 *found);
/* As btf_resolve, but typedefs stay. */
const struct btf_type *btf_skip_mods(const struct btf *btf, u32 id, u32 *found);
/* Size in bytes of a type (arrays, typedefs, pointers included); -EINVAL for void, functions and overflow. */
s64 btf_size(const struct btf *btf, u32 id);
/* Alignment in bytes; 0 for types that have none. */
u32 btf_align(const struct btf *btf, u32 id);
const char *btf_kind_name(u32 kind); /* "INT", "STRUCT", ... as the raw dump prints it */

/* .BTF.ext: records of func_info, line_info and CO-RE relocations, as sections of the object name them. */
struct btf_ext;
struct btf_ext_rec {
	const char *section; /* ELF section that the records speak of */
	const void *data;    /* rec_size bytes each */
	u32 rec_size;
	u32 count;
};
enum btf_ext_kind { BTF_EXT_FUNC_INFO, BTF_EXT_LINE_INFO, BTF_EXT_CORE_RELO };
/* data is copied; section names come from btf, which must outlive the result. */
struct btf_ext *btf_ext_parse(const void *data, size_t len, const struct btf *btf, struct strbuf *err);
void btf_ext_free(struct btf_ext *ext);
/* Section i of that kind; false when there are no more. insn_off in the records is in bytes. */
bool btf_ext_section(const struct btf_ext *ext, enum btf_ext_kind kind, u32 i, struct btf_ext_rec *rec);

#endif

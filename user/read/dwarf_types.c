/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From DWARF to BTF, for the structures of local variables. The types are put down as a raw .BTF section, in the order in which they
 * are met, and parsed like any other, so that nothing else in the project has to know where they came from.
 */
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/read/record.h"

#define MAX_DEPTH 32
#define MAX_TYPES 65536

/* A type that has been met: where in DWARF, which id in BTF. */
struct met {
	Dwarf_Off off;
	u32 id;
};

struct maker {
	struct strbuf types, strings;
	u32 count;          /* types so far */
	struct met *met;    /* by id order; searched backwards, since types are mostly used near where they are met */
	u32 met_cnt, met_cap;
};

static u32 add_string(struct maker *m, const char *s)
{
	u32 off = (u32)m->strings.len;

	if (!s || !*s)
		return 0;
	strbuf_add(&m->strings, s, strlen(s) + 1);
	return off;
}

/* Append a type's header; its id. */
static u32 add_type(struct maker *m, const char *name, u32 kind, u32 vlen, u32 size_or_type)
{
	struct btf_type t = {.name_off = add_string(m, name), .info = kind << 24 | vlen, .size = size_or_type};

	strbuf_add(&m->types, &t, sizeof(t));
	return ++m->count;
}

static bool remember(struct maker *m, Dwarf_Off off, u32 id)
{
	if (m->met_cnt == m->met_cap) {
		u32 cap = m->met_cap ? m->met_cap * 2 : 64;
		struct met *met = realloc(m->met, cap * sizeof(*met));

		if (!met)
			return false;
		m->met = met;
		m->met_cap = cap;
	}
	m->met[m->met_cnt++] = (struct met){.off = off, .id = id};
	return true;
}

static u32 find_met(const struct maker *m, Dwarf_Off off)
{
	for (u32 i = m->met_cnt; i--;)
		if (m->met[i].off == off)
			return m->met[i].id;
	return 0;
}

static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
	Dwarf_Attribute attr;

	return dwarf_attr_integrate(die, DW_AT_type, &attr) && dwarf_formref_die(&attr, type);
}

static bool unsigned_attr(Dwarf_Die *die, unsigned int name, Dwarf_Word *value)
{
	Dwarf_Attribute attr;

	return dwarf_attr(die, name, &attr) && !dwarf_formudata(&attr, value);
}

static u32 make(struct maker *m, Dwarf_Die *die, u32 depth);

static u32 make_target(struct maker *m, Dwarf_Die *die, u32 depth)
{
	Dwarf_Die type;

	return type_of(die, &type) ? make(m, &type, depth + 1) : 0;
}

static u32 make_int(struct maker *m, Dwarf_Die *die)
{
	Dwarf_Word size = 0, encoding = 0;
	u32 info, id;

	unsigned_attr(die, DW_AT_byte_size, &size);
	unsigned_attr(die, DW_AT_encoding, &encoding);
	if (!size || size > 16)
		return 0;
	info = (u32)size * 8;
	if (encoding == DW_ATE_signed)
		info |= BTF_INT_SIGNED << 24;
	else if (encoding == DW_ATE_signed_char)
		info |= BTF_INT_SIGNED << 24; /* as clang has char in BTF */
	else if (encoding == DW_ATE_boolean)
		info |= BTF_INT_BOOL << 24;
	id = add_type(m, dwarf_diename(die), BTF_KIND_INT, 0, (u32)size);
	strbuf_add(&m->types, &info, sizeof(info));
	return id;
}

static u32 make_enum(struct maker *m, Dwarf_Die *die)
{
	Dwarf_Word size = 4;
	Dwarf_Die item;
	u32 n = 0, id;

	unsigned_attr(die, DW_AT_byte_size, &size);
	if (size != 4) /* others are ENUM64 or packed: shown as numbers */
		return 0;
	for (int more = dwarf_child(die, &item); !more; more = dwarf_siblingof(&item, &item))
		n += dwarf_tag(&item) == DW_TAG_enumerator;
	if (n > UINT16_MAX)
		return 0;
	id = add_type(m, dwarf_diename(die), BTF_KIND_ENUM, n, 4);
	for (int more = dwarf_child(die, &item); !more; more = dwarf_siblingof(&item, &item)) {
		struct btf_enum e = {.name_off = add_string(m, dwarf_diename(&item))};
		Dwarf_Attribute attr;
		Dwarf_Sword value = 0;

		if (dwarf_tag(&item) != DW_TAG_enumerator)
			continue;
		if (dwarf_attr(&item, DW_AT_const_value, &attr))
			dwarf_formsdata(&attr, &value);
		e.val = (s32)value;
		strbuf_add(&m->types, &e, sizeof(e));
	}
	return id;
}

static u32 index_type(struct maker *m)
{
	u32 info = 32, id = add_type(m, "__ARRAY_SIZE_TYPE__", BTF_KIND_INT, 0, 4);

	strbuf_add(&m->types, &info, sizeof(info));
	return id;
}

static u32 make_array(struct maker *m, Dwarf_Die *die, u32 depth)
{
	u32 elem = make_target(m, die, depth), index = index_type(m), dims[8], n = 0, id = 0;
	Dwarf_Die range;

	if (!elem)
		return 0;
	for (int more = dwarf_child(die, &range); !more && n < ARRAY_SIZE(dims); more = dwarf_siblingof(&range, &range)) {
		Dwarf_Word count = 0, bound;

		if (dwarf_tag(&range) != DW_TAG_subrange_type)
			continue;
		if (!unsigned_attr(&range, DW_AT_count, &count) && unsigned_attr(&range, DW_AT_upper_bound, &bound))
			count = bound + 1;
		dims[n++] = count <= UINT32_MAX ? (u32)count : 0;
	}
	while (n--) {
		struct btf_array a = {.type = id ? id : elem, .index_type = index, .nelems = dims[n]};

		id = add_type(m, NULL, BTF_KIND_ARRAY, 0, 0);
		strbuf_add(&m->types, &a, sizeof(a));
	}
	return id;
}

/* Offset in bits, with the size of a bitfield in the upper byte, as BTF's members with kind_flag have it. */
static u32 member_offset(Dwarf_Die *member)
{
	Dwarf_Word bytes = 0, bits, size;

	unsigned_attr(member, DW_AT_data_member_location, &bytes);
	if (unsigned_attr(member, DW_AT_bit_size, &size)) {
		if (!unsigned_attr(member, DW_AT_data_bit_offset, &bits))
			bits = bytes * 8;
		return (u32)(size << 24 | (bits & 0xffffff));
	}
	return (u32)(bytes * 8);
}

static u32 make_struct(struct maker *m, Dwarf_Die *die, u32 kind, u32 depth)
{
	struct btf_member *members = NULL;
	Dwarf_Word size = 0;
	Dwarf_Die item;
	u32 n = 0, id;

	if (!unsigned_attr(die, DW_AT_byte_size, &size) || size > UINT32_MAX)
		return 0;
	for (int more = dwarf_child(die, &item); !more; more = dwarf_siblingof(&item, &item))
		n += dwarf_tag(&item) == DW_TAG_member;
	if (n > UINT16_MAX)
		return 0;
	members = calloc(n + 1, sizeof(*members));
	if (!members)
		return 0;
	/* What the members refer to comes first, so that the structure stands in one piece; its own id is not known until then,
	 * and pointers back to it are left untyped. */
	n = 0;
	for (int more = dwarf_child(die, &item); !more; more = dwarf_siblingof(&item, &item)) {
		struct btf_member *mem = &members[n];

		if (dwarf_tag(&item) != DW_TAG_member)
			continue;
		mem->type = make_target(m, &item, depth);
		mem->offset = member_offset(&item);
		mem->name_off = add_string(m, dwarf_diename(&item));
		n += mem->type != 0; /* a member of a type that cannot be shown leaves a gap */
	}
	id = add_type(m, dwarf_diename(die), kind, n | 1U << 31, (u32)size);
	strbuf_add(&m->types, members, n * sizeof(*members));
	free(members);
	return id;
}

static u32 make_wrapper(struct maker *m, Dwarf_Die *die, u32 kind, u32 depth)
{
	u32 to = make_target(m, die, depth);

	return to ? add_type(m, kind == BTF_KIND_TYPEDEF ? dwarf_diename(die) : NULL, kind, 0, to) : 0;
}

static u32 make_new(struct maker *m, Dwarf_Die *die, u32 depth)
{
	switch (dwarf_tag(die)) {
	case DW_TAG_base_type:
		return make_int(m, die);
	case DW_TAG_enumeration_type:
		return make_enum(m, die);
	case DW_TAG_array_type:
		return make_array(m, die, depth);
	case DW_TAG_structure_type:
		return make_struct(m, die, BTF_KIND_STRUCT, depth);
	case DW_TAG_union_type:
		return make_struct(m, die, BTF_KIND_UNION, depth);
	case DW_TAG_typedef:
		return make_wrapper(m, die, BTF_KIND_TYPEDEF, depth);
	case DW_TAG_const_type:
	case DW_TAG_volatile_type:
	case DW_TAG_restrict_type:
		return make_target(m, die, depth);
	case DW_TAG_pointer_type:
		return add_type(m, NULL, BTF_KIND_PTR, 0, 0); /* a record's pointers are shown as numbers: to void will do */
	default:
		return 0;
	}
}

static u32 make(struct maker *m, Dwarf_Die *die, u32 depth)
{
	Dwarf_Off off = dwarf_dieoffset(die);
	u32 id = find_met(m, off);

	if (id || depth > MAX_DEPTH || m->count > MAX_TYPES)
		return id;
	id = make_new(m, die, depth);
	if (id && !remember(m, off, id))
		return 0;
	return id;
}

/* The structure that a variable is, or points to. */
static void add_variable(struct maker *m, Dwarf_Die *variable)
{
	Dwarf_Die type;

	if (!type_of(variable, &type))
		return;
	for (u32 i = 0; i < MAX_DEPTH; i++) {
		switch (dwarf_tag(&type)) {
		case DW_TAG_structure_type:
		case DW_TAG_union_type:
			make(m, &type, 0);
			return;
		case DW_TAG_pointer_type:
		case DW_TAG_typedef:
		case DW_TAG_const_type:
		case DW_TAG_volatile_type:
			if (!type_of(&type, &type))
				return;
			break;
		default:
			return;
		}
	}
}

/* Variables of functions and of the blocks within them; parameters do not count (they are mostly the context). */
static void walk(struct maker *m, Dwarf_Die *die, bool in_function, u32 depth)
{
	Dwarf_Die child;

	for (int more = dwarf_child(die, &child); !more; more = dwarf_siblingof(&child, &child)) {
		switch (dwarf_tag(&child)) {
		case DW_TAG_variable:
			if (in_function)
				add_variable(m, &child);
			break;
		case DW_TAG_subprogram:
		case DW_TAG_lexical_block:
		case DW_TAG_inlined_subroutine:
			if (depth < MAX_DEPTH)
				walk(m, &child, true, depth + 1);
			break;
		default:
			break;
		}
	}
}

static struct btf *finish(struct maker *m)
{
	struct btf_header header = {
		.magic = BTF_MAGIC,
		.version = BTF_VERSION,
		.hdr_len = sizeof(header),
		.type_len = (u32)m->types.len,
		.str_off = (u32)m->types.len,
		.str_len = (u32)m->strings.len,
	};
	struct strbuf raw = STRBUF_INIT;
	struct btf *btf = NULL;

	strbuf_add(&raw, &header, sizeof(header));
	strbuf_add(&raw, strbuf_str(&m->types), m->types.len);
	strbuf_add(&raw, strbuf_str(&m->strings), m->strings.len);
	if (m->count && !m->types.oom && !m->strings.oom && !raw.oom)
		btf = btf_parse(raw.s, raw.len, NULL, NULL);
	strbuf_free(&raw);
	return btf;
}

struct btf *record_types_from_dwarf(Elf *elf)
{
	Dwarf *dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	struct maker m = {0};
	struct btf *btf;
	Dwarf_Off off = 0, next;
	size_t header_size;

	if (!dwarf)
		return NULL;
	strbuf_addc(&m.strings, '\0');
	while (!dwarf_nextcu(dwarf, off, &next, &header_size, NULL, NULL, NULL)) {
		Dwarf_Die cu;

		if (dwarf_offdie(dwarf, off + header_size, &cu))
			walk(&m, &cu, false, 0);
		off = next;
	}
	dwarf_end(dwarf);
	btf = finish(&m);
	strbuf_free(&m.types);
	strbuf_free(&m.strings);
	free(m.met);
	return btf;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands between braces. Layout is kept by construction: the place where a compiler (SysV x86-64 and BPF rules) would put
 * the next member is followed, and where BTF has it elsewhere unnamed bitfields fill the gap. A struct that natural alignment
 * cannot give is packed, and all of its gaps are filled.
 */
#include "common/btf/c_dump.h"

#include <errno.h>

static const struct {
	const char *name;
	u32 bits;
} fillers[] = {{"long", 64}, {"int", 32}, {"short", 16}, {"char", 8}};

static void indent(struct c_dump *d, u32 level)
{
	strbuf_addn(d->out, '\t', level);
}

static u64 align_up(u64 n, u64 to)
{
	return (n + to - 1) / to * to;
}

static void fill_one(struct c_dump *d, const char *type, u64 bits, u32 level)
{
	indent(d, level);
	strbuf_addf(d->out, "%s: %llu;\n", type, (unsigned long long)bits);
}

/* From bit `cur` to bit `to`. In a packed struct bitfields stand where they are put; elsewhere one that would cross a boundary of
 * its type moves up to it, which whole units use and parts of units avoid. */
static void fill(struct c_dump *d, u64 cur, u64 to, bool packed, u32 level)
{
	while (cur < to && !d->err && !d->out->oom) {
		u64 next = 0;
		size_t i;

		if (!d->budget--) {
			d->err = -E2BIG;
			return;
		}
		for (i = 0; i < ARRAY_SIZE(fillers); i++) {
			u32 unit = fillers[i].bits;

			if (!packed && cur % 8 == 0 && align_up(cur, unit) + unit <= to) {
				fill_one(d, fillers[i].name, unit, level);
				next = align_up(cur, unit) + unit;
				break;
			}
			if (align_up(cur + 1, unit) <= to) {
				next = align_up(cur + 1, unit);
				fill_one(d, fillers[i].name, next - cur, level);
				break;
			}
		}
		if (!next) {
			fill_one(d, "char", to - cur, level);
			next = to;
		}
		cur = next;
	}
}

/* Bits that a member takes, and the alignment in bits that it asks for. */
struct place {
	u64 bits;
	u64 unit;
	bool bitfield;
};

static struct place place_of(const struct btf *btf, const struct btf_type *t, u32 i)
{
	u32 type = btf_members(t)[i].type, width = btf_member_bitfield_size(t, i);
	const struct btf_type *m = btf_resolve(btf, type, NULL);
	s64 size = btf_size(btf, type);
	u32 align = btf_align(btf, type);

	/* BTF of old compilers: a bitfield is a member whose INT has fewer bits than its size, or starts within a byte */
	if (!width && m && btf_kind(m) == BTF_KIND_INT && !btf_kflag(t) &&
	    (BTF_INT_BITS(btf_int_info(m)) != m->size * 8 || btf_member_bit_offset(t, i) % 8))
		width = BTF_INT_BITS(btf_int_info(m));
	if (width)
		return (struct place){.bits = width, .unit = size > 0 && size <= UINT32_MAX ? (u64)size * 8 : 8, .bitfield = true};
	return (struct place){.bits = size > 0 && size < UINT32_MAX ? (u64)size * 8 : 0, .unit = align ? align * 8ULL : 8};
}

static u64 natural(struct place p, u64 cur, bool packed)
{
	if (packed)
		return p.bitfield ? cur : align_up(cur, 8);
	if (!p.bitfield)
		return align_up(cur, p.unit);
	return cur % p.unit + p.bits > p.unit ? align_up(cur, p.unit) : cur;
}

/* Whether natural alignment cannot give this layout. btf_align() of such a struct is 1. */
static bool packed_of(const struct btf *btf, const struct btf_type *t)
{
	u64 most = 8;

	for (u32 i = 0; i < btf_vlen(t); i++) {
		struct place p = place_of(btf, t, i);
		u32 off = btf_member_bit_offset(t, i);

		if (p.bitfield ? off % p.unit + p.bits > p.unit : off % p.unit != 0)
			return true;
		most = max_of(most, p.unit);
	}
	return most > 8 && (u64)t->size * 8 % most;
}

static void member(struct c_dump *d, const struct btf_type *t, u32 i, struct place p, u32 level)
{
	const struct btf_member *m = &btf_members(t)[i];

	indent(d, level);
	c_declaration(d, m->type, btf_str(d->btf, m->name_off), level);
	if (p.bitfield)
		strbuf_addf(d->out, ": %u", (u32)p.bits);
	strbuf_adds(d->out, ";\n");
}

static void struct_members(struct c_dump *d, u32 id, const struct btf_type *t, bool packed, u32 level)
{
	u64 cur = 0, size = (u64)t->size * 8;
	bool in_bits = false;

	for (u32 i = 0; i < btf_vlen(t) && !d->err; i++) {
		struct place p = place_of(d->btf, t, i);
		u64 off = btf_member_bit_offset(t, i);

		if (natural(p, cur, packed) < off || (in_bits && p.bitfield && cur < off))
			fill(d, cur, off, packed, level);
		member(d, t, i, p, level);
		cur = off + p.bits;
		in_bits = p.bitfield;
	}
	if (align_up(cur, packed ? 8 : max_of(btf_align(d->btf, id), 1u) * 8) < size)
		fill(d, cur, size, packed, level);
}

static void union_members(struct c_dump *d, u32 id, const struct btf_type *t, bool packed, u32 level)
{
	u64 most = 0;

	for (u32 i = 0; i < btf_vlen(t) && !d->err; i++) {
		struct place p = place_of(d->btf, t, i);

		member(d, t, i, p, level);
		most = max_of(most, p.bits);
	}
	if (align_up(most, packed ? 8 : max_of(btf_align(d->btf, id), 1u) * 8) < (u64)t->size * 8) {
		indent(d, level);
		strbuf_addf(d->out, "char __fill[%u];\n", t->size);
	}
}

void c_composite(struct c_dump *d, u32 id, u32 level)
{
	const struct btf_type *t = btf_type(d->btf, id);
	bool is_union = btf_kind(t) == BTF_KIND_UNION, packed = packed_of(d->btf, t);

	if (d->err || !c_enter(d))
		return;
	strbuf_adds(d->out, is_union ? "union " : "struct ");
	if (t->name_off) {
		c_type_name(d, id);
		strbuf_addc(d->out, ' ');
	}
	strbuf_addc(d->out, '{');
	if (btf_vlen(t) || t->size) {
		strbuf_addc(d->out, '\n');
		(is_union ? union_members : struct_members)(d, id, t, packed, level + 1);
		indent(d, level);
	}
	strbuf_addc(d->out, '}');
	if (packed)
		strbuf_adds(d->out, " __attribute__((packed))");
	c_leave(d);
}

/* Enumerators are ordinary identifiers: one that was there before gets a number. */
static void enumerator(struct c_dump *d, u32 name_off, u32 level)
{
	const char *name = btf_str(d->btf, name_off);
	u32 n = c_name_count(d, C_IDENT, name);

	indent(d, level);
	c_ident(d->out, name);
	if (n > 1)
		strbuf_addf(d->out, "___%u", n);
	strbuf_adds(d->out, " = ");
}

static bool enum_fits_int(const struct btf_type *t)
{
	for (u32 i = 0; i < btf_vlen(t) && btf_kind(t) == BTF_KIND_ENUM64; i++) {
		const struct btf_enum64 *e = &btf_enums64(t)[i];
		s64 v = (s64)((u64)e->val_hi32 << 32 | e->val_lo32);

		if (v < INT32_MIN || v > INT32_MAX)
			return false;
	}
	return true;
}

void c_enumeration(struct c_dump *d, u32 id, u32 level)
{
	const struct btf_type *t = btf_type(d->btf, id);
	bool is_signed = btf_kflag(t);

	if (d->err)
		return;
	strbuf_adds(d->out, t->name_off ? "enum " : "enum");
	if (t->name_off)
		c_type_name(d, id);
	if (!btf_vlen(t))
		return;
	strbuf_adds(d->out, " {\n");
	for (u32 i = 0; i < btf_vlen(t) && !d->err; i++) {
		if (btf_kind(t) == BTF_KIND_ENUM) {
			const struct btf_enum *e = &btf_enums(t)[i];

			enumerator(d, e->name_off, level + 1);
			strbuf_addf(d->out, is_signed ? "%d,\n" : "%u,\n", e->val);
		} else {
			const struct btf_enum64 *e = &btf_enums64(t)[i];
			u64 v = (u64)e->val_hi32 << 32 | e->val_lo32;

			enumerator(d, e->name_off, level + 1);
			if (is_signed)
				strbuf_addf(d->out, "%lldLL,\n", (long long)v);
			else
				strbuf_addf(d->out, "%lluULL,\n", (unsigned long long)v);
		}
	}
	indent(d, level);
	strbuf_addc(d->out, '}');
	/* what `packed` and -fshort-enums made smaller, and wide enums of small values */
	if (t->size == 1)
		strbuf_adds(d->out, " __attribute__((mode(byte)))");
	else if (t->size == 2)
		strbuf_adds(d->out, " __attribute__((mode(HI)))");
	else if (t->size == 8 && enum_fits_int(t))
		strbuf_adds(d->out, " __attribute__((mode(word)))");
}

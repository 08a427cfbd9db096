/* SPDX-License-Identifier: BSD-2-Clause */
#include "common/btf/c_dump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static u32 hash(enum c_space space, const char *s)
{
	u32 h = 2166136261u + space;

	for (; *s; s++)
		h = (h ^ (u8)*s) * 16777619u;
	return h ^ h >> 15;
}

static struct c_name *slot_of(const struct c_names *n, enum c_space space, const char *s)
{
	u32 i = hash(space, s) & n->mask;

	while (n->slots[i].s && (n->slots[i].space != space || strcmp(n->slots[i].s, s)))
		i = (i + 1) & n->mask;
	return &n->slots[i];
}

static bool grow(struct c_names *n)
{
	struct c_names old = *n;

	n->mask = old.slots ? old.mask * 2 + 1 : 1023;
	n->slots = calloc((size_t)n->mask + 1, sizeof(*n->slots));
	if (!n->slots) {
		*n = old;
		return false;
	}
	for (u32 i = 0; old.slots && i <= old.mask; i++)
		if (old.slots[i].s)
			*slot_of(n, old.slots[i].space, old.slots[i].s) = old.slots[i];
	free(old.slots);
	return true;
}

u32 c_name_count(struct c_dump *d, enum c_space space, const char *name)
{
	struct c_names *n = &d->names;
	struct c_name *slot;

	if ((!n->slots || n->used > n->mask / 2) && !grow(n)) {
		d->err = -ENOMEM;
		return 0;
	}
	slot = slot_of(n, space, name);
	if (!slot->s) {
		slot->s = name;
		slot->space = (u8)space;
		n->used++;
	}
	return ++slot->count;
}

static bool ident_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

void c_ident(struct strbuf *out, const char *name)
{
	size_t n = 0;

	while (ident_char(name[n]))
		n++;
	if (*name >= '0' && *name <= '9')
		strbuf_addc(out, '_');
	strbuf_add(out, name, n);
	for (name += n; *name; name++)
		strbuf_addc(out, ident_char(*name) ? *name : '_');
}

void c_type_name(struct c_dump *d, u32 id)
{
	const struct btf_type *t = btf_type(d->btf, id);
	const char *name = btf_str(d->btf, t->name_off);
	bool is_typedef = btf_kind(t) == BTF_KIND_TYPEDEF;

	if (!d->versions[id])
		d->versions[id] = c_name_count(d, is_typedef ? C_IDENT : C_TAG, name);
	c_ident(d->out, name);
	if (d->versions[id] > 1)
		strbuf_addf(d->out, "___%u", d->versions[id]);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From bytes to a struct btf: header, byte order, and one walk over the types that proves every access that the rest of
 * common/btf makes without looking: payloads inside the section, names inside the strings, type ids that exist.
 */
#include "common/btf/impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct parse {
	struct btf *btf;
	struct strbuf *err;
	bool swap;
	u32 types_len;
};

const struct btf_kind_info *btf_kind_info(u32 kind)
{
#define X(NAME, fixed, item, word) [BTF_KIND_##NAME] = {#NAME, fixed, item, word},
	static const struct btf_kind_info kinds[] = {BTF_KINDS(X)};
#undef X

	return kind && kind < ARRAY_SIZE(kinds) ? &kinds[kind] : NULL;
}

const char *btf_kind_name(u32 kind)
{
	const struct btf_kind_info *k = btf_kind_info(kind);

	return k ? k->name : "UNKNOWN";
}

static int fail(struct parse *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int fail(struct parse *p, const char *fmt, ...)
{
	va_list ap;

	if (p->err) {
		va_start(ap, fmt);
		strbuf_vaddf(p->err, fmt, ap);
		va_end(ap);
	}
	return -EINVAL;
}

static void swap_words(void *data, size_t n)
{
	u32 *w = data;

	for (size_t i = 0; i < n; i++)
		w[i] = __builtin_bswap32(w[i]);
}

static int parse_header(struct parse *p)
{
	struct btf *btf = p->btf;
	struct btf_header *h = (struct btf_header *)btf->raw;
	size_t body;

	if (btf->raw_len < sizeof(*h))
		return fail(p, "BTF of %zu bytes is shorter than its header", btf->raw_len);
	if (h->magic == __builtin_bswap16(BTF_MAGIC)) {
		p->swap = true;
		h->magic = BTF_MAGIC;
		swap_words(&h->hdr_len, 5);
	}
	if (h->magic != BTF_MAGIC)
		return fail(p, "BTF magic is 0x%04x, not 0x%04x", h->magic, BTF_MAGIC);
	if (h->version != BTF_VERSION)
		return fail(p, "BTF version %u is not known", h->version);
	if (h->hdr_len < sizeof(*h) || h->hdr_len > btf->raw_len)
		return fail(p, "BTF header length %u is wrong (the data has %zu bytes)", h->hdr_len, btf->raw_len);
	body = btf->raw_len - h->hdr_len;
	if (h->type_off > body || h->type_len > body - h->type_off)
		return fail(p, "BTF type section [%u, +%u] is outside the data", h->type_off, h->type_len);
	if (h->str_off > body || h->str_len > body - h->str_off)
		return fail(p, "BTF string section [%u, +%u] is outside the data", h->str_off, h->str_len);
	if (h->type_off < (u64)h->str_off + h->str_len && h->str_off < (u64)h->type_off + h->type_len)
		return fail(p, "BTF type and string sections overlap");
	if ((h->hdr_len + h->type_off) % 4 || h->type_len % 4)
		return fail(p, "BTF type section [%u, +%u] is not aligned to 4", h->type_off, h->type_len);
	btf->types = btf->raw + h->hdr_len + h->type_off;
	p->types_len = h->type_len;
	btf->strs = (const char *)btf->raw + h->hdr_len + h->str_off;
	btf->str_len = h->str_len;
	return 0;
}

static int parse_strings(struct parse *p)
{
	struct btf *btf = p->btf;

	if (!btf->base && (!btf->str_len || btf->strs[0]))
		return fail(p, "BTF string section does not start with an empty string");
	if (btf->str_len && btf->strs[btf->str_len - 1])
		return fail(p, "BTF string section does not end with NUL");
	if (btf->base)
		btf->base_str_len = btf->base->base_str_len + btf->base->str_len;
	if ((u64)btf->base_str_len + btf->str_len > INT32_MAX)
		return fail(p, "BTF strings take more than 2 GiB");
	return 0;
}

/* Bytes of the type at off, payload included; 0 when it is wrong. In host order afterwards. */
static u32 take_type(struct parse *p, u32 off, u32 id)
{
	struct btf_type *t = (struct btf_type *)(p->btf->types + off);
	const struct btf_kind_info *k;
	u32 left = p->types_len - off, size;

	if (left < sizeof(*t)) {
		fail(p, "BTF type [%u] at offset %u is cut off", id, off);
		return 0;
	}
	if (p->swap)
		swap_words(t, 3);
	k = btf_kind_info(btf_kind(t));
	if (!k) {
		fail(p, "BTF type [%u] at offset %u has unknown kind %u", id, off, btf_kind(t));
		return 0;
	}
	size = sizeof(*t) + k->fixed + k->per_item * btf_vlen(t);
	if (left < size) {
		fail(p, "BTF type [%u] %s at offset %u is cut off", id, k->name, off);
		return 0;
	}
	if (p->swap)
		swap_words(t + 1, (size - sizeof(*t)) / 4);
	return size;
}

static int find_types(struct parse *p)
{
	struct btf *btf = p->btf;
	u32 off = 0, cap = 0, n = 0, size;

	while (off < p->types_len) {
		if (n == cap) {
			u32 want = cap ? cap * 2 : p->types_len / 40 + 16;
			u32 *offs = reallocarray(btf->offs, want, sizeof(*offs));

			if (!offs)
				return -ENOMEM;
			btf->offs = offs;
			cap = want;
		}
		size = take_type(p, off, btf->base_count + n);
		if (!size)
			return -EINVAL;
		btf->offs[n++] = off;
		off += size;
	}
	if (n > INT32_MAX - btf->base_count)
		return fail(p, "BTF has too many types");
	btf->count = btf->base_count + n;
	return 0;
}

static bool name_ok(const struct btf *btf, u32 off)
{
	return off < btf->base_str_len + btf->str_len || !off;
}

/* Check the items behind a type: words [name][type] in steps of `words`, either position -1 when there is none. */
static int check_items(struct parse *p, const struct btf_type *t, u32 id, u32 words, int name_at, int type_at)
{
	const u32 *w = btf_payload(t);
	const struct btf *btf = p->btf;

	for (u32 i = 0, n = btf_vlen(t); i < n; i++, w += words) {
		if (name_at >= 0 && !name_ok(btf, w[name_at]))
			return fail(p, "BTF type [%u] %s: item %u has name offset %u outside the strings", id,
				    btf_kind_name(btf_kind(t)), i, w[name_at]);
		if (type_at >= 0 && w[type_at] >= btf->count)
			return fail(p, "BTF type [%u] %s: item %u has type id %u, which does not exist", id,
				    btf_kind_name(btf_kind(t)), i, w[type_at]);
	}
	return 0;
}

static int check_type(struct parse *p, const struct btf_type *t, u32 id)
{
	const struct btf *btf = p->btf;
	const struct btf_kind_info *k = btf_kind_info(btf_kind(t));

	if (!name_ok(btf, t->name_off))
		return fail(p, "BTF type [%u] %s has name offset %u outside the strings", id, k->name, t->name_off);
	if (k->word == BTF_WORD_TYPE && t->type >= btf->count)
		return fail(p, "BTF type [%u] %s has type id %u, which does not exist", id, k->name, t->type);
	switch (btf_kind(t)) {
	case BTF_KIND_ARRAY:
		if (btf_array(t)->type >= btf->count || btf_array(t)->index_type >= btf->count)
			return fail(p, "BTF type [%u] ARRAY has a type id that does not exist", id);
		return 0;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return check_items(p, t, id, 3, 0, 1);
	case BTF_KIND_FUNC_PROTO:
		return check_items(p, t, id, 2, 0, 1);
	case BTF_KIND_ENUM:
		return check_items(p, t, id, 2, 0, -1);
	case BTF_KIND_ENUM64:
		return check_items(p, t, id, 3, 0, -1);
	case BTF_KIND_DATASEC:
		return check_items(p, t, id, 3, -1, 0);
	default:
		return 0;
	}
}

static int parse(struct parse *p)
{
	struct btf *btf = p->btf;
	int err;

	err = parse_header(p);
	if (!err)
		err = parse_strings(p);
	if (!err)
		err = find_types(p);
	for (u32 id = btf->base_count; !err && id < btf->count; id++)
		err = check_type(p, btf_type(btf, id), id);
	return err ? err : btf_index_build(btf);
}

struct btf *btf_parse(const void *data, size_t len, const struct btf *base, struct strbuf *err)
{
	struct btf *btf = calloc(1, sizeof(*btf));
	struct parse p = {.btf = btf, .err = err};
	int rc = -ENOMEM;

	if (!btf)
		goto out;
	btf->base = base;
	btf->base_count = base ? base->count : 1;
	btf->count = btf->base_count;
	btf->raw = malloc(len ? len : 1);
	if (!btf->raw)
		goto out;
	if (len)
		memcpy(btf->raw, data, len);
	btf->raw_len = len;
	if (len > INT32_MAX)
		rc = fail(&p, "BTF of %zu bytes is too large", len);
	else
		rc = parse(&p);
out:
	if (!rc)
		return btf;
	if (rc == -ENOMEM && err)
		strbuf_adds(err, "out of memory");
	btf_free(btf);
	errno = -rc;
	return NULL;
}

void btf_free(struct btf *btf)
{
	if (!btf)
		return;
	free(btf->raw);
	free(btf->offs);
	free(btf->heads);
	free(btf->next);
	free((void *)btf->aligns);
	free(btf);
}

const void *btf_raw(const struct btf *btf, size_t *len)
{
	*len = btf->raw_len;
	return btf->raw;
}

const struct btf *btf_base(const struct btf *btf)
{
	return btf->base;
}

u32 btf_base_count(const struct btf *btf)
{
	return btf->base_count;
}

u32 btf_count(const struct btf *btf)
{
	return btf->count;
}

const struct btf_type *btf_type(const struct btf *btf, u32 id)
{
	for (; btf; btf = btf->base) {
		if (id >= btf->count)
			return NULL;
		if (id >= btf->base_count)
			return (const struct btf_type *)(btf->types + btf->offs[id - btf->base_count]);
	}
	return NULL;
}

const char *btf_str(const struct btf *btf, u32 off)
{
	if (!off)
		return "";
	for (; btf; btf = btf->base) {
		if (off >= btf->base_str_len)
			return off - btf->base_str_len < btf->str_len ? btf->strs + (off - btf->base_str_len) : NULL;
	}
	return NULL;
}

const char *btf_name(const struct btf *btf, u32 id)
{
	const struct btf_type *t = btf_type(btf, id);

	return t ? btf_str(btf, t->name_off) : "";
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BTF_LOAD's checks: header, sections, strings, types one by one, references. Rules, order, errnos and texts are the kernel's,
 * asked from it (tests/engine/btf_load.c asks again).
 */
#include "engine/btf/check.h"
#include "engine/btf/impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct section {
	u32 off;
	u32 len;
};

static int refuse(struct btf_check *c, const char *why)
{
	verifier_log(c->log, "%s", why); /* these lines the kernel leaves open */
	return -EINVAL;
}

static int sections(struct btf_check *c, const struct btf_header *h, u32 len)
{
	struct section s[2] = {{h->type_off, h->type_len}, {h->str_off, h->str_len}};
	u64 total = len - h->hdr_len, expected = 0;

	if (!total)
		return refuse(c, "No data");
	if (s[1].off < s[0].off) {
		struct section first = s[1];

		s[1] = s[0];
		s[0] = first;
	}
	for (int i = 0; i < 2; i++) {
		if (total < s[i].off)
			return refuse(c, "Invalid section offset");
		if (expected < s[i].off)
			return refuse(c, "Unsupported section found");
		if (expected > s[i].off)
			return refuse(c, "Section overlap found");
		if (total - expected < s[i].len)
			return refuse(c, "Total section length too long");
		expected += s[i].len;
	}
	return expected == total ? 0 : refuse(c, "Unsupported section found");
}

static int header(struct btf_check *c, const u8 *data, u32 len, struct btf_header *h)
{
	u32 hdr_len;

	if (len < offsetof(struct btf_header, hdr_len) + sizeof(hdr_len))
		return refuse(c, "hdr_len not found");
	memcpy(&hdr_len, data + offsetof(struct btf_header, hdr_len), sizeof(hdr_len));
	if (len < hdr_len)
		return refuse(c, "btf_header not found");
	for (u32 i = sizeof(*h); i < hdr_len; i++) {
		if (!data[i])
			continue;
		verifier_log(c->log, "Unsupported btf_header");
		return -E2BIG;
	}
	memcpy(h, data, min_of(hdr_len, (u32)sizeof(*h)));
	verifier_log(c->log, "magic: 0x%x\nversion: %u\nflags: 0x%x\nhdr_len: %u\ntype_off: %u\ntype_len: %u\nstr_off: %u\n"
			     "str_len: %u\nbtf_total_size: %u\n",
		     h->magic, h->version, h->flags, h->hdr_len, h->type_off, h->type_len, h->str_off, h->str_len, len);
	if (h->magic != BTF_MAGIC)
		return refuse(c, "Invalid magic");
	if (h->version != BTF_VERSION)
		return refuse(c, "Unsupported version"), -ENOTSUPP;
	if (h->flags)
		return refuse(c, "Unsupported flags"), -ENOTSUPP;
	c->type_len = h->type_len;
	c->str_len = h->str_len;
	return sections(c, h, len);
}

static int strings(struct btf_check *c, const struct btf_header *h, u32 len)
{
	if ((u64)h->hdr_len + h->str_off + h->str_len != len)
		return refuse(c, "String section is not at the end");
	if (!h->str_len || h->str_len - 1 > BTF_MAX_NAME_OFFSET || c->strs[0] || c->strs[h->str_len - 1])
		return refuse(c, "Invalid string section");
	return 0;
}

static int types(struct btf_check *c, const struct btf_header *h)
{
	u32 off = 0, len, cap = c->type_len / sizeof(struct btf_type) + 2;
	int err = 0;

	if (h->type_off % 4)
		return refuse(c, "Unaligned type_off");
	if (!c->type_len)
		return refuse(c, "No type found");
	c->offs = calloc(cap, sizeof(*c->offs));
	c->visits = calloc(cap, sizeof(*c->visits));
	if (!c->offs || !c->visits)
		return -ENOMEM;
	for (c->count = 1; off < c->type_len; off += len) {
		err = check_meta(c, c->count, off, &len);
		if (err)
			return err;
		c->offs[c->count++] = off;
	}
	return 0;
}

static int check(struct btf_check *c, const u8 *data, u32 len)
{
	struct btf_header h = {0};
	int err = header(c, data, len, &h);

	if (err)
		return err;
	c->strs = (const char *)data + h.hdr_len + h.str_off;
	c->types = data + h.hdr_len + h.type_off;
	err = strings(c, &h, len);
	if (!err && h.hdr_len % 4)
		err = -EINVAL; /* the kernel takes it; nothing makes it, and types would not be aligned */
	if (!err)
		err = types(c, &h);
	if (!err)
		err = check_references(c);
	return err ? err : check_type_tags(c);
}

struct btf *btf_check_load(const void *data, u32 len, struct verifier_log *log)
{
	struct btf_check c = {.log = log};
	int err = check(&c, data, len);

	free(c.offs);
	free(c.visits);
	if (!err)
		return btf_parse(data, len, NULL, NULL);
	errno = -err;
	return NULL;
}

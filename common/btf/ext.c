/* SPDX-License-Identifier: BSD-2-Clause */
/* .BTF.ext (Documentation/bpf/btf.rst): checked once when parsed, so that sections can be handed out as plain arrays. */
#include "common/btf/btf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct btf_ext_header {
	u16 magic;
	u8 version;
	u8 flags;
	u32 hdr_len;
	struct {
		u32 off;
		u32 len;
	} part[3]; /* by enum btf_ext_kind; the last is missing in old objects */
};

struct ext_sec {
	u32 name_off;
	u32 count;
	u8 data[];
};

struct btf_ext {
	const struct btf *btf;
	u8 *raw;
	const u8 *part[3];
	u32 len[3];
	u32 rec_size[3];
};

static const struct {
	const char *name;
	u32 rec_size; /* the least */
} parts[] = {
	[BTF_EXT_FUNC_INFO] = {"func_info", 8},
	[BTF_EXT_LINE_INFO] = {"line_info", 16},
	[BTF_EXT_CORE_RELO] = {"core_relo", 16},
};

static int fail(struct strbuf *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int fail(struct strbuf *err, const char *fmt, ...)
{
	va_list ap;

	if (err) {
		va_start(ap, fmt);
		strbuf_vaddf(err, fmt, ap);
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

/* All words of the three parts are u32, so a part can be swapped as it is, once its place is known to be good. */
static int parse_part(struct btf_ext *ext, enum btf_ext_kind kind, u8 *data, u32 len, bool swap, struct strbuf *err)
{
	const char *name = parts[kind].name;
	u32 rec_size, off = 4;

	if (!len)
		return 0;
	if (swap)
		swap_words(data, len / 4);
	if (len < 4)
		return fail(err, ".BTF.ext %s of %u bytes is too short", name, len);
	rec_size = *(const u32 *)data;
	if (rec_size < parts[kind].rec_size || rec_size % 4)
		return fail(err, ".BTF.ext %s: record size %u is wrong", name, rec_size);
	while (off < len) {
		const struct ext_sec *sec = (const struct ext_sec *)(data + off);
		u64 size;

		if (len - off < sizeof(*sec))
			return fail(err, ".BTF.ext %s: section header at offset %u is cut off", name, off);
		if (!btf_str(ext->btf, sec->name_off))
			return fail(err, ".BTF.ext %s: section name at offset %u is outside the strings", name, off);
		size = sizeof(*sec) + (u64)sec->count * rec_size;
		if (!sec->count || size > len - off)
			return fail(err, ".BTF.ext %s: section %s at offset %u has %u records, which do not fit", name,
				    btf_str(ext->btf, sec->name_off), off, sec->count);
		off += (u32)size;
	}
	ext->part[kind] = data + 4;
	ext->len[kind] = len - 4;
	ext->rec_size[kind] = rec_size;
	return 0;
}

static int parse_ext(struct btf_ext *ext, size_t len, struct strbuf *err)
{
	struct btf_ext_header *h = (struct btf_ext_header *)ext->raw;
	size_t least = offsetof(struct btf_ext_header, part[BTF_EXT_CORE_RELO]);
	bool swap;
	int rc = 0;

	if (len < least)
		return fail(err, ".BTF.ext of %zu bytes is shorter than its header", len);
	swap = h->magic == __builtin_bswap16(BTF_MAGIC);
	if (swap)
		h->magic = BTF_MAGIC;
	if (h->magic != BTF_MAGIC)
		return fail(err, ".BTF.ext magic is 0x%04x, not 0x%04x", h->magic, BTF_MAGIC);
	if (h->version != BTF_VERSION)
		return fail(err, ".BTF.ext version %u is not known", h->version);
	if (swap)
		h->hdr_len = __builtin_bswap32(h->hdr_len);
	if (h->hdr_len < least || h->hdr_len > len || h->hdr_len % 4)
		return fail(err, ".BTF.ext header length %u is wrong (the data has %zu bytes)", h->hdr_len, len);
	for (int i = 0; !rc && i < 3; i++) {
		u32 off, n;

		if (offsetof(struct btf_ext_header, part[i + 1]) > h->hdr_len)
			break;
		if (swap)
			swap_words(&h->part[i], 2);
		off = h->part[i].off;
		n = h->part[i].len;
		if (off % 4 || n % 4 || off > len - h->hdr_len || n > len - h->hdr_len - off)
			return fail(err, ".BTF.ext %s [%u, +%u] is outside the data or not aligned", parts[i].name, off, n);
		for (int j = 0; j < i; j++)
			if (n && h->part[j].len && off < (u64)h->part[j].off + h->part[j].len && h->part[j].off < (u64)off + n)
				return fail(err, ".BTF.ext %s and %s overlap", parts[j].name, parts[i].name);
		rc = parse_part(ext, i, ext->raw + h->hdr_len + off, n, swap, err);
	}
	return rc;
}

struct btf_ext *btf_ext_parse(const void *data, size_t len, const struct btf *btf, struct strbuf *err)
{
	struct btf_ext *ext = calloc(1, sizeof(*ext));
	int rc = -ENOMEM;

	if (!ext)
		goto out;
	ext->btf = btf;
	ext->raw = malloc(len < sizeof(struct btf_ext_header) ? sizeof(struct btf_ext_header) : len);
	if (!ext->raw)
		goto out;
	if (len)
		memcpy(ext->raw, data, len);
	rc = len > INT32_MAX ? fail(err, ".BTF.ext of %zu bytes is too large", len) : parse_ext(ext, len, err);
out:
	if (!rc)
		return ext;
	if (rc == -ENOMEM && err)
		strbuf_adds(err, "out of memory");
	btf_ext_free(ext);
	errno = -rc;
	return NULL;
}

void btf_ext_free(struct btf_ext *ext)
{
	if (!ext)
		return;
	free(ext->raw);
	free(ext);
}

bool btf_ext_section(const struct btf_ext *ext, enum btf_ext_kind kind, u32 i, struct btf_ext_rec *rec)
{
	u32 off = 0;

	while (off < ext->len[kind]) {
		const struct ext_sec *sec = (const struct ext_sec *)(ext->part[kind] + off);

		if (!i--) {
			rec->section = btf_str(ext->btf, sec->name_off);
			rec->data = sec->data;
			rec->rec_size = ext->rec_size[kind];
			rec->count = sec->count;
			return true;
		}
		off += (u32)(sizeof(*sec) + sec->count * ext->rec_size[kind]);
	}
	return false;
}

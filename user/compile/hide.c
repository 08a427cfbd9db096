/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/compile/hide.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NAME_MAX_LEN 128

void hidden_free(struct hidden *h)
{
	strbuf_free(&h->header);
	strbuf_free(&h->names);
}

static const char *line_end(const char *s)
{
	return s + strcspn(s, "\n");
}

static bool contains(const char *line, const char *end, const char *what)
{
	const char *at = strstr(line, what);

	return at && at < end;
}

/* The identifier in the first quotes of a line; false when there is none. */
static bool quoted_name(const char *line, const char *end, char *name)
{
	const char *open = memchr(line, '\'', (size_t)(end - line)), *p;
	size_t n;

	if (!open)
		return false;
	for (p = open + 1; p < end && (isalnum((unsigned char)*p) || *p == '_'); p++)
		;
	n = (size_t)(p - open - 1);
	if (!n || n >= NAME_MAX_LEN || p >= end || *p != '\'')
		return false;
	memcpy(name, open + 1, n);
	name[n] = '\0';
	return true;
}

static bool is_collision(const char *line, const char *end)
{
	return contains(line, end, "error: redefinition of ") || contains(line, end, "error: conflicting types for ");
}

/* Whether a note that follows the error, before the next one, points into vmlinux.h. */
static bool is_with_vmlinux(const char *next)
{
	while (*next) {
		const char *end = line_end(next);

		if (contains(next, end, ": error: "))
			return false;
		if (contains(next, end, "vmlinux.h:") && contains(next, end, "note: previous "))
			return true;
		next = end + (*end == '\n');
	}
	return false;
}

static bool add_name(struct hidden *h, const char *name)
{
	char word[NAME_MAX_LEN + 2];

	snprintf(word, sizeof(word), " %s ", name);
	if (strstr(strbuf_str(&h->names), word))
		return false;
	strbuf_adds(&h->names, word);
	return true;
}

bool hidden_add(struct hidden *h, const char *messages)
{
	bool added = false;

	for (const char *line = messages; *line;) {
		const char *end = line_end(line), *next = end + (*end == '\n');
		char name[NAME_MAX_LEN];

		if (is_collision(line, end) && quoted_name(strstr(line, "error: "), end, name) && is_with_vmlinux(next))
			added |= add_name(h, name);
		line = next;
	}
	return added;
}

static void each_name(const struct hidden *h, struct strbuf *out, const char *before, const char *behind)
{
	for (const char *p = strbuf_str(&h->names); *p;) {
		size_t n;

		p += strspn(p, " ");
		n = strcspn(p, " ");
		if (n)
			strbuf_addf(out, "%s %.*s%s%.*s%s\n", before, (int)n, p, *behind ? " " : "", *behind ? (int)n : 0, p, behind);
		p += n;
	}
}

int hidden_dir(struct cache *cache, struct hidden *h, char **dir)
{
	struct strbuf *text = &h->header, path = STRBUF_INIT;
	char sub[32];
	int ret;

	strbuf_reset(text);
	each_name(h, text, "#define", "___vmlinux");
	strbuf_adds(text, "#include_next \"vmlinux.h\"\n");
	each_name(h, text, "#undef", "");
	if (text->oom)
		return -ENOMEM;
	snprintf(sub, sizeof(sub), "hidden-%016llx", (unsigned long long)hash_bytes(0, text->s, text->len));
	ret = cache_has(cache, sub, "vmlinux.h") ? 0 : cache_write(cache, sub, "vmlinux.h", text->s, text->len);
	if (ret)
		return ret;
	strbuf_addf(&path, "%s/%s", cache->dir, sub);
	*dir = strbuf_detach(&path);
	return *dir ? 0 : -ENOMEM;
}

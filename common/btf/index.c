/* SPDX-License-Identifier: BSD-2-Clause */
/* The name index: a hash table of chains, ids ascending within a chain, built once when a btf is parsed. */
#include "common/btf/impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static u32 hash_name(const char *s)
{
	u32 h = 2166136261u;

	for (; *s; s++)
		h = (h ^ (u8)*s) * 16777619u;
	return h ^ h >> 15;
}

int btf_index_build(struct btf *btf)
{
	u32 n = btf->count - btf->base_count, size = 16;

	while (size < n)
		size *= 2;
	btf->heads = calloc(size, sizeof(*btf->heads));
	btf->next = calloc(n + 1, sizeof(*btf->next));
	btf->aligns = calloc(n + 1, 1);
	if (!btf->heads || !btf->next || !btf->aligns)
		return -ENOMEM;
	btf->mask = size - 1;
	for (u32 id = btf->count; id-- > btf->base_count;) {
		u32 off = btf_type(btf, id)->name_off;
		u32 *head;

		if (!off)
			continue;
		head = &btf->heads[hash_name(btf_str(btf, off)) & btf->mask];
		btf->next[id - btf->base_count] = *head;
		*head = id;
	}
	return 0;
}

u32 btf_find_next(const struct btf *btf, const char *name, u32 *cursor)
{
	u32 from = *cursor;

	if (!name || !*name)
		return 0;
	for (; btf; btf = btf->base) {
		u32 id;

		if (from && from < btf->base_count)
			continue;
		id = from ? btf->next[from - btf->base_count] : btf->heads[hash_name(name) & btf->mask];
		for (; id; id = btf->next[id - btf->base_count])
			if (!strcmp(btf_name(btf, id), name))
				return *cursor = id;
		from = 0;
	}
	return 0;
}

s32 btf_find(const struct btf *btf, const char *name, u32 kind)
{
	u32 cursor = 0, id;

	while ((id = btf_find_next(btf, name, &cursor)))
		if (btf_kind(btf_type(btf, id)) == kind)
			return (s32)id;
	return -ENOENT;
}

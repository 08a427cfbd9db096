/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/object/sections.h"

#include <string.h>

#include "common/uapi/bpf.h"
#include "user/attach/attach.h"

#define BPF_NO_ATTACH_TYPE 0

static const struct sec_def defs[] = {
#define SECTION(prefix, type, attach_type, flags, attach) {prefix, BPF_PROG_TYPE_##type, BPF_##attach_type, flags, attach_##attach},
#include "user/object/sections.def"
#undef SECTION
};

static bool matches(const struct sec_def *def, const char *section, bool loosely)
{
	size_t n = strlen(def->prefix);

	if (strncmp(section, def->prefix, n))
		return false;
	return loosely ? def->flags & SEC_LOOSE : !section[n] || section[n] == '/';
}

const struct sec_def *sec_def_find(const char *section)
{
	const struct sec_def *best = NULL;

	for (int loosely = 0; loosely < 2 && !best; loosely++)
		for (size_t i = 0; i < ARRAY_SIZE(defs); i++)
			if (matches(&defs[i], section, loosely) && (!best || strlen(defs[i].prefix) > strlen(best->prefix)))
				best = &defs[i];
	return best;
}

const char *sec_def_rest(const struct sec_def *def, const char *section)
{
	size_t n = strlen(def->prefix);

	return section[n] == '/' ? section + n + 1 : "";
}

bool sec_def_attaches(const struct sec_def *def, const char *section)
{
	return def->attach != attach_none && (!(def->flags & SEC_TARGET) || *sec_def_rest(def, section));
}

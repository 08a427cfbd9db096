/* SPDX-License-Identifier: BSD-2-Clause */
/* Words of the command line: abbreviations, numbers, and the names of types. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "common/uapi/bpf.h"

bool is_prefix(const char *word, const char *full)
{
	size_t n = strlen(word);

	return n && !strncmp(word, full, n);
}

bool args_is(struct args *args, const char *word)
{
	if (args->argc <= 0 || !is_prefix(args->argv[0], word))
		return false;
	args_take(args);
	return true;
}

bool parse_u64(const char *text, u64 *value)
{
	char *end;

	if (!text || *text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &end, 0);
	return !errno && !*end;
}

bool parse_u32(const char *text, u32 *value)
{
	u64 v;

	if (!parse_u64(text, &v) || v > UINT32_MAX)
		return false;
	*value = (u32)v;
	return true;
}

struct type_name {
	int value;
	const char *name;
};

static const struct type_name prog_types[] = {
#define BPF_PROG_TYPE(name, value, text) {value, text},
#include "common/uapi/prog_types.def"
#undef BPF_PROG_TYPE
};
static const struct type_name map_types[] = {
#define BPF_MAP_TYPE(name, value, text) {value, text},
#include "common/uapi/map_types.def"
#undef BPF_MAP_TYPE
};
static const struct type_name attach_types[] = {
#define BPF_ATTACH_TYPE(name, value, text) {value, text},
#include "common/uapi/attach_types.def"
#undef BPF_ATTACH_TYPE
};
static const struct type_name link_types[] = {
#define BPF_LINK_TYPE(name, value, text) {value, text},
#include "common/uapi/link_types.def"
#undef BPF_LINK_TYPE
};

static const char *name_of(const struct type_name *list, size_t n, u32 value)
{
	for (size_t i = 0; i < n; i++)
		if ((u32)list[i].value == value)
			return list[i].name;
	return "unknown";
}

static int value_of(const struct type_name *list, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i].name, name))
			return list[i].value;
	return -1;
}

const char *prog_type_name(u32 type)
{
	return name_of(prog_types, ARRAY_SIZE(prog_types), type);
}

const char *map_type_name(u32 type)
{
	return name_of(map_types, ARRAY_SIZE(map_types), type);
}

const char *attach_type_name(u32 type)
{
	return name_of(attach_types, ARRAY_SIZE(attach_types), type);
}

const char *link_type_name(u32 type)
{
	return name_of(link_types, ARRAY_SIZE(link_types), type);
}

int map_type_of_name(const char *name)
{
	return value_of(map_types, ARRAY_SIZE(map_types), name);
}

int prog_type_of_name(const char *name)
{
	return value_of(prog_types, ARRAY_SIZE(prog_types), name);
}

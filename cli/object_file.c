/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/object_file.h"

#include <stdlib.h>
#include <string.h>

bool object_flags_add(struct object_flags *flags, const char *word, struct args *args)
{
	const char *value = NULL;

	if (!word[2] && !(value = args_take(args)))
		return false;
	if (flags->count + 3 > ARRAY_SIZE(flags->flags))
		return false;
	flags->flags[flags->count++] = word;
	if (value)
		flags->flags[flags->count++] = value;
	return true;
}

static bool is_source(const char *path)
{
	size_t n = strlen(path);

	return n > 2 && !strcmp(path + n - 2, ".c");
}

int object_file_prepare(struct object_file *file, const char *path, const struct object_flags *flags, struct skep_error *err)
{
	struct skep_compile_opts opts = {.sz = sizeof(opts), .flags = flags->flags};

	*file = (struct object_file){.path = path};
	return is_source(path) ? skep_compile_file(path, &opts, &file->image, &file->len, err) : 0;
}

struct skep_object *object_file_open(const struct object_file *file, struct skep_error *err)
{
	struct skep_object_open_opts opts = {.sz = sizeof(opts)};
	const char *slash = strrchr(file->path, '/');

	if (!file->image)
		return skep_object_open_file(file->path, NULL, err);
	opts.name = slash ? slash + 1 : file->path;
	return skep_object_open_mem(file->image, file->len, &opts, err);
}

void object_file_free(struct object_file *file)
{
	free(file->image);
	file->image = NULL;
}

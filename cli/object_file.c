/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/object_file.h"

#include <fcntl.h>
#include <skep/engine.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VMLINUX "/sys/kernel/btf/vmlinux"

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

/* The types of the user engine's kernel, for vmlinux.h on a machine whose kernel shows none. Left empty when they cannot be had. */
static void read_engine_types(struct strbuf *out)
{
	struct skep_engine *engine = skep_engine_new(NULL);
	int fd = engine ? skep_engine_open(engine, VMLINUX, O_RDONLY) : -1;
	char buf[16384];
	ssize_t n;

	while (fd >= 0 && (n = read(fd, buf, sizeof(buf))) > 0)
		strbuf_add(out, buf, (size_t)n);
	if (fd >= 0)
		close(fd);
	if (engine)
		skep_engine_free(engine);
}

int object_file_prepare(struct object_file *file, const char *path, const struct object_flags *flags, struct skep_error *err)
{
	struct skep_compile_opts opts = {.sz = sizeof(opts), .flags = flags->flags};
	struct strbuf types = STRBUF_INIT;
	int ret;

	*file = (struct object_file){.path = path};
	if (!is_source(path))
		return 0;
	if (access(VMLINUX, R_OK))
		read_engine_types(&types);
	opts.btf_data = types.s;
	opts.btf_data_len = types.len;
	ret = skep_compile_file(path, &opts, &file->image, &file->len, err);
	strbuf_free(&types);
	return ret;
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

/* SPDX-License-Identifier: BSD-2-Clause */
/* FILE of run and check: a BPF object, or C that is compiled to one; it can be opened any number of times. */
#ifndef SKEP_CLI_OBJECT_FILE_H
#define SKEP_CLI_OBJECT_FILE_H

#include "cli/cli.h"

/* Flags for the compiler, NULL-terminated. */
struct object_flags {
	const char *flags[64];
	u32 count;
};

struct object_file {
	const char *path;
	void *image; /* what the compiler made; NULL: the file is an object itself */
	size_t len;
};

/* Take -I or -D (word), with its argument behind it where it stands alone; false: missing, or too many. */
bool object_flags_add(struct object_flags *flags, const char *word, struct args *args);
/* Compile if it is C. 0, or negative errno with err filled in. */
int object_file_prepare(struct object_file *file, const char *path, const struct object_flags *flags, struct skep_error *err);
/* NULL with err filled in. */
struct skep_object *object_file_open(const struct object_file *file, struct skep_error *err);
void object_file_free(struct object_file *file);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that a kernel would show: what skep_engine_open() opens. A room registers a path with a generator, or a directory
 * whose files a resolver makes from the rest of the path (tracefs events). Contents are made anew for each open.
 */
#ifndef SKEP_SYS_FILES_H
#define SKEP_SYS_FILES_H

#include "common/util/strbuf.h"

struct file_table;
struct skep_engine;

struct file_table *file_table_new(void); /* NULL with errno */
void file_table_free(struct file_table *table);

/* Write what the file holds; 0 or -errno. rest: what follows the registered path, without the slash ("" for the path itself). */
typedef int (*file_show)(struct skep_engine *engine, const char *rest, struct strbuf *out);
/* Open it otherwise: a descriptor (given to the caller), or -errno. */
typedef int (*file_open)(struct skep_engine *engine, int flags);

/* `path` is absolute and static; a path that ends in a slash stands for all below it. Paths under /sys/kernel/tracing
 * are found under /sys/kernel/debug/tracing too. 0 or -ENOMEM. */
int file_register(struct skep_engine *engine, const char *path, file_show show);
int file_register_open(struct skep_engine *engine, const char *path, file_open open);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiling BPF C: the headers that the library carries, and the directory that holds what the compiler reads. */
#ifndef SKEP_COMPILE_H
#define SKEP_COMPILE_H

#include <skep/skep.h>

#include "common/util/strbuf.h"
#include "common/util/util.h"

/* "bpf/bpf_helpers.h" and its text; ended by a NULL name. */
struct compile_header {
	const char *name;
	const char *text;
};
extern const struct compile_header compile_headers[];

/*
 * A place for generated headers: $XDG_CACHE_HOME/skep, else ~/.cache/skep, else a directory of its own in $TMPDIR or /tmp that goes
 * away with this. Files there are named by what they are made from, written whole or not at all, and trusted only when they
 * are the user's own.
 */
struct cache {
	char *dir;
	bool temporary;
};
int cache_open(struct cache *cache);
void cache_close(struct cache *cache);
/* Whether DIR/sub/name is there already. */
bool cache_has(const struct cache *cache, const char *sub, const char *name);
/* Write it (sub may be "a/b": directories are made). */
int cache_write(const struct cache *cache, const char *sub, const char *name, const char *text, size_t len);
/* When the cache turns out not to be writable. */
int cache_make_temporary(struct cache *cache);

u64 hash_bytes(u64 seed, const void *data, size_t len);

/* Directories with bpf/ headers and vmlinux.h, in malloc'd strings; -ENOENT for the second when there are no types to make it from. */
int headers_dir(struct cache *cache, char **dir);
int vmlinux_dir(struct cache *cache, const struct skep_compile_opts *opts, char **dir, struct skep_error *err);

#endif

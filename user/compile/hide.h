/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A source's own names against those of vmlinux.h, which are the kernel's of this machine: a map named `config` compiles on one kernel and
 * not on the next, whose types include one of that name. Where the compiler complains, the kernel's name gives way: it is
 * renamed for the length of vmlinux.h to NAME___vmlinux, which CO-RE takes for a flavour of the same type.
 */
#ifndef SKEP_COMPILE_HIDE_H
#define SKEP_COMPILE_HIDE_H

#include "user/compile/compile.h"

struct hidden {
	struct strbuf header; /* the vmlinux.h that stands before the real one */
	struct strbuf names;  /* " a b c ": what is hidden so far */
};

void hidden_free(struct hidden *h);
/* Take the names that clang's messages say collide with vmlinux.h; whether there are new ones. */
bool hidden_add(struct hidden *h, const char *messages);
/* The directory of that header, in a malloc'd string. 0 or -errno. */
int hidden_dir(struct cache *cache, struct hidden *h, char **dir);

#endif

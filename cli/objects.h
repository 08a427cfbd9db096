/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects of an engine as commands name them: id N | name X | tag T | pinned P. And the few calls of bpf(2) that walk them.
 */
#ifndef SKEP_CLI_OBJECTS_H
#define SKEP_CLI_OBJECTS_H

#include <skep/door.h>

#include "cli/cli.h"
#include "common/btf/btf.h"
#include "common/uapi/bpf.h"

enum object_class { OBJECT_PROG, OBJECT_MAP, OBJECT_BTF, OBJECT_LINK };

/* Largest info struct of any class. */
union object_info {
	struct bpf_prog_info prog;
	struct bpf_map_info map;
	struct bpf_btf_info btf;
	struct bpf_link_info link;
};

/* A descriptor, or -errno. */
int object_by_id(struct skep_door *door, enum object_class class, u32 id);
/* 0 with the smallest id greater than *id, or -ENOENT. */
int object_next_id(struct skep_door *door, enum object_class class, u32 *id);
/* info as the caller has prepared it (pointers to arrays), zeroed elsewhere. */
int object_info(struct skep_door *door, int fd, void *info, u32 size);
/* The types of a BTF object, by its id (btf_free them); NULL when they cannot be had. */
struct btf *object_btf(struct skep_door *door, u32 id);
const char *object_class_name(enum object_class class);
u32 object_info_size(enum object_class class);

/*
 * Take a selector from the front of args; all objects that it fits, as descriptors (the caller closes them; *fds is freed). The count,
 * or -(exit status) after a message. With `one`, more than one is a failure.
 */
int objects_select(struct cli *cli, struct args *args, enum object_class class, bool one, int **fds);
/* objects_select for exactly one: the descriptor, or -(exit status). */
int object_select(struct cli *cli, struct args *args, enum object_class class);

/* Call fn for every object that args select (nothing: all). An exit status. */
int objects_each(struct cli *cli, struct args *args, enum object_class class,
		 int (*fn)(struct cli *cli, int fd, void *ctx), void *ctx);

#endif

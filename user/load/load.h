/* SPDX-License-Identifier: BSD-2-Clause */
/* One loading of an object: what its stages share. */
#ifndef SKEP_USER_LOAD_H
#define SKEP_USER_LOAD_H

#include <sys/resource.h>

#include "user/core/core.h"
#include "user/door/sys.h"
#include "user/object/object.h"

struct load {
	struct skep_object *obj;
	struct skep_door *door;
	struct skep_object_load_opts opts;
	struct btf *vmlinux;       /* the engine's types; NULL until asked for */
	struct btf *custom;        /* of opts.target_btf */
	struct core_target target; /* one of the two */
	struct bpf_insn **resolved; /* per function: relocated, but for calls; NULL until needed */
	struct core_failures failures;
	struct rlimit memlock; /* as it was before it was lifted */
	bool lifted;
	struct skep_error *err;
};

/* The stages, in order. */
int load_btf(struct load *l);
int load_externs(struct load *l);
int load_maps(struct load *l);
int load_link(struct load *l);
int load_programs(struct load *l);
int load_slots(struct load *l);

/* After EPERM: lift the limit on locked memory until the load ends. True: done now, ask again. */
bool load_lift_memlock(struct load *l);
/* The engine's BTF, parsed on first use; NULL with an error line. */
const struct btf *load_vmlinux(struct load *l);
/* What CO-RE relocates against; NULL with an error line. */
struct core_target *load_target(struct load *l);
void load_note(struct load *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The bytes to give to BTF_LOAD: section sizes and offsets filled in, what only a linker understands taken out. malloc'd. */
void *btf_for_engine(const struct skep_object *obj, u32 *len);
/* Put older kinds of type in the place of those that came after Linux 5.12, in these bytes; false when there are none. */
bool btf_for_older_engine(void *data, u32 len);

/* Records for PROG_LOAD, of a linked program; both may come out empty. -ENOMEM. */
struct prog_info {
	struct bpf_func_info *funcs;
	u32 nr_funcs;
	struct bpf_line_info *lines;
	u32 nr_lines;
};
int prog_info_make(const struct skep_program *prog, struct prog_info *info);
void prog_info_free(struct prog_info *info);

/* An instruction that only a failed relocation makes: calling it is refused by every engine, with its number in the log. */
#define POISON_BASE 0x0bad0000

#endif

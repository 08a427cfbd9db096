/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The patch engine: a rewrite walks the program once and notes what each instruction becomes; patches_apply() then
 * makes all changes in one pass, and keeps jumps, calls, function references, subprograms, aux data, line_info and
 * func_info in step. Linear in program and patches.
 *
 * Positions are those of the program before any of the list's patches. A jump to an instruction that is replaced goes
 * to the first of what replaces it; one that is removed, to what follows.
 */
#ifndef SKEP_PATCH_H
#define SKEP_PATCH_H

#include "engine/object/prog.h"

/* Instructions [at, at + del) become insns[first .. first + n) of the list. */
struct patch {
	u32 at;
	u32 del;
	u32 first;
	u32 n;
	/* Which of the new instructions stands for the old one: it takes the aux data, and a jump, call or function
	 * reference in it is still relative to `at`. All others' jumps are relative to themselves. PATCH_KEEP_NONE:
	 * none does. */
	u32 keep;
};

#define PATCH_KEEP_NONE (~0U)

struct patch_list {
	struct bpf_prog *prog;
	struct patch *patches;
	u32 n, cap;
	struct bpf_insn *insns;
	u32 insn_n, insn_cap;
	u32 end; /* of the last patch */
	int err; /* first error of an addition: patches_apply() returns it */
};

#define PATCH_LIST(p)                                                                                                  \
	{                                                                                                              \
		.prog = (p)                                                                                            \
	}

/* In ascending order, without overlap. The instruction at `at` (both slots of a 64-bit immediate) becomes n
 * instructions. */
void patch_replace(struct patch_list *list, u32 at, const struct bpf_insn *insns, u32 n, u32 keep);
void patch_remove(struct patch_list *list, u32 at, u32 count);
/* Make the changes and free the list. 0, -ENOMEM, -E2BIG (too many instructions), -ERANGE (a jump became too far). */
int patches_apply(struct patch_list *list);

/* patch_info.c: subprograms, func_info and line_info after a change. new_of[i] is where instruction i went, or what
 * follows it when it is gone; there is one more entry for the end. */
struct patch_map {
	const u32 *new_of;
	u32 old_cnt;
};

/* Drops the subprograms of which nothing is left; subprog_of[i] is then where subprogram i went. */
void patch_subprogs(struct bpf_prog *prog, const struct patch_map *map, u32 *subprog_of);
void patch_line_info(struct bpf_prog *prog, const struct patch_map *map);

#endif

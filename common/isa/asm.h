/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A text assembler for tests: it reads what the disassembler writes, one instruction a line, with or without the leading
 * "12: " and "(b7) ", and further
 *	name:                     a label; `goto name`, `call name`, `r1 = func name` and conditions take it
 *	# ; //                    comments to the end of the line ("#" not within call bpf_x#1)
 *	call map_lookup_elem      helpers by name, bpf_ in front or not, or `call 1`; `call kfunc#12`, `call kfunc#12 off 1`
 *	r1 = map_fd 3             64-bit immediates: map_fd N, map_idx N, map_value N+OFF, map_idx_value N+OFF, btf_id N, func pc+N
 *	r1 = map[counters]        a name that the map callback resolves to an fd; map[counters][0]+8 its value
 *	r1 = 5 ll                 a 64-bit immediate although 32 bits would do (as 0x5, which is the disassembler's form)
 * Numbers: decimal or 0x, with sign, to 64 bits; what does not fit its field is an error.
 */
#ifndef SKEP_ASM_H
#define SKEP_ASM_H

#include "common/isa/insn.h"

struct asm_opts {
	void *ctx;
	/* fd (or whatever the immediate should hold) of a map[NAME]; negative: no such map. NULL: names are an error. */
	int (*map)(void *ctx, const char *name);
};

struct asm_error {
	u32 line, column; /* from 1 */
	char text[96];
};

/*
 * Assemble NUL-terminated text. 0 with *insns (the caller frees it) and *n; -EINVAL with *err filled in, or -ENOMEM. opts and
 * err may be NULL.
 */
int asm_text(const char *text, const struct asm_opts *opts, struct bpf_insn **insns, u32 *n, struct asm_error *err);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Predecoded programs: what both bindings of the interpreter execute. */
#ifndef SKEP_INTERP_CODE_H
#define SKEP_INTERP_CODE_H

#include "common/isa/insn.h"
#include "engine/interp/interp.h"

#define MAX_FRAMES 8

/*
 * One slot. There is one for each slot of the program, in the same place; the second slot of a 64-bit immediate is ISA_INVALID.
 */
struct interp_insn {
	const void *handler; /* run.c: where it is executed */
	u8 dst, src;
	s16 off;
	s32 target; /* jumps and local calls: slots to skip after this one */
	u64 imm;    /* sign-extended; of 64-bit immediates, addresses and calls: the whole value */
	u32 op;     /* enum isa_op */
	u32 callee_stack; /* local calls: bytes of stack that the callee uses */
};

struct interp_prog {
	struct interp_insn *insns;
	u32 n;
	u32 subprog_cnt;
	struct {
		u32 start;
		u32 stack; /* bytes used, multiple of 8 */
	} *subprogs;
	struct interp_callback *callbacks; /* one a subprogram */
};

/* Fill in one predecoded slot from a legal instruction; calls and references are the caller's business. */
void interp_predecode(struct interp_insn *out, const struct bpf_insn *insn, enum isa_op op);
/* Whether control that leaves slot i by its jump or local call lands on an instruction of the n slots. */
bool interp_target_ok(const struct interp_insn *insns, u32 n, u32 i);
/* run.c: addresses of the handlers, by enum isa_op. */
const void *const *interp_handlers(void);

#endif

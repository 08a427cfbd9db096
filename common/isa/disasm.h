/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text of an instruction as the kernel's verifier log and xlated dumps have it: "(b7) r0 = 1". What a call or a 64-bit
 * immediate is called depends on who prints; callbacks say it.
 */
#ifndef SKEP_DISASM_H
#define SKEP_DISASM_H

#include "common/isa/insn.h"

struct disasm_opts {
	void *ctx;
	/* Append what follows "call "; NULL or false: bpf_NAME#ID, pc+N, kernel-function#ID. */
	bool (*call)(void *ctx, struct strbuf *sb, const struct bpf_insn *insn);
	/* Append what follows "rN = " of a 64-bit immediate; NULL or false: its value, 0x%llx. */
	bool (*imm64)(void *ctx, struct strbuf *sb, const struct bpf_insn *insn, u64 imm);
	bool no_opcode; /* leave out "(b7) " */
};

/* Append the text of one instruction, without newline. insn[1] is read for a 64-bit immediate. opts may be NULL. Any bytes are taken. */
void disasm_insn(struct strbuf *sb, const struct bpf_insn *insn, const struct disasm_opts *opts);
/* Append a listing, "%4d: " before each instruction and a newline after; a 64-bit immediate cut off at the end is shown as zero above. */
void disasm_prog(struct strbuf *sb, const struct bpf_insn *insns, u32 n, const struct disasm_opts *opts);
/* Options that name 64-bit immediates and kfuncs as the assembler reads them back: "map_fd 3", "kfunc#12 off 1". */
extern const struct disasm_opts disasm_for_asm;
/* "map_lookup_elem" of helper 1; NULL where there is none. */
const char *isa_helper_name(s32 id);

#endif

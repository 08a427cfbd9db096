/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Conformance cases as text. A file holds, one a line,
 *	case NAME               starts a case; the lines that follow are its program (common/isa/asm.h)
 *	mem 00 11 22            its memory: r1 points to it, r2 is its length (both 0 without)
 *	result 0x2a             r0 at exit
 *	after 00 11 23          the memory at exit
 *	error TEXT              it is refused, with this in the message
 *	kernel refuses TEXT     the kernel's verifier refuses it, with this in its log
 *	kernel skip WHY         not for the kernel
 *	only checked WHY        only for the checked interpreter (which takes the memory for the packet)
 * and rows that stand for a whole case each, in all forms (register and, where the operand fits, immediate):
 *	alu64 A OP B -> R       alu32 A OP B -> R
 *	jmp64 A OP B -> yes|no  jmp32 A OP B -> yes|no
 *	apply INSN : A -> R     INSN on r0 = A (r1 = A too)
 */
#ifndef SKEP_CONFORMANCE_CASE_H
#define SKEP_CONFORMANCE_CASE_H

#include "common/isa/insn.h"

struct conformance_case {
	char *name;
	const char *file; /* borrowed */
	u32 line;
	struct bpf_insn *insns;
	u32 n;
	u8 *mem;
	u32 mem_len;
	u8 *after; /* NULL: not compared */
	bool has_result;
	u64 result;
	char *error;          /* part of the message of refusal; NULL: runs */
	char *kernel_refuses; /* part of the verifier's log; NULL: loads */
	char *kernel_skip;
	bool only_checked;
};

struct conformance_cases {
	struct conformance_case *v;
	u32 n, cap;
};

/* Add the cases of a file; 0, or -1 after printing where it is wrong. */
int cases_read(struct conformance_cases *cases, const char *file);
void cases_free(struct conformance_cases *cases);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Which instructions have a text that says all of them. */
#ifndef SKEP_FUZZ_ISA_TEXT_H
#define SKEP_FUZZ_ISA_TEXT_H

#include "common/isa/insn.h"

/* The kernel takes any off of exit; the upper half of a function reference means nothing. Neither is shown. */
static inline bool has_text(const struct bpf_insn *insn)
{
	return !(insn_is_exit(insn) && insn->off) && !(insn_is_func_ref(insn) && insn[1].imm);
}

#endif

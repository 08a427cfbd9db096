/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of kernel functions: in a program that the kernel has translated, a helper call is a distance between two addresses. */
#ifndef SKEP_CLI_KALLSYMS_H
#define SKEP_CLI_KALLSYMS_H

#include "common/isa/insn.h"

struct kallsyms;

/* The names of what these instructions call. NULL: not shown to this user, or out of memory. */
struct kallsyms *kallsyms_of_calls(const struct bpf_insn *insns, u32 n);
void kallsyms_free(struct kallsyms *syms);
/* NULL: no function begins there. */
const char *kallsyms_call(const struct kallsyms *syms, s32 imm);

#endif

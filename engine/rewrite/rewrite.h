/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a verified program to one that runs: dead code, context accesses, map and BTF addresses, calls, legacy packet
 * loads. One file a rewrite over one patch engine (patch.h); this driver lists them in order.
 *
 * The form that results, and that interpreter and JITs take: 64-bit immediates hold addresses (src_reg kept, so that
 * dumps can name maps); helper calls have src_reg 0 and kfunc calls BPF_PSEUDO_KFUNC_CALL with imm = index into
 * prog->calls; local calls have BPF_PSEUDO_CALL with imm relative to the next insn, and so have BPF_PSEUDO_FUNC
 * immediates in their first slot (the second is 0; interp_compile puts a struct interp_callback in its place); tail
 * calls are BPF_JMP | BPF_TAIL_CALL; loads that may fault have mode BPF_PROBE_MEM or BPF_PROBE_MEMSX.
 */
#ifndef SKEP_REWRITE_H
#define SKEP_REWRITE_H

#include "engine/object/prog.h"

/* Modes and opcodes that only rewritten programs have. */
#define BPF_PROBE_MEM	0x20
#define BPF_PROBE_MEMSX 0x40
#define BPF_TAIL_CALL	0xf0

/* 0 or -errno; the program is unchanged in meaning, prog->calls is filled. */
int rewrite_prog(struct bpf_prog *prog);

#endif

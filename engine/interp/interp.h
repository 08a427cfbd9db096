/* SPDX-License-Identifier: BSD-2-Clause */
/* The interpreter: the readable definition of the instruction set, in two bindings. */
#ifndef SKEP_INTERP_H
#define SKEP_INTERP_H

#include "engine/object/prog.h"
#include "common/util/strbuf.h"

struct interp_prog;
struct kmem;

/*
 * Verified programs. compile: predecode a rewritten program (rewrite/rewrite.h) for fast dispatch; NULL with errno. run: execute it with
 * r1 = ctx; memory accesses are not checked (the verifier did), except faulting loads, which read 0 outside kmem and the
 * segments that it knows. Tail calls go through map_tail_call().
 */
struct interp_prog *interp_compile(const struct bpf_prog *prog);
void interp_free(struct interp_prog *code);
u64 interp_run(const struct interp_prog *code, const void *ctx);
/* Enter subprogram `subprog` of a running program as a callback with r1..r5; its r0. */
u64 interp_call(const struct interp_prog *code, u32 subprog, u64 r1, u64 r2, u64 r3, u64 r4, u64 r5);
/* The callback that a BPF_PSEUDO_FUNC immediate stands for: helpers get this value as their function argument. */
struct interp_callback {
	const struct interp_prog *code;
	u32 subprog;
};

/*
 * Untrusted bytecode without types, for conformance suites: every access is checked against `mem` and the program's stack; local
 * calls work, helper calls do not. Bounded by max_insns executed. 0 with *r0, or -errno and one line in err that names the
 * instruction.
 */
int interp_run_checked(const struct bpf_insn *insns, u32 n, void *mem, size_t mem_len, u64 max_insns, u64 *r0, struct strbuf *err);

#endif

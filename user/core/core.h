/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CO-RE: adapting a program to the types of the kernel that it will run on. Every relocation names a type of the object, a path through
 * it and a question (where, how large, does it exist); the answer is looked up in the target's types and written into
 * the instruction. Source: Documentation/bpf/llvm_reloc.rst and btf.rst, "CO-RE Relocations"; the builtins' descriptions in clang.
 */
#ifndef SKEP_CORE_H
#define SKEP_CORE_H

#include "common/uapi/bpf.h"
#include "user/object/object.h"

/* Relocations that could not be done. They matter only where the program gets to them, which the verifier tells. */
struct core_failure {
	u32 func, insn;
	char *text; /* "hello.bpf.c:31: task_struct.foo: not in the target's BTF" */
};
struct core_failures {
	struct core_failure *list;
	u32 count;
};
void core_failures_free(struct core_failures *failures);

/* The target's types that one of the object's may be. Each relocation that some of them answer leaves only those: a program reads
 * all of a struct's fields from one and the same type. */
struct core_cands {
	u32 local;
	u32 *ids;
	u32 count;
};

/* The types to relocate an object against, and which of them have flavoured names (found on first use). */
struct core_target {
	const struct btf *btf;
	struct core_cands *cands;
	u32 nr_cands;
	u32 *flavoured;
	u32 nr_flavoured;
	bool searched;
};
void core_target_free(struct core_target *target);

/* Apply the relocations of function `func` to insns, a copy of its instructions. One that has no answer becomes a call of
 * POISON_BASE plus its index in failures. Returns 0, or a negative errno with a line for relocations that make no sense. */
int core_relocate(const struct skep_object *obj, u32 func, struct bpf_insn *insns, struct core_target *target, struct core_failures *failures,
		  struct skep_error *err);

#endif

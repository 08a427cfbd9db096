/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a relocation speaks of: a type and, for fields, the way to one of its members. First as the object has it, then the same way
 * through a type of the target: members are found again by their names, whatever their order and however they are wrapped
 * in anonymous structs and unions; array elements by their index.
 */
#ifndef SKEP_CORE_SPEC_H
#define SKEP_CORE_SPEC_H

#include "common/btf/btf.h"

#define SPEC_DEPTH 64

struct spec_step {
	const char *name; /* of a member; NULL: an element of an array */
	u32 index;
	u32 type_id;      /* of the member or element */
};

struct core_spec {
	const struct btf *btf;
	u32 root;             /* type id */
	u32 first;            /* the root as an array: which element */
	struct spec_step steps[SPEC_DEPTH];
	u32 nr_steps;
	u64 bit_off;          /* of what the last step leads to */
	u32 bitfield;         /* bits; 0: not a bitfield */
	bool last_member;     /* what the last step leads to ends its struct */
	const char *enumerator;
	s64 enum_value;
};

enum spec_kind { SPEC_FIELD, SPEC_TYPE, SPEC_ENUMVAL };

/* The object's side of a relocation, from its access string. 0, -EINVAL: makes no sense; -E2BIG: too deep. */
int spec_parse(struct core_spec *spec, const struct btf *btf, u32 type_id, const char *access, enum spec_kind kind);
/* The same in a type of the target: 0, -ENOENT: it has no such thing; other errors as above. */
int spec_match(const struct core_spec *local, const struct btf *target, u32 type_id, enum spec_kind kind, struct core_spec *out);
/* "task_struct.mm[0].pgd", "enum state::RUNNING" */
void spec_print(const struct core_spec *spec, enum spec_kind kind, struct strbuf *out);

/* How much of a name counts: up to the last "___". */
size_t essential_len(const char *name);
bool same_essential(const char *a, const char *b);
/* Whether a type may stand for another: the same shape of pointers, arrays and functions, down to kinds. */
bool types_compatible(const struct btf *local, u32 local_id, const struct btf *target, u32 target_id, int depth);
/* bpf_core_type_matches: members and enumerators by name, and their types, too. */
bool types_match(const struct btf *local, u32 local_id, const struct btf *target, u32 target_id, bool behind_ptr, int depth);

#endif

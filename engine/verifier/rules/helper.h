/* SPDX-License-Identifier: BSD-2-Clause */
/* One call of a helper, while its contract is checked. */
#ifndef SKEP_VERIFIER_HELPER_H
#define SKEP_VERIFIER_HELPER_H

#include "engine/helpers/proto.h"
#include "engine/verifier/rules/rules.h"

struct helper_call {
	const struct bpf_func_proto *proto;
	u32 id;
	const char *name;
	const struct bpf_map *map; /* ARG_CONST_MAP_PTR */
	u32 map_uid;
	struct raw_buffer raw;     /* the buffer that is written whole */
	u64 size_max;              /* upper bound of the last ARG_CONST_SIZE */
	u32 mem_size;              /* ARG_CONST_ALLOC_SIZE_OR_ZERO */
	u32 ref_obj_id;
	u32 release_regno;         /* 0: none */
	u32 subprog;               /* ARG_PTR_TO_FUNC */
	s64 const_key;             /* key of a lookup, or -1 */
	const struct btf *ret_btf; /* ARG_PTR_TO_PERCPU_BTF_ID */
	u32 ret_btf_id;
};

int helper_arg(struct verifier_env *env, struct helper_call *call, u32 arg);
/* Whether this helper takes this type of map. */
int helper_map_fits(struct verifier_env *env, const struct helper_call *call);
int helper_result(struct verifier_env *env, struct helper_call *call);
/* Helpers that enter functions of the program. */
int helper_callbacks(struct verifier_env *env, struct helper_call *call);
/* A constant, NUL-terminated string in a read-only map, with room to its end. *len: bytes up to the end of the value. */
int const_string(struct verifier_env *env, u32 regno, const char **str, u32 *len);
bool helper_acquires(u32 id);

#endif

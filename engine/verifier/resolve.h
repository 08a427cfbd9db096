/* SPDX-License-Identifier: BSD-2-Clause */
/* Before any path is walked: what immediates name (maps, kernel variables), and what the program attaches to. */
#ifndef SKEP_VERIFIER_RESOLVE_H
#define SKEP_VERIFIER_RESOLVE_H

#include "engine/verifier/env.h"

/* Fill aux of 64-bit immediates, take references on the maps (prog->used_maps), refuse unknown opcodes. 0 or -errno. */
int resolve_immediates(struct verifier_env *env);
/* tp_btf: check attach_btf_id and name what it stands for. */
int resolve_attach(struct verifier_env *env);

#endif

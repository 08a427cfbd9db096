/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of a program's call targets. */
#ifndef SKEP_REWRITE_CALLS_H
#define SKEP_REWRITE_CALLS_H

#include "engine/object/prog.h"

/* Index of a target in prog->calls, added if it is new; or -ENOMEM. */
int call_target(struct bpf_prog *prog, bpf_func fn, u32 id, bool is_kfunc);

#endif

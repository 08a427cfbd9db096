/* SPDX-License-Identifier: BSD-2-Clause */
/* What BTF_LOAD demands beyond what parsing does. */
#ifndef SKEP_BTF_CHECK_H
#define SKEP_BTF_CHECK_H

#include "common/btf/btf.h"
#include "engine/verifier/verifier.h"

/* The BTF, parsed and checked as the kernel checks what a program brings; NULL with errno as BTF_LOAD answers (EINVAL, E2BIG, ENOTSUPP,
 * ENOMEM). What the kernel would write to the log at log->level goes to log, through verifier_log(). */
struct btf *btf_check_load(const void *data, u32 len, struct verifier_log *log);

#endif

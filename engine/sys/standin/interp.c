/* SPDX-License-Identifier: BSD-2-Clause */
/* Stand-in until the interpreter lands. */
#include <errno.h>

#include "engine/interp/interp.h"

struct interp_prog *interp_compile(const struct bpf_prog *prog)
{
	errno = EOPNOTSUPP;
	return NULL;
}

void interp_free(struct interp_prog *code)
{
}

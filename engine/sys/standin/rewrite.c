/* SPDX-License-Identifier: BSD-2-Clause */
/* Stand-in until the rewrites land. */
#include <errno.h>

#include "engine/rewrite/rewrite.h"

int rewrite_prog(struct bpf_prog *prog)
{
	return -EOPNOTSUPP;
}

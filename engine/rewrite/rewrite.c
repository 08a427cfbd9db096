/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of rewrites, in order (passes.h). */
#include "engine/rewrite/rewrite.h"

#include "engine/rewrite/passes.h"

int rewrite_prog(struct bpf_prog *prog)
{
	static int (*const passes[])(struct bpf_prog * prog) = {
#define PASS(name) name,
	    REWRITE_PASSES(PASS)
#undef PASS
	};
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(passes); i++)
		err = passes[i](prog);
	return err;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Flow of control: tail calls, bpf_loop. */
#include <errno.h>

#include "engine/helpers/helper.h"
#include "engine/interp/interp.h"

/* The rewrites make an instruction of it; this body stands for a call of which nobody knows how it came to be. */
HELPER(tail_call, .ret_type = RET_VOID, .arg_type = {ARG_PTR_TO_CTX, ARG_CONST_MAP_PTR, ARG_ANYTHING})
{
	return HELPER_ERR(-ENOTSUPP);
}

HELPER(loop, .ret_type = RET_INTEGER,
       .arg_type = {ARG_ANYTHING, ARG_PTR_TO_FUNC, ARG_PTR_TO_STACK | PTR_MAYBE_NULL, ARG_ANYTHING})
{
	const struct interp_callback *callback = u64_to_ptr(r2);
	u32 n = (u32)r1;
	u32 i;

	if (r4)
		return HELPER_ERR(-EINVAL);
	if (n > BPF_MAX_LOOPS)
		return HELPER_ERR(-E2BIG);
	for (i = 0; i < n; i++)
		if (interp_call(callback->code, callback->subprog, i, r3, 0, 0, 0))
			return i + 1;
	return i;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Stand-in until engine/helpers lands: no helpers. */
#include <stddef.h>

#include "engine/types/prog_type.h"

const struct bpf_func_proto *base_func_proto(enum bpf_func_id id, const struct bpf_prog *prog)
{
	return NULL;
}

const struct bpf_func_proto *tracing_func_proto(enum bpf_func_id id, const struct bpf_prog *prog)
{
	return NULL;
}

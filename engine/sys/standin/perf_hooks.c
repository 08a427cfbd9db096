/* SPDX-License-Identifier: BSD-2-Clause */
/* Stand-in until engine/hooks lands: no attach points. */
#include <errno.h>

#include "engine/hooks/perf.h"

int perf_resolve(struct caller *caller, const struct perf_event_attr *attr, struct hook_target *target)
{
	return -ENOENT;
}

int perf_attach(struct obj *event, const struct hook_target *target, struct bpf_prog *prog, u64 cookie)
{
	return -EINVAL;
}

void perf_detach(struct obj *event, const struct hook_target *target)
{
}

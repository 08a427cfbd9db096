/* SPDX-License-Identifier: BSD-2-Clause */
/* Stand-in until engine/hooks lands: nothing can be attached. */
#include <errno.h>

#include "engine/hooks/link.h"
#include "engine/sys/commands.h"

#define NOT_YET(name)                                                                   \
	int cmd_##name(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size) \
	{                                                                               \
		return -EOPNOTSUPP;                                                     \
	}
NOT_YET(LINK_CREATE)
NOT_YET(LINK_UPDATE)
NOT_YET(LINK_DETACH)
NOT_YET(RAW_TRACEPOINT_OPEN)

int link_fill_info(struct obj *obj, struct bpf_link_info *info, struct caller *caller)
{
	return -EOPNOTSUPP;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/core/core.h"

#include <errno.h>
#include <stdlib.h>

void core_failures_free(struct core_failures *failures)
{
	for (u32 i = 0; i < failures->count; i++)
		free(failures->list[i].text);
	free(failures->list);
	*failures = (struct core_failures){};
}

int core_relocate(const struct skep_object *obj, u32 func, struct bpf_insn *insns, const struct btf *target, struct core_failures *failures,
		  struct skep_error *err)
{
	return error_set(err, SKEP_FAILED, -EOPNOTSUPP, "%s: function %s: CO-RE relocations are not done yet", obj->name, obj->funcs[func].name);
}

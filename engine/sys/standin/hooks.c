/* SPDX-License-Identifier: BSD-2-Clause */
/* Stand-in until engine/hooks lands: no hooks. */
#include "engine/engine.h"

int hooks_init(struct skep_engine *engine)
{
	return 0;
}

void hooks_exit(struct skep_engine *engine)
{
}

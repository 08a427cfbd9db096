/* SPDX-License-Identifier: BSD-2-Clause */
/* Stand-in until engine/hooks lands: no tasks. */
#include "engine/engine.h"

int tasks_init(struct skep_engine *engine)
{
	return 0;
}

void tasks_exit(struct skep_engine *engine)
{
}

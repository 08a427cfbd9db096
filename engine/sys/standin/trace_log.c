/* SPDX-License-Identifier: BSD-2-Clause */
/* Stand-in until engine/helpers lands: no trace log. */
#include "engine/engine.h"

int trace_log_init(struct skep_engine *engine)
{
	return 0;
}

void trace_log_exit(struct skep_engine *engine)
{
}

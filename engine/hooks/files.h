/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of tracefs and of the probe PMUs that the engine shows. */
#ifndef SKEP_HOOKS_FILES_H
#define SKEP_HOOKS_FILES_H

struct skep_engine;

/* Register them; 0 or -ENOMEM. */
int hook_files_init(struct skep_engine *engine);

#endif

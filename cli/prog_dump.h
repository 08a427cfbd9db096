/* SPDX-License-Identifier: BSD-2-Clause */
/* skep prog dump xlated: the instructions that an engine runs, with the source lines that they come from. */
#ifndef SKEP_CLI_PROG_DUMP_H
#define SKEP_CLI_PROG_DUMP_H

#include "cli/cli.h"

int prog_dump(struct cli *cli, struct args *args);

#endif

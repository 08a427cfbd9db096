/* SPDX-License-Identifier: BSD-2-Clause */
/* The virtual file systems that the kernel engine's commands need, mounted when they are not there (bpftool's habit; -n forbids it). */
#ifndef SKEP_CLI_MOUNT_H
#define SKEP_CLI_MOUNT_H

#include "cli/cli.h"

/* For tracepoints and bpf_printk. On failure nothing is said: the one who needs it says what is missing. */
void cli_mount_tracefs(struct cli *cli);
/* For a pin at that path, when it lies below /sys/fs/bpf. */
void cli_mount_bpffs(struct cli *cli, const char *path);

#endif

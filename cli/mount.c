/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/mount.h"

#include <linux/magic.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/vfs.h>

#define TRACEFS "/sys/kernel/tracing"
#define BPFFS   "/sys/fs/bpf"

static void mount_if_missing(struct cli *cli, const char *path, const char *type, unsigned long magic)
{
	struct statfs fs;

	if (cli->engine != ENGINE_KERNEL || cli->no_mount || statfs(path, &fs) || (unsigned long)fs.f_type == magic)
		return;
	mount(type, path, type, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

void cli_mount_tracefs(struct cli *cli)
{
	mount_if_missing(cli, TRACEFS, "tracefs", TRACEFS_MAGIC);
}

void cli_mount_bpffs(struct cli *cli, const char *path)
{
	if (!strncmp(path, BPFFS "/", strlen(BPFFS "/")))
		mount_if_missing(cli, BPFFS, "bpf", BPF_FS_MAGIC);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Which engine a command speaks to. */
#include <errno.h>
#include <skep/engine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"

static struct skep_door *kernel_door(struct cli *cli, int *status)
{
	cli->door = skep_door_kernel();
	if (!cli->door)
		*status = cli_fail(cli, SKEP_FAILED, "kernel engine: %m");
	return cli->door;
}

/* Connect to the one that was named, or to the newest that still answers: one may end between being listed and being called. */
static bool connect_one(struct cli *cli, const struct skep_instance *list, int n)
{
	for (int i = 0; i < n && !cli->door; i++) {
		if (cli->instance && list[i].pid != cli->instance)
			continue;
		cli->door = skep_door_connect(list[i].path);
		if (cli->door && n - i > 1 && !cli->instance && !cli->json)
			fprintf(stderr, "skep: user engine: %d instances run; this is the newest, %d (--instance PID)\n", n - i, list[i].pid);
	}
	return cli->door;
}

/* Where no instance runs, an engine of this process's own stands in: it is empty, and so is what is listed. */
static struct skep_door *no_instance(struct cli *cli, int *status)
{
	if (cli->instance) {
		*status = cli_fail(cli, SKEP_FAILED, "user engine: no instance %d (skep run starts one)", cli->instance);
		return NULL;
	}
	if (!cli->json)
		fprintf(stderr, "skep: user engine: no instance runs (skep run starts one; --engine kernel asks the kernel)\n");
	return cli_own_door(cli, status);
}

static struct skep_door *instance_door(struct cli *cli, int *status)
{
	struct skep_instance *list = NULL;
	int n = skep_instances(&list);
	bool connected;

	if (n < 0) {
		*status = cli_fail(cli, SKEP_FAILED, "user engine: cannot list instances: %s", strerror(-n));
		return NULL;
	}
	connected = connect_one(cli, list, n);
	free(list);
	return connected ? cli->door : no_instance(cli, status);
}

struct skep_door *cli_door(struct cli *cli, int *status)
{
	if (cli->door)
		return cli->door;
	return cli->engine == ENGINE_KERNEL ? kernel_door(cli, status) : instance_door(cli, status);
}

struct skep_door *cli_own_door(struct cli *cli, int *status)
{
	if (cli->door)
		return cli->door;
	if (cli->engine == ENGINE_KERNEL)
		return kernel_door(cli, status);
	cli->own_engine = skep_engine_new(NULL);
	if (cli->own_engine)
		cli->door = skep_door_engine(cli->own_engine);
	if (!cli->door)
		*status = cli_fail(cli, SKEP_FAILED, "the user engine does not start: %m");
	return cli->door;
}

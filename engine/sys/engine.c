/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine as a value: made, freed, reaped. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/object/btf_obj.h"
#include "engine/object/kmem.h"
#include "engine/object/table.h"
#include "engine/run.h"
#include "engine/sys/files.h"

#define ENGINE_KMEM_SIZE (256UL << 20) /* reserved, not used */
#define ENGINE_MAX_CPUS	 1024

/* The last number of the host's possible CPUs ("0-3"), plus one. */
static u32 host_cpus(void)
{
	FILE *f = fopen("/sys/devices/system/cpu/possible", "re");
	unsigned int first, last = 0;
	int got = 0, c;

	if (f) {
		do {
			got = fscanf(f, "%u", &first);
			if (got == 1)
				last = first;
			c = fgetc(f);
		} while (got == 1 && (c == '-' || c == ','));
		fclose(f);
	}
	if (!f || !last) {
		long n = sysconf(_SC_NPROCESSORS_CONF);

		return n > 0 ? (u32)n : 1;
	}
	return last + 1;
}

static u64 boot_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

static int tables_init(struct skep_engine *engine)
{
	engine->objects = object_table_new();
	engine->handles = handle_table_new();
	engine->pins = pin_table_new();
	engine->kmem = kmem_new(ENGINE_KMEM_SIZE);
	engine->files = file_table_new();
	return engine->objects && engine->handles && engine->pins && engine->kmem && engine->files ? 0 : -ENOMEM;
}

static void tables_exit(struct skep_engine *engine)
{
	file_table_free(engine->files);
	kmem_free_all(engine->kmem);
	pin_table_free(engine->pins);
	handle_table_free(engine->handles);
	object_table_free(engine->objects);
}

/* The rooms in the order in which they come up. */
static const struct engine_room {
	int (*init)(struct skep_engine *engine);
	void (*exit)(struct skep_engine *engine);
} rooms[] = {
	{run_init, run_exit},
	{vmlinux_init, vmlinux_exit},
	{trace_log_init, trace_log_exit},
	{tasks_init, tasks_exit},
	{hooks_init, hooks_exit},
};

static int rooms_init(struct skep_engine *engine)
{
	for (size_t i = 0; i < ARRAY_SIZE(rooms); i++) {
		int err = rooms[i].init(engine);

		if (!err)
			continue;
		while (i--)
			rooms[i].exit(engine);
		return err;
	}
	return 0;
}

struct skep_engine *skep_engine_new(const struct skep_engine_opts *opts)
{
	u32 nr_cpus = 0;
	struct skep_engine *engine;
	int err;

	if (opts && opts->sz >= offsetof(struct skep_engine_opts, nr_cpus) + sizeof(opts->nr_cpus))
		nr_cpus = opts->nr_cpus;
	if (nr_cpus > ENGINE_MAX_CPUS) {
		errno = EINVAL;
		return NULL;
	}
	engine = calloc(1, sizeof(*engine));
	if (!engine)
		return NULL;
	engine->nr_cpus = nr_cpus ? nr_cpus : min_of(host_cpus(), (u32)ENGINE_MAX_CPUS);
	engine->boot_time_ns = boot_ns();
	pthread_mutex_init(&engine->lock, NULL);
	err = tables_init(engine);
	if (!err)
		err = rooms_init(engine);
	if (!err)
		return engine;
	tables_exit(engine);
	pthread_mutex_destroy(&engine->lock);
	free(engine);
	errno = -err;
	return NULL;
}

void skep_engine_free(struct skep_engine *engine)
{
	if (!engine)
		return;
	pin_table_drop(engine->pins);
	/* Destroying a handle may close others (a link's perf event): the table outlives what it holds. */
	handle_table_drop(engine->handles);
	for (size_t i = ARRAY_SIZE(rooms); i--;)
		rooms[i].exit(engine);
	tables_exit(engine);
	pthread_mutex_destroy(&engine->lock);
	free(engine);
}

void skep_engine_reap(struct skep_engine *engine)
{
	handle_reap(engine);
}

int skep_engine_reap_fd(struct skep_engine *engine)
{
	return handle_table_reap_fd(engine->handles);
}

const struct btf *engine_vmlinux(const struct skep_engine *engine)
{
	return engine->vmlinux ? engine->vmlinux->btf : NULL;
}

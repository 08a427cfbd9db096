/* SPDX-License-Identifier: BSD-2-Clause */
/* tracefs: available_events, events/SYSTEM/EVENT/{id,format}, available_filter_functions; the type of the probe PMUs.
 */
#include "engine/hooks/files.h"

#include <errno.h>
#include <string.h>

#include "engine/hooks/events.h"
#include "engine/hooks/perf.h"
#include "engine/sys/files.h"

#define TRACING "/sys/kernel/tracing/"
#define PMU "/sys/bus/event_source/devices/"

static int show_available_events(struct skep_engine *engine, const char *rest, struct strbuf *out)
{
	for (u32 id = event_next(0); id; id = event_next(id)) {
		strbuf_addf(out, "%s:", event_system(id));
		event_add_name(id, out);
		strbuf_addc(out, '\n');
	}
	return 0;
}

static int show_functions(struct skep_engine *engine, const char *rest, struct strbuf *out)
{
	for (u32 nr = 0; nr < SYSCALL_NR_MAX; nr++)
		if (syscall_by_nr(nr))
			strbuf_addf(out, SYSCALL_SYMBOL_PREFIX "%s\n", syscall_by_nr(nr)->name);
	return 0;
}

/* rest: SYSTEM/EVENT/FILE. */
static int show_event(struct skep_engine *engine, const char *rest, struct strbuf *out)
{
	char path[128], *system = path, *name, *file;
	int id;

	if (strlen(rest) >= sizeof(path))
		return -ENOENT;
	memcpy(path, rest, strlen(rest) + 1);
	name = strchr(path, '/');
	file = name ? strchr(name + 1, '/') : NULL;
	if (!file)
		return -ENOENT;
	*name++ = '\0';
	*file++ = '\0';
	id = event_find(system, name);
	if (id < 0)
		return id;
	if (!strcmp(file, "id"))
		strbuf_addf(out, "%d\n", id);
	else if (!strcmp(file, "format"))
		event_add_format((u32)id, out);
	else
		return -ENOENT;
	return 0;
}

static int show_kprobe_type(struct skep_engine *engine, const char *rest, struct strbuf *out)
{
	strbuf_addf(out, "%d\n", PERF_TYPE_ENGINE_KPROBE);
	return 0;
}

static int show_retprobe_bit(struct skep_engine *engine, const char *rest, struct strbuf *out)
{
	strbuf_adds(out, "config:0\n");
	return 0;
}

int hook_files_init(struct skep_engine *engine)
{
	static const struct {
		const char *path;
		file_show show;
	} files[] = {
		{TRACING "available_events", show_available_events},
		{TRACING "available_filter_functions", show_functions},
		{TRACING "events/", show_event},
		{PMU "kprobe/type", show_kprobe_type},
		{PMU "kprobe/format/retprobe", show_retprobe_bit},
	};
	int err = 0;

	for (size_t i = 0; !err && i < ARRAY_SIZE(files); i++)
		err = file_register(engine, files[i].path, files[i].show);
	return err;
}

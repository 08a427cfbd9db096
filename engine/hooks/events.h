/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trace events: what tracefs lists under events/. Ids are the engine's own and stable. Two for each system call
 * (sys_enter_NAME, sys_exit_NAME), and those of events.def.
 */
#ifndef SKEP_HOOKS_EVENTS_H
#define SKEP_HOOKS_EVENTS_H

#include "common/util/strbuf.h"
#include "engine/hooks/syscalls.h"

/* Ids of the events of a system call; every id is less than EVENT_ID_MAX. */
#define EVENT_SYSCALL_BASE 1000
#define EVENT_ID_MAX (EVENT_SYSCALL_BASE + 2 * SYSCALL_NR_MAX)

static inline u32 event_sys_exit(u32 nr)
{
	return EVENT_SYSCALL_BASE + 2 * nr;
}
static inline u32 event_sys_enter(u32 nr)
{
	return EVENT_SYSCALL_BASE + 2 * nr + 1;
}

enum event_id {
#define EVENT(id, system, name, print, ...) EVENT_##name = id,
#include "engine/hooks/events.def"
#undef EVENT
};

bool event_exists(u32 id);
/* The event's id, or -ENOENT. */
int event_find(const char *system, const char *name);
const char *event_system(u32 id);
/* Append the event's name ("sys_enter_openat"). */
void event_add_name(u32 id, struct strbuf *out);
/* Append what tracefs shows as its `format`. */
void event_add_format(u32 id, struct strbuf *out);
/* Bytes of a record up to the end of its last field: a program must not read beyond. 0: no such event. */
u32 event_record_size(u32 id);
/* The smallest id greater than `id`, or 0: start with 0. */
u32 event_next(u32 id);

#endif

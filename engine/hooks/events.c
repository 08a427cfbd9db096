/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/hooks/events.h"

#include <errno.h>
#include <string.h>

#define EVENT_FIELDS_MAX 4
#define SYSCALLS_SYSTEM "syscalls"

struct event_field {
	const char *decl;
	u16 off, size;
	bool is_signed;
};

struct event_desc {
	u32 id;
	const char *system, *name, *print;
	struct event_field fields[EVENT_FIELDS_MAX];
};

static const struct event_desc events[] = {
#define FIELD(decl, off, size, is_signed) {decl, off, size, is_signed}
#define EVENT(id, system, name, print, ...) {id, #system, #name, print, {__VA_ARGS__}},
#include "engine/hooks/events.def"
#undef EVENT
#undef FIELD
};

static const struct event_desc *desc_of(u32 id)
{
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (events[i].id == id)
			return &events[i];
	return NULL;
}

/* The system call whose event it is, or NULL. */
static const struct syscall_desc *syscall_of(u32 id, bool *enter)
{
	if (id < EVENT_SYSCALL_BASE)
		return NULL;
	*enter = (id - EVENT_SYSCALL_BASE) % 2;
	return syscall_by_nr((id - EVENT_SYSCALL_BASE) / 2);
}

bool event_exists(u32 id)
{
	bool enter;

	return syscall_of(id, &enter) || desc_of(id);
}

int event_find(const char *system, const char *name)
{
	int nr;

	if (!strcmp(system, SYSCALLS_SYSTEM)) {
		if (!strncmp(name, "sys_enter_", 10)) {
			nr = syscall_find(name + 10);
			return nr < 0 ? nr : (int)event_sys_enter((u32)nr);
		}
		if (!strncmp(name, "sys_exit_", 9)) {
			nr = syscall_find(name + 9);
			return nr < 0 ? nr : (int)event_sys_exit((u32)nr);
		}
		return -ENOENT;
	}
	for (size_t i = 0; i < ARRAY_SIZE(events); i++)
		if (!strcmp(events[i].system, system) && !strcmp(events[i].name, name))
			return (int)events[i].id;
	return -ENOENT;
}

const char *event_system(u32 id)
{
	const struct event_desc *desc = desc_of(id);

	return desc ? desc->system : SYSCALLS_SYSTEM;
}

void event_add_name(u32 id, struct strbuf *out)
{
	bool enter;
	const struct syscall_desc *call = syscall_of(id, &enter);
	const struct event_desc *desc = desc_of(id);

	if (call)
		strbuf_addf(out, "sys_%s_%s", enter ? "enter" : "exit", call->name);
	else if (desc)
		strbuf_adds(out, desc->name);
}

static void add_field(struct strbuf *out, const char *decl, const char *name, u32 off, u32 size, bool is_signed)
{
	strbuf_addf(out, "\tfield:%s%s%s;\toffset:%u;\tsize:%u;\tsigned:%u;\n", decl, *name ? " " : "", name, off, size,
		    is_signed);
}

static void add_enter_format(const struct syscall_desc *call, struct strbuf *out)
{
	for (u32 i = 0; i < call->nr_args; i++)
		add_field(out, call->args[i].type, call->args[i].name, 16 + 8 * i, 8, false);
	strbuf_adds(out, "\nprint fmt: \"");
	for (u32 i = 0; i < call->nr_args; i++)
		strbuf_addf(out, "%s%s: 0x%%08lx", i ? ", " : "", call->args[i].name);
	strbuf_addc(out, '"');
	for (u32 i = 0; i < call->nr_args; i++)
		strbuf_addf(out, ", ((unsigned long)(REC->%s))", call->args[i].name);
	strbuf_addc(out, '\n');
}

void event_add_format(u32 id, struct strbuf *out)
{
	const struct event_desc *desc = desc_of(id);
	const struct syscall_desc *call;
	bool enter = false;

	if (!event_exists(id))
		return;
	strbuf_adds(out, "name: ");
	event_add_name(id, out);
	strbuf_addf(out, "\nID: %u\nformat:\n", id);
	add_field(out, "unsigned short", "common_type", 0, 2, false);
	add_field(out, "unsigned char", "common_flags", 2, 1, false);
	add_field(out, "unsigned char", "common_preempt_count", 3, 1, false);
	add_field(out, "int", "common_pid", 4, 4, true);
	strbuf_addc(out, '\n');
	if (desc) {
		for (u32 i = 0; i < EVENT_FIELDS_MAX && desc->fields[i].decl; i++)
			add_field(out, desc->fields[i].decl, "", desc->fields[i].off, desc->fields[i].size,
				  desc->fields[i].is_signed);
		strbuf_addf(out, "\nprint fmt: %s\n", desc->print);
		return;
	}
	call = syscall_of(id, &enter);
	add_field(out, "int", "__syscall_nr", 8, 4, true);
	if (enter) {
		add_enter_format(call, out);
	} else {
		add_field(out, "long", "ret", 16, 8, true);
		strbuf_adds(out, "\nprint fmt: \"0x%lx\", REC->ret\n");
	}
}

u32 event_record_size(u32 id)
{
	const struct event_desc *desc = desc_of(id);
	bool enter;
	const struct syscall_desc *call = syscall_of(id, &enter);
	u32 size = 0;

	if (call)
		return !enter ? 24 : call->nr_args ? 16 + 8 * call->nr_args : 12;
	for (u32 i = 0; desc && i < EVENT_FIELDS_MAX && desc->fields[i].decl; i++)
		size = desc->fields[i].off + desc->fields[i].size;
	return size;
}

u32 event_next(u32 id)
{
	while (++id < EVENT_ID_MAX)
		if (event_exists(id))
			return id;
	return 0;
}

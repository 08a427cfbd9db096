/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/process/tree.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

static int keep(void *ctx, const void *data, size_t size)
{
	struct tree *t = ctx;

	check(size >= sizeof(struct event));
	if (!(t->count & (t->count - 1))) /* room for the next power of two */
		t->events = reallocarray(t->events, t->count ? 2 * t->count : 1, sizeof(*t->events));
	check(t->events);
	memcpy(&t->events[t->count++], data, sizeof(*t->events));
	return 0;
}

static bool named(const char *programs, const char *name, char *target, size_t size)
{
	size_t len = strlen(name);

	for (const char *p = programs; (p = strstr(p, name)); p += len) {
		if ((p != programs && p[-1] != ' ') || (p[len] && p[len] != ' ' && p[len] != '='))
			continue;
		snprintf(target, size, "%.*s", p[len] == '=' ? (int)strcspn(p + len + 1, " ") : 0, p + len + 1);
		return true;
	}
	return false;
}

struct skep_link *tree_attach(struct tree *t, const char *program, const char *target)
{
	struct skep_attach_opts opts = {.sz = sizeof(opts), .target = target && *target ? target : NULL};
	struct skep_link *link = skep_program_attach(skep_object_find_program(t->obj, program), &opts, t->err);

	if (!link)
		fprintf(stderr, "# %s\n", skep_error_text(t->err));
	check(link);
	return link;
}

void tree_init(struct tree *t, const char *programs)
{
	struct skep_program *prog = NULL;
	char target[64];

	memset(t, 0, sizeof(*t));
	t->err = skep_error_new();
	t->engine = skep_engine_new(NULL);
	check(t->engine);
	t->door = skep_door_engine(t->engine);
	t->obj = skep_object_open_file(FIXTURES "/tree.bpf.o", NULL, t->err);
	check(t->obj);
	while ((prog = skep_object_next_program(t->obj, prog)))
		skep_program_set_autoload(prog, named(programs, skep_program_name(prog), target, sizeof(target)));
	if (skep_object_load(t->obj, t->door, NULL, t->err)) {
		fprintf(stderr, "# %s\n%s\n", skep_error_text(t->err), skep_error_log(t->err));
		check(!"loaded");
	}
	while ((prog = skep_object_next_program(t->obj, prog)))
		if (named(programs, skep_program_name(prog), target, sizeof(target)) && strcmp(target, "-"))
			tree_attach(t, skep_program_name(prog), target);
}

void tree_begin(struct tree *t, char *const *argv)
{
	t->process = skep_process_new(t->engine, argv);
	check(t->process);
	t->root = skep_process_pid(t->process);
}

void tree_finish(struct tree *t)
{
	struct skep_ring_buffer *rb = skep_ring_buffer_new(t->door);

	check_eq(skep_process_run(t->process, &t->status, NULL, NULL), 0);
	skep_process_free(t->process);
	check_eq(skep_ring_buffer_add(rb, skep_map_fd(skep_object_find_map(t->obj, "events")), keep, t), 0);
	check(skep_ring_buffer_consume(rb) >= 0);
	skep_ring_buffer_free(rb);
}

void tree_run(struct tree *t, char *const *argv)
{
	tree_begin(t, argv);
	tree_finish(t);
}

char *const *act_argv(const char *act)
{
	static char self[4096], name[64];
	static char option[] = "--act", *argv[] = {self, option, name, NULL};
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	check(n > 0);
	setenv("ASAN_OPTIONS", "detect_leaks=0", 1); /* it wants ptrace(2) for itself */
	self[n] = '\0';
	snprintf(name, sizeof(name), "%s", act);
	return argv;
}

void tree_act(struct tree *t, const char *programs, const char *act)
{
	tree_init(t, programs);
	tree_run(t, act_argv(act));
}

static bool is(const struct event *e, enum event_kind kind, const char *text)
{
	return e->kind == kind && (!text || (e->text_len > 0 && !strcmp(e->text, text)));
}

size_t tree_count(const struct tree *t, enum event_kind kind, const char *text)
{
	size_t n = 0;

	for (size_t i = 0; i < t->count; i++)
		n += is(&t->events[i], kind, text);
	return n;
}

const struct event *tree_one(const struct tree *t, enum event_kind kind, const char *text)
{
	if (tree_count(t, kind, text) != 1) {
		fprintf(stderr, "# %zu events of kind %d with text %s\n", tree_count(t, kind, text), kind, text ? text : "(any)");
		check(!"one event");
	}
	for (size_t i = 0;; i++)
		if (is(&t->events[i], kind, text))
			return &t->events[i];
}

const struct event *tree_nth(const struct tree *t, enum event_kind kind, size_t n)
{
	for (size_t i = 0; i < t->count; i++)
		if (is(&t->events[i], kind, NULL) && !n--)
			return &t->events[i];
	check(!"so many events");
	return NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests of the process source: an engine in the test's process, programs of tree.bpf.c on its hooks, a command under it. */
#ifndef TESTS_PROCESS_TREE_H
#define TESTS_PROCESS_TREE_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <skep/engine.h>
#include <skep/skep.h>
#include <skep/source.h>

#include "tests/fixtures/tree.h"

#define check(cond)                                                                                                            \
	do {                                                                                                                   \
		if (!(cond)) {                                                                                                 \
			fprintf(stderr, "# %s:%d: not so: %s\n", __FILE__, __LINE__, #cond);                                   \
			_Exit(1);                                                                                              \
		}                                                                                                              \
	} while (0)
#define check_eq(a, b)                                                                                                         \
	do {                                                                                                                   \
		long long a_ = (long long)(a), b_ = (long long)(b);                                                            \
		if (a_ != b_) {                                                                                                \
			fprintf(stderr, "# %s:%d: %s is %lld, not %lld\n", __FILE__, __LINE__, #a, a_, b_);                    \
			_Exit(1);                                                                                              \
		}                                                                                                              \
	} while (0)
#define check_str(a, b)                                                                                                        \
	do {                                                                                                                   \
		if (strcmp(a, b)) {                                                                                            \
			fprintf(stderr, "# %s:%d: %s is '%s', not '%s'\n", __FILE__, __LINE__, #a, a, b);                      \
			_Exit(1);                                                                                              \
		}                                                                                                              \
	} while (0)

#define MARK "/skep-mark/"

struct tree {
	struct skep_engine *engine;
	struct skep_door *door;
	struct skep_object *obj;
	struct skep_error *err;
	struct skep_process *process;
	pid_t root;
	int status;
	struct event *events;
	size_t count;
};

/*
 * Load the programs named in `programs`, separated by blanks, and attach them; NAME=TARGET attaches to another place than the
 * section's.
 */
void tree_init(struct tree *t, const char *programs);
struct skep_link *tree_attach(struct tree *t, const char *program, const char *target);
/* Run the command to its end; its events are in t->events. */
void tree_run(struct tree *t, char *const *argv);
/* The same in two steps. */
void tree_begin(struct tree *t, char *const *argv);
void tree_finish(struct tree *t);
/* tree_init, then this program in the role of that act (acts.c). */
void tree_act(struct tree *t, const char *programs, const char *act);
char *const *act_argv(const char *act);

/* How many events of that kind; with text non-NULL, those whose text is this. */
size_t tree_count(const struct tree *t, enum event_kind kind, const char *text);
/* The only one of that kind (and text); the test fails when there are none or more. */
const struct event *tree_one(const struct tree *t, enum event_kind kind, const char *text);
/* The n-th, from 0. */
const struct event *tree_nth(const struct tree *t, enum event_kind kind, size_t n);
/* The one event of a mark that an act left. */
#define tree_mark(t, name) tree_one(t, SYS_ENTER, MARK name)

/* Exit status of the act. */
int act_main(const char *name);

#endif

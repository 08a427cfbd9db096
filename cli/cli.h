/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line: what every noun and verb shares. A noun is one file that ends in one table of its verbs; cli/nouns.def lists
 * them. Results go to stdout; errors are one line on stderr that names the object, the place and the way out.
 */
#ifndef SKEP_CLI_H
#define SKEP_CLI_H

#include <skep/skep.h>
#include <stdbool.h>

#include "common/util/strbuf.h"
#include "common/util/util.h"

enum cli_engine { ENGINE_USER, ENGINE_KERNEL };

struct cli {
	enum cli_engine engine;
	pid_t instance;     /* --instance: process whose engine is meant; 0: the newest */
	bool json;          /* -j, -p */
	bool pretty;        /* -p */
	bool verbose;       /* -d */
	bool no_mount;      /* -n */
	struct skep_door *door; /* opened on first use by cli_door(); freed by main */
	struct skep_engine *own_engine; /* when no instance is wanted: an engine of this process */
};

/* The rest of the command line: verbs take words from the front. */
struct args {
	int argc;
	char **argv;
	const char *noun; /* for messages and usage */
};

struct verb {
	const char *name;
	int (*run)(struct cli *cli, struct args *args); /* exit status */
	const char *usage;                              /* what follows the verb's name */
};

struct noun {
	const char *name;
	const struct verb *verbs; /* ends with a NULL name; the first is the default */
	const char *help;         /* one line */
};

/* Everything that goes wrong ends here: "skep: TEXT" on stderr (or {"error": TEXT} with -j). Returns `status`. */
int cli_fail(struct cli *cli, int status, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The library's explanation, and the compiler's or verifier's text below it. Returns its status. */
int cli_fail_error(struct cli *cli, const struct skep_error *err);
int cli_usage(struct cli *cli, const struct args *args, const struct verb *verb);

/* The engine's door: the kernel's, or the newest (or named) instance's. NULL after a message; *status is the exit status. */
struct skep_door *cli_door(struct cli *cli, int *status);
/* For commands that leave nothing behind: the kernel's door, or that of an engine of this process's own. As cli_door. */
struct skep_door *cli_own_door(struct cli *cli, int *status);

static inline const char *args_peek(const struct args *args)
{
	return args->argc > 0 ? args->argv[0] : NULL;
}
static inline const char *args_take(struct args *args)
{
	if (args->argc <= 0)
		return NULL;
	args->argc--;
	return *args->argv++;
}
/* Take the word when it is (an abbreviation of) `word`. */
bool args_is(struct args *args, const char *word);
/* Whether `word` is `full` or the beginning of it. */
bool is_prefix(const char *word, const char *full);
/* A whole unsigned number (decimal, 0x, 0); false otherwise. */
bool parse_u64(const char *text, u64 *value);
bool parse_u32(const char *text, u32 *value);

/* Names of program, map, attach and link types as tools print them; "unknown" otherwise, or -1. */
const char *prog_type_name(u32 type);
const char *map_type_name(u32 type);
const char *attach_type_name(u32 type);
const char *link_type_name(u32 type);
int map_type_of_name(const char *name);
int prog_type_of_name(const char *name);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* skep [OPTIONS] OBJECT {COMMAND}: options that all share, then one noun's verb. */
#include <getopt.h>
#include <skep/engine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/instance.h"

#define NOUN(name) extern const struct noun noun_##name;
#include "cli/nouns.def"
#undef NOUN

static const struct noun *const nouns[] = {
#define NOUN(name) &noun_##name,
#include "cli/nouns.def"
#undef NOUN
};

static void print_help(FILE *out)
{
	fputs("usage: skep [--engine user|kernel] [--instance PID] [-j|-p] OBJECT {COMMAND}\n\n", out);
	for (size_t i = 0; i < ARRAY_SIZE(nouns); i++)
		fprintf(out, "  %-8s %s\n", nouns[i]->name, nouns[i]->help);
	fputs("  version  print the version\n"
	      "  help     print this; `skep OBJECT help` lists an object's commands\n\n"
	      "The engine is the user engine unless --engine or SKEP_ENGINE says kernel. Objects and commands may be abbreviated.\n"
	      "Exit status: 0 done, 1 failed, 2 usage, 3 bad object, 4 refused by the verifier, 5 could not attach.\n",
	      out);
}

static int noun_help(const struct noun *noun)
{
	printf("usage:\n");
	for (const struct verb *v = noun->verbs; v->name; v++)
		printf("  skep %s %s%s%s\n", noun->name, v->name, *v->name && *v->usage ? " " : "", v->usage);
	return SKEP_OK;
}

/* A noun whose only verb has no name takes all its words as arguments (run, check). */
static int run_noun(struct cli *cli, const struct noun *noun, struct args *args)
{
	const char *word = args_peek(args);

	args->noun = noun->name;
	if (word && (!strcmp(word, "help") || (!strcmp(word, "--help") && !*noun->verbs[0].name)))
		return noun_help(noun);
	if (!*noun->verbs[0].name)
		return noun->verbs[0].run(cli, args);
	if (!word)
		return noun->verbs[0].run(cli, args);
	for (const struct verb *v = noun->verbs; v->name; v++) {
		if (is_prefix(word, v->name)) {
			args_take(args);
			return v->run(cli, args);
		}
	}
	return cli_fail(cli, SKEP_USAGE, "%s: no command '%s' (skep %s help lists them)", noun->name, word, noun->name);
}

static int dispatch(struct cli *cli, struct args *args)
{
	const char *word = args_take(args);

	if (!word) {
		print_help(stderr);
		return SKEP_USAGE;
	}
	for (size_t i = 0; i < ARRAY_SIZE(nouns); i++)
		if (is_prefix(word, nouns[i]->name))
			return run_noun(cli, nouns[i], args);
	if (is_prefix(word, "help")) {
		print_help(stdout);
		return SKEP_OK;
	}
	if (is_prefix(word, "version")) {
		printf(cli->json ? "{\"version\":\"%s\"}\n" : "skep v%s\n", skep_version());
		return SKEP_OK;
	}
	return cli_fail(cli, SKEP_USAGE, "no object or command '%s' (skep help lists them)", word);
}

static bool set_engine(struct cli *cli, const char *name)
{
	if (!strcmp(name, "user"))
		cli->engine = ENGINE_USER;
	else if (!strcmp(name, "kernel"))
		cli->engine = ENGINE_KERNEL;
	else
		return false;
	return true;
}

/* SKEP_ENGINE, or what the command is called by: as bpftool it speaks to the kernel, as bpftool does. */
static int default_engine(struct cli *cli, const char *argv0)
{
	const char *env = getenv("SKEP_ENGINE");
	const char *slash = strrchr(argv0, '/');

	if (!strcmp(slash ? slash + 1 : argv0, "bpftool"))
		cli->engine = ENGINE_KERNEL;
	if (env && *env && !set_engine(cli, env))
		return cli_fail(cli, SKEP_USAGE, "SKEP_ENGINE is '%s'; it is user or kernel", env);
	return SKEP_OK;
}

enum { OPT_ENGINE = 256, OPT_INSTANCE };

static const struct option options[] = {
	{"engine", required_argument, NULL, OPT_ENGINE},
	{"instance", required_argument, NULL, OPT_INSTANCE},
	{"json", no_argument, NULL, 'j'},
	{"pretty", no_argument, NULL, 'p'},
	{"bpffs", no_argument, NULL, 'f'},
	{"debug", no_argument, NULL, 'd'},
	{"nomount", no_argument, NULL, 'n'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0},
};

/* *done: an option was all there was to do, with the status returned. */
static int parse_options(struct cli *cli, int argc, char **argv, bool *done)
{
	int opt;
	u32 pid;

	opterr = 0;
	while ((opt = getopt_long(argc, argv, "+:jpfdhVnmL", options, NULL)) != -1) {
		switch (opt) {
		case OPT_ENGINE:
			if (!set_engine(cli, optarg))
				return cli_fail(cli, SKEP_USAGE, "--engine is user or kernel, not '%s'", optarg);
			break;
		case OPT_INSTANCE:
			if (!parse_u32(optarg, &pid))
				return cli_fail(cli, SKEP_USAGE, "--instance wants a process id, not '%s'", optarg);
			cli->instance = (pid_t)pid;
			break;
		case 'p':
			cli->pretty = true;
			cli->json = true;
			break;
		case 'j':
			cli->json = true;
			break;
		case 'd':
			cli->verbose = true;
			break;
		case 'n':
			cli->no_mount = true;
			break;
		/* bpftool's --bpffs, --mapcompat and --use-loader: nothing to do here */
		case 'f':
		case 'm':
		case 'L':
			break;
		case 'h':
			print_help(stdout);
			*done = true;
			return SKEP_OK;
		case 'V':
			printf("skep v%s\n", skep_version());
			*done = true;
			return SKEP_OK;
		case ':':
			return cli_fail(cli, SKEP_USAGE, "option '%s' wants an argument", argv[optind - 1]);
		default:
			return cli_fail(cli, SKEP_USAGE, "no option '%s' (skep help)", argv[optind - 1]);
		}
	}
	return SKEP_OK;
}

int main(int argc, char **argv)
{
	struct cli cli = {0};
	struct args args;
	bool done = false;
	int status;

	if (argc)
		process_title = (struct process_title){
			.start = argv[0],
			.size = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) + 1 - argv[0]),
		};
	status = default_engine(&cli, argc ? argv[0] : "skep");
	if (!status)
		status = parse_options(&cli, argc, argv, &done);
	if (status || done)
		return status;
	args = (struct args){.argc = argc - optind, .argv = argv + optind};
	status = dispatch(&cli, &args);
	skep_door_free(cli.door);
	if (cli.own_engine)
		skep_engine_free(cli.own_engine);
	if (fflush(stdout) && !status)
		status = cli_fail(&cli, SKEP_FAILED, "cannot write the output: %m");
	return status;
}

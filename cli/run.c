/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * skep run FILE [OPTIONS] [-- COMMAND ...]: compile if it is C, load, attach, run the command (or until Ctrl-C), print what the
 * programs emit, then summarise.
 */
#include "cli/mount.h"
#include "cli/run.h"

#include <errno.h>
#include <net/if.h>
#include <skep/door.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/uapi/bpf.h"

#define USAGE                                                                                                                  \
	"FILE [--pcap IN [--pcap-out OUT] [--repeat N]] [--iface NAME] [--pages N] [--entries N] [--quiet] [-I DIR] [-D NAME] "  \
	"[-- COMMAND ...]"

static int usage(struct run *run, const char *problem, const char *word)
{
	return cli_fail(run->cli, SKEP_USAGE, "run: %s%s%s (usage: skep run %s)", problem, word ? " " : "", word ? word : "", USAGE);
}

struct run_option {
	const char *name;
	const char **text; /* either */
	u32 *number;
};

static int take_option(struct run *run, struct args *args, const struct run_option *o)
{
	const char *value = args_take(args);

	if (!value)
		return usage(run, "an argument is missing behind", o->name);
	if (o->text)
		*o->text = value;
	else if (!parse_u32(value, o->number))
		return usage(run, "not a number:", value);
	return SKEP_OK;
}

static int parse_run(struct run *run, struct args *args)
{
	const struct run_option options[] = {
		{"--pcap", &run->pcap, NULL},     {"--pcap-out", &run->pcap_out, NULL}, {"--iface", &run->iface, NULL},
		{"--repeat", NULL, &run->repeat}, {"--pages", NULL, &run->pages},       {"--entries", NULL, &run->map_entries},
	};
	const char *word;

	while ((word = args_take(args))) {
		const struct run_option *o = NULL;
		int status = SKEP_OK;

		if (!strcmp(word, "--")) {
			if (!args->argc)
				return usage(run, "no command behind --", NULL);
			run->command = args->argv;
			break;
		}
		for (size_t i = 0; i < ARRAY_SIZE(options) && !o; i++)
			if (!strcmp(word, options[i].name))
				o = &options[i];
		if (o)
			status = take_option(run, args, o);
		else if (!strcmp(word, "--quiet"))
			run->quiet = true;
		else if (!strncmp(word, "-I", 2) || !strncmp(word, "-D", 2))
			status = object_flags_add(&run->flags, word, args) ? SKEP_OK : usage(run, "cannot take flag", word);
		else if (*word == '-')
			return usage(run, "no option", word);
		else if (run->file)
			return usage(run, "one FILE only; a command comes behind --:", word);
		else
			run->file = word;
		if (status)
			return status;
	}
	if (!run->file)
		return usage(run, "no FILE", NULL);
	if (run->pcap && run->command)
		return usage(run, "--pcap and a command do not go together", NULL);
	if (run->pcap_out && !run->pcap)
		return usage(run, "--pcap-out without --pcap", NULL);
	return SKEP_OK;
}

/* Compile if it is C; open. */
static int open_object(struct run *run)
{
	struct object_file file;

	if (object_file_prepare(&file, run->file, &run->flags, run->err))
		return cli_fail_error(run->cli, run->err);
	run->obj = object_file_open(&file, run->err);
	object_file_free(&file);
	return run->obj ? SKEP_OK : cli_fail_error(run->cli, run->err);
}

static int open_engine(struct run *run)
{
	struct instance_job job = {.argv = run->command, .pcap = run->pcap, .pcap_out = run->pcap_out, .repeat = run->repeat};
	char path[512], why[512];
	int err;

	if (run->cli->engine == ENGINE_KERNEL) {
		cli_mount_tracefs(run->cli);
		run->door = run->cli->door = skep_door_kernel();
		return run->door ? SKEP_OK : cli_fail(run->cli, SKEP_FAILED, "kernel engine: %m");
	}
	job.kind = run->command ? JOB_COMMAND : run->pcap ? JOB_PCAP : JOB_NONE;
	err = instance_start(&run->instance, &job, path, sizeof(path), why, sizeof(why));
	if (err)
		return cli_fail(run->cli, SKEP_FAILED, "%s", why);
	run->door = run->cli->door = skep_door_connect(path);
	return run->door ? SKEP_OK : cli_fail(run->cli, SKEP_FAILED, "user engine: cannot connect to %s: %m", path);
}

/* run_cnt and run_time_ns of programs count while this descriptor is open. */
static void enable_stats(struct run *run)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.enable_stats.type = BPF_STATS_RUN_TIME;
	run->stats_fd = skep_bpf(run->door, BPF_ENABLE_STATS, &attr, sizeof(attr.enable_stats));
}

static int load_object(struct run *run)
{
	if (skep_object_load(run->obj, run->door, NULL, run->err))
		return cli_fail_error(run->cli, run->err);
	return SKEP_OK;
}

/* Where an XDP program goes: the interface that was named, or the one that the capture's packets come in by. */
static int xdp_target(struct run *run, const struct skep_program *prog, struct skep_attach_opts *opts)
{
	if (run->iface && run->cli->engine == ENGINE_USER)
		return cli_fail(run->cli, SKEP_NOT_ATTACHED, "%s: the user engine has no interface '%s': give it a capture (--pcap FILE), or take the kernel "
				"engine (--engine kernel)", skep_program_name(prog), run->iface);
	if (run->iface) {
		opts->ifindex = if_nametoindex(run->iface);
		if (!opts->ifindex)
			return cli_fail(run->cli, SKEP_NOT_ATTACHED, "%s: no interface '%s'", skep_program_name(prog), run->iface);
		return SKEP_OK;
	}
	if (run->pcap) {
		opts->ifindex = PCAP_IFINDEX;
		return SKEP_OK;
	}
	return cli_fail(run->cli, SKEP_NOT_ATTACHED, "%s: an XDP program wants packets: --pcap FILE, or --iface NAME with the kernel engine",
			skep_program_name(prog));
}

static int attach_one(struct run *run, const struct skep_program *prog)
{
	struct skep_attach_opts opts = {.sz = sizeof(opts)};
	struct skep_link *link;
	int status;

	if (skep_program_type(prog) == BPF_PROG_TYPE_XDP) {
		if (run->pcap && run->cli->engine == ENGINE_KERNEL)
			return SKEP_OK; /* goes through TEST_RUN */
		if (run->xdp) {
			fprintf(stderr, "skep: program %s: loaded, not attached: %s is on the device already\n", skep_program_name(prog),
				skep_program_name(run->xdp));
			return SKEP_OK;
		}
		run->xdp = prog;
		status = xdp_target(run, prog, &opts);
		if (status)
			return status;
	}
	if (run->link_cnt == RUN_MAX_LINKS)
		return cli_fail(run->cli, SKEP_NOT_ATTACHED, "%s: more than %d programs to attach", run->file, RUN_MAX_LINKS);
	link = skep_program_attach(prog, &opts, run->err);
	if (!link)
		return cli_fail_error(run->cli, run->err);
	run->links[run->link_cnt++] = link;
	return SKEP_OK;
}

static int attach_all(struct run *run)
{
	struct skep_program *prog = NULL;
	int status, attached = 0, left_alone = 0;

	if (!skep_object_next_program(run->obj, NULL))
		return cli_fail(run->cli, SKEP_BAD_OBJECT, "%s: no program in it", run->file);
	while ((prog = skep_object_next_program(run->obj, prog))) {
		if (!skep_program_autoload(prog))
			continue;
		if (!skep_program_autoattach(prog)) {
			left_alone++;
			continue;
		}
		status = attach_one(run, prog);
		if (status)
			return status;
		attached++;
	}
	if (!attached)
		return cli_fail(run->cli, SKEP_NOT_ATTACHED, "%s: no program in it that can be attached by its section's name%s", run->file,
				left_alone ? " (a section such as tp/syscalls/sys_enter_execve says where)" : "");
	return SKEP_OK;
}

static int begin_job(struct run *run)
{
	int err;

	if (run->cli->engine == ENGINE_USER) {
		err = instance_go(&run->instance);
		return err ? cli_fail(run->cli, SKEP_FAILED, "the user engine is gone: %s", strerror(-err)) : SKEP_OK;
	}
	if (!run->command)
		return SKEP_OK;
	err = skep_spawn(&run->spawn, run->command);
	if (err)
		return cli_fail(run->cli, err == -ENOENT ? 127 : 126, "%s: %s", run->command[0],
				err == -ENOENT ? "command not found" : strerror(-err));
	run->spawned = true;
	run->command_pid = run->spawn.pid;
	err = skep_spawn_open(&run->spawn, NULL);
	if (!err)
		err = skep_spawn_result(&run->spawn);
	if (err)
		return cli_fail(run->cli, 126, "%s: %s", run->command[0], strerror(-err));
	return SKEP_OK;
}

/* Everything in order; an exit status of skep's own. */
static int course(struct run *run)
{
	int status = open_object(run);

	if (!status)
		status = open_engine(run);
	if (status)
		return status;
	enable_stats(run);
	status = load_object(run);
	if (!status)
		status = run_open_buffers(run);
	if (!status)
		status = attach_all(run);
	if (status)
		return status;
	if (run->pcap && run->cli->engine == ENGINE_KERNEL) {
		status = run_pcap_by_test(run);
	} else {
		status = begin_job(run);
		if (!status)
			status = run_events(run);
	}
	if (status)
		return status;
	run_drain(run);
	run_summary(run);
	return SKEP_OK;
}

static void let_go(struct run *run)
{
	for (u32 i = 0; i < run->link_cnt; i++)
		skep_link_destroy(run->links[i]);
	run_close_buffers(run);
	if (run->stats_fd >= 0)
		close(run->stats_fd);
	skep_object_close(run->obj);
	skep_error_free(run->err);
	skep_door_free(run->cli->door);
	run->cli->door = NULL;
	instance_release(&run->instance);
}

/* The command's own status, as a shell would pass it on. */
static int passed_on(const struct run *run)
{
	if (run->command && run->done)
		return WIFEXITED(run->status) ? WEXITSTATUS(run->status) : 128 + WTERMSIG(run->status);
	return run->command && run->interrupted ? 128 + run->interrupted : SKEP_OK;
}

static int do_run(struct cli *cli, struct args *args)
{
	struct run *run = calloc(1, sizeof(*run));
	int status;

	if (!run || !(run->err = skep_error_new())) {
		free(run);
		return cli_fail(cli, SKEP_FAILED, "out of memory");
	}
	run->cli = cli;
	run->stats_fd = run->signals = run->instance.control = -1;
	run->map_entries = 32;
	status = parse_run(run, args);
	if (!status)
		status = course(run);
	let_go(run);
	if (!status)
		status = passed_on(run);
	free(run);
	return status;
}

static const struct verb verbs[] = {{"", do_run, USAGE}, {0}};
const struct noun noun_run = {"run", verbs, "compile, load, attach and run; print what the programs emit"};

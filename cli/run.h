/* SPDX-License-Identifier: BSD-2-Clause */
/* One `skep run`: what its parts (run.c: the course, run_events.c: what comes in, run_summary.c: what is said at the end) share. */
#ifndef SKEP_CLI_RUN_H
#define SKEP_CLI_RUN_H

#include <signal.h>

#include "cli/instance.h"
#include "cli/object_file.h"
#include "common/util/json.h"

#define RUN_MAX_LINKS 256
#define RUN_MAX_BUFFERS 64

struct run;

/* A map that sends records, and what they are called. */
struct run_buffer {
	struct run *run;
	struct skep_map *map;
	struct skep_perf_buffer *perf; /* NULL: one of the ring buffers */
	u64 records;
};

struct run {
	struct cli *cli;
	struct skep_error *err;

	/* what was asked for */
	const char *file;
	char **command; /* NULL: until Ctrl-C */
	const char *pcap, *pcap_out, *iface;
	u32 repeat, pages;
	u32 map_entries; /* how many elements of a map the summary shows */
	bool quiet;      /* no records, only the summary */
	struct object_flags flags;

	struct skep_object *obj;
	struct skep_door *door;
	struct instance instance;
	struct skep_spawn spawn; /* kernel engine: the command */
	bool spawned;
	int stats_fd;
	struct skep_link *links[RUN_MAX_LINKS];
	u32 link_cnt;
	const struct skep_program *xdp; /* the one on the device */

	struct skep_ring_buffer *rings;
	struct run_buffer buffers[RUN_MAX_BUFFERS];
	u32 buffer_cnt;
	struct skep_trace_pipe *trace;
	int signals; /* signalfd */
	sigset_t old_mask;

	/* how it went */
	pid_t command_pid;
	bool done;
	int interrupted;  /* signal that ended it, or 0 */
	int status;       /* of the command, as waitpid(2) gives it */
	bool have_pcap;
	struct skep_pcap_stats pcap_stats;
	u32 unknown_records;
};

/* Set up readers of all buffers; an exit status. */
int run_open_buffers(struct run *run);
/* Print what comes in until the job is done or a signal ends it; an exit status. */
int run_events(struct run *run);
/* What is still in the buffers. */
void run_drain(struct run *run);
void run_close_buffers(struct run *run);
void run_summary(struct run *run);
/* Send a capture through the program by BPF_PROG_TEST_RUN, where no instance does it; an exit status. */
int run_pcap_by_test(struct run *run);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An instance: the process that holds a user engine, its sources and its socket, while the `skep run` that started it is a client
 * like any other. It is a process of its own for two reasons: the tracer of a process tree must outlive whoever looks at it
 * (the tree's seccomp filter needs an answer for as long as the tree lives), and what is looked at from another terminal must
 * not depend on what the first is doing.
 *
 * When its starter is gone (even by SIGKILL) it is no longer listed, its programs are detached, and it does nothing more but keep
 * the traced tree running until that ends.
 */
#ifndef SKEP_CLI_INSTANCE_H
#define SKEP_CLI_INSTANCE_H

#include <skep/source.h>

#include "cli/cli.h"

enum job_kind { JOB_NONE, JOB_COMMAND, JOB_PCAP };

struct instance_job {
	enum job_kind kind;
	char *const *argv;  /* JOB_COMMAND */
	const char *pcap, *pcap_out;
	u32 repeat;
};

#define PCAP_IFINDEX 2 /* of the device whose packets a capture holds; 1 is the loopback device */

enum report_kind {
	REPORT_READY,   /* the engine listens at `text` */
	REPORT_STARTED, /* the command runs: pid */
	REPORT_DONE,    /* the job has ended: wait status, or what the capture did */
	REPORT_FAILED,  /* err, text: the job could not be done */
};

struct instance_report {
	enum report_kind kind;
	int err; /* negative errno */
	int status;
	pid_t pid;
	struct skep_pcap_stats pcap;
	char text[512];
};

struct instance {
	pid_t pid;
	int control; /* readable when there is a report */
};

/* Fork it and wait until it listens; its socket's path into path. The caller must have one thread only. 0, or -errno and a line in
 * why. */
int instance_start(struct instance *in, const struct instance_job *job, char *path, size_t path_size, char *why, size_t why_size);
/* Begin the job. */
int instance_go(struct instance *in);
/* The next report; false when the instance is gone. */
bool instance_read(struct instance *in, struct instance_report *report);
/* Let go of it. It ends by itself once nothing needs it. */
void instance_release(struct instance *in);

/* The command's own words in memory, which the instance overwrites with a title of its own. Set by main. */
extern struct process_title {
	char *start;
	size_t size;
} process_title;

#endif

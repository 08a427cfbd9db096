/* SPDX-License-Identifier: BSD-2-Clause */
/* Attaching: one function a family of hooks, named in the last column of sections.def. */
#ifndef SKEP_ATTACH_H
#define SKEP_ATTACH_H

#include <skep/skep.h>

/* A program on a hook. Its descriptors keep it there; what is attached without a descriptor is taken off by undo. */
struct skep_link {
	struct skep_door *door;
	int fd;       /* the link, or the perf event that the program is on; -1 */
	int event_fd; /* the perf event that a link is of; -1 */
	int prog_fd, target_fd; /* for undo: owned */
	uint32_t attach_type;
	void (*undo)(struct skep_link *link);
	char *target;
};

typedef struct skep_link *attach_fn(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err);
/* opts is never NULL here, and of this version's size. */
attach_fn attach_none, attach_tracepoint, attach_raw_tracepoint, attach_tracing, attach_iter, attach_freplace, attach_kprobe, attach_ksyscall,
	attach_uprobe, attach_perf_event, attach_xdp, attach_tcx, attach_netkit, attach_cgroup, attach_netns, attach_sockmap, attach_socket,
	attach_reuseport, attach_lirc;

/* What the program is to be attached to: opts->target, set_attach_target, or what follows the section's prefix; "" for none. */
const char *attach_target(const struct skep_program *prog, const struct skep_attach_opts *opts);
/* A link without descriptors, of that target (copied); NULL with its error line. */
struct skep_link *attach_link_new(const struct skep_program *prog, const char *target, struct skep_error *err);
/* The program's error line ("hello.bpf.o: program hello: tp/...: why"), with errno set; destroys the link (may be NULL); returns NULL. */
struct skep_link *attach_fail(struct skep_link *link, const struct skep_program *prog, struct skep_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));
/* Put the program on an open perf event: by a link, or by ioctl where there are none. Takes the event over also when it fails. */
struct skep_link *attach_event(struct skep_link *link, int event_fd, const struct skep_program *prog, const struct skep_attach_opts *opts,
				struct skep_error *err);

#endif

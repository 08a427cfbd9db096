/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sources: they feed an engine's hooks (hook.h) with real events and need no privilege by themselves.
 */
#ifndef SKEP_SOURCE_H
#define SKEP_SOURCE_H

#include <skep/engine.h>
#include <skep/hook.h>

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * A command about to be run: forked, waiting at a gate before its execve. The path is resolved once, so that exactly one execve(2)
 * happens. With a seccomp filter given, the child installs it at the gate (no_new_privs is set unless it may do without).
 */
struct skep_spawn {
	pid_t pid;
	int gate;       /* write end: closing or writing opens the gate */
	int failure;    /* read end: the child's errno as an int when execve failed; end of file when it went well */
};
struct sock_fprog;
/* 0; -ENOENT (not found in PATH), -EACCES (found, not executable), or another -errno. argv ends in NULL. */
SKEP_API int skep_spawn(struct skep_spawn *spawn, char *const *argv);
/* Open the gate; the child installs the filter (may be NULL) before its execve. */
SKEP_API int skep_spawn_open(struct skep_spawn *spawn, const struct sock_fprog *filter);
/* After the gate was opened: 0 once the command runs, or -errno of its execve. Call it only where the child can make progress. */
SKEP_API int skep_spawn_result(struct skep_spawn *spawn);

/*
 * A traced process tree. Made, run and freed by one thread (ptrace(2) knows its tracer by thread); the same thread must block
 * SIGCHLD and SIGUSR1 before it makes other threads. Only system calls that programs are attached to stop the tree.
 */
struct skep_process;

/* Fork the command, seize it, leave it at its gate. NULL with errno: as skep_spawn. */
SKEP_API struct skep_process *skep_process_new(struct skep_engine *engine, char *const *argv);
SKEP_API pid_t skep_process_pid(const struct skep_process *process);
/*
 * Open the gate and serve the tree until its last task is gone. *status is then the command's wait status (waitpid(2)).
 * exited, when given, is called with that status as soon as the command itself has ended, though descendants live on; when it
 * returns true, the rest of the tree is abandoned (below). 0, or -errno of the execve.
 */
SKEP_API int skep_process_run(struct skep_process *process, int *status, bool (*exited)(void *cookie, int status), void *cookie);
/*
 * From any thread: nobody listens any more; do nothing from now on but keep the tree running. A tracer that is needed no more
 * cannot simply go: the filter stays in the tree, and its calls would fail with ENOSYS where no tracer answers.
 */
SKEP_API void skep_process_abandon(struct skep_process *process);
SKEP_API void skep_process_free(struct skep_process *process);

/* What a capture did, as skep_pcap_run fills it in. */
struct skep_pcap_stats {
	uint64_t packets;
	uint64_t bytes;
	uint64_t verdict[6]; /* by enum xdp_action; [5]: anything else */
	uint64_t run_ns;     /* spent in the hook, for all packets together */
};

struct skep_pcap_opts {
	size_t sz;           /* sizeof(struct skep_pcap_opts) */
	const char *in;      /* capture to read, pcap or pcapng, link type Ethernet */
	const char *out;     /* capture to write what passed to (XDP_PASS, XDP_TX, XDP_REDIRECT), or NULL */
	uint32_t ifindex;    /* device that the packets came in by */
	uint32_t repeat;     /* go over the capture that many times; 0 is 1; only the first round is written to `out` */
	/* Where a packet goes: its verdict (enum xdp_action) or -errno; the packet holds what became of it. A hook that knows
	 * better than the clock around it how long it took adds to *run_ns. */
	int (*fire)(void *cookie, struct skep_packet *packet, uint64_t *run_ns);
	void *cookie;
};

/* Run a capture through a hook. 0 or -errno, with one line in err (size bytes) that names the file and place. */
SKEP_API int skep_pcap_run(const struct skep_pcap_opts *opts, struct skep_pcap_stats *stats, char *err, size_t err_size);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Embed the user engine: a kernel's BPF subsystem as a value inside a process. Everything goes through the calls that a
 * program would make to the kernel: bpf(2), perf_event_open(2), ioctl(2), mmap(2) and open(2) of the files that a kernel
 * shows. Each function returns what the system call returns, but errors as -errno instead of through errno.
 *
 * Handles are real file descriptors of this process; close them with close(2). Those of buffers (ring buffer maps, perf
 * events) can be polled: they become readable when data arrives; read(2) from them to rearm, then consume.
 */
#ifndef SKEP_ENGINE_H
#define SKEP_ENGINE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef SKEP_API
#define SKEP_API __attribute__((visibility("default")))
#endif

union bpf_attr;
struct perf_event_attr;
struct skep_engine;

struct skep_engine_opts {
	size_t sz;       /* sizeof(struct skep_engine_opts) */
	uint32_t nr_cpus; /* 0: the host's possible CPUs */
};

/* A new engine; opts may be NULL. NULL with errno on failure. */
SKEP_API struct skep_engine *skep_engine_new(const struct skep_engine_opts *opts);
/* Detaches and frees all that the engine holds. No other thread may be inside it; open handles become inert. */
SKEP_API void skep_engine_free(struct skep_engine *engine);

/* bpf(2). attr and all that it points to are this process's memory. */
SKEP_API int skep_engine_bpf(struct skep_engine *engine, int cmd, union bpf_attr *attr, unsigned int size);
/* perf_event_open(2): software, tracepoint, kprobe and BPF output events of this engine. */
SKEP_API int skep_engine_perf_event_open(struct skep_engine *engine, struct perf_event_attr *attr, pid_t pid, int cpu,
					 int group_fd, unsigned long flags);
/* ioctl(2) on an engine's handle (PERF_EVENT_IOC_*). */
SKEP_API int skep_engine_ioctl(struct skep_engine *engine, int fd, unsigned long request, unsigned long arg);
/* mmap(2) of an engine's handle: an address to be unmapped with munmap(2), or NULL with errno. */
SKEP_API void *skep_engine_mmap(struct skep_engine *engine, size_t length, int prot, int flags, int fd, off_t offset);
/* open(2) for reading of a file that a kernel would show: /sys/kernel/btf/vmlinux, tracefs (available_events, events/.../id and
 * format, trace_pipe), /sys/bus/event_source/devices/{kprobe,uprobe}/type. A file descriptor, or -ENOENT. */
SKEP_API int skep_engine_open(struct skep_engine *engine, const char *path, int flags);

/* unlink(2) of a pin (OBJ_PIN): 0 or -ENOENT. */
SKEP_API int skep_engine_unlink(struct skep_engine *engine, const char *path);

/* Release what belongs to handles that were closed (a closed link detaches here at the latest). Called by the engine itself
 * on every command other than element access; call it from an event loop when skep_engine_reap_fd() is readable. */
SKEP_API void skep_engine_reap(struct skep_engine *engine);
SKEP_API int skep_engine_reap_fd(struct skep_engine *engine); /* owned by the engine */

/*
 * Serve the engine to other processes of the same user over a Unix socket, so that `skep prog list` in another terminal sees it.
 * The protocol is common/wire.h. skep_engine_listen makes a listening socket at `path`, in a directory that only this user can enter
 * (made when it is missing), taking the place of one that a dead process left; the caller accepts from it and in the end closes and
 * unlinks it. skep_engine_serve handles one accepted connection until the other side closes it (run it in a thread of its own); the
 * caller closes it. Both return 0 / an fd or -errno; -EPERM for another user's process.
 */
SKEP_API int skep_engine_listen(struct skep_engine *engine, const char *path);
SKEP_API int skep_engine_serve(struct skep_engine *engine, int connection);

#ifdef __cplusplus
}
#endif
#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The user side: open objects, load, attach and read eBPF programs and maps, on either engine.
 */
#ifndef SKEP_H
#define SKEP_H

#ifndef SKEP_API
#define SKEP_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* "0.1.0" */
SKEP_API const char *skep_version(void);

/* Where system calls of the BPF subsystem go. */
struct skep_door;
struct skep_engine;

/* The kernel of this machine. NULL with errno. */
SKEP_API struct skep_door *skep_door_kernel(void);
/* An engine in this process (not owned). */
SKEP_API struct skep_door *skep_door_engine(struct skep_engine *engine);
/* An engine of another process, by the Unix socket that it listens on (skep_engine_listen). */
SKEP_API struct skep_door *skep_door_connect(const char *path);
SKEP_API void skep_door_free(struct skep_door *door);

#ifdef __cplusplus
}
#endif
#endif

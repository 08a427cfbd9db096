/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles: a real file descriptor stands for a reference to an object. Two kinds of descriptor:
 *  - one end of a socket pair whose other end the engine keeps: readable when the object signals data; its close is seen
 *    as a hang-up by skep_engine_reap();
 *  - a description of a map's memfd, for maps that are mapped with mmap(2) directly; its close is seen by the lock on it that
 *    vanishes (fcntl F_OFD_SETLK on the byte numbered as the handle).
 * A descriptor is recognised by (st_dev, st_ino), so dup, fork and SCM_RIGHTS keep it valid.
 */
#ifndef SKEP_HANDLE_H
#define SKEP_HANDLE_H

#include "engine/object/object.h"

struct caller;

#define HANDLE_RDONLY 1U /* BPF_F_RDONLY: no writes through it */
#define HANDLE_WRONLY 2U

/* A new handle at the caller for a reference that the handle takes over on success: descriptor number, or -errno. */
int handle_new(struct caller *caller, struct obj *obj, unsigned int flags);
/* The object behind the caller's descriptor with a reference; *flags, when given, as at handle_new.
 * NULL with errno EBADF (not open, or not ours is EINVAL as the kernel answers per kind). */
struct obj *handle_obj(struct caller *caller, int fd, enum obj_kind kind, unsigned int *flags);
/* Of any kind; EBADF when it is no handle. */
struct obj *handle_obj_any(struct caller *caller, int fd, unsigned int *flags);
/* Make every handle of the object readable (ring buffers, perf events). Callable from running programs. */
void handle_signal(struct obj *obj);

#endif

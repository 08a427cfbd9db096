/* SPDX-License-Identifier: BSD-2-Clause */
/* What the link types share when they make links. */
#ifndef SKEP_HOOKS_LINK_NEW_H
#define SKEP_HOOKS_LINK_NEW_H

#include "engine/hooks/link.h"

/* A link of a program (a reference is taken), not attached yet; NULL with errno. Dropped with obj_put(&link->obj). */
struct bpf_link *link_new(const struct link_ops *ops, struct bpf_prog *prog, enum bpf_attach_type attach_type);
/* Publish a link that is attached, and hand it to the caller: descriptor or -errno; the link is dropped on failure. */
int link_install(struct caller *caller, struct bpf_link *link);
/* detach of the link types: take the program off the hook that it was put on with the link as owner. */
void link_detach_hook(struct bpf_link *link);
/* A name for the buffer that *len bytes at ubuf are: *len becomes the name's length with its NUL. 0, -EINVAL, -ENOSPC
 * (cut), -EFAULT. */
int link_fill_name(struct caller *caller, u64 ubuf, u32 *len, const char *name);

int link_create_perf(struct caller *caller, struct bpf_prog *prog, const union bpf_attr *attr);
int link_create_xdp(struct caller *caller, struct bpf_prog *prog, const union bpf_attr *attr);
/* On the raw tracepoint of that name. */
int link_create_raw_tp(struct caller *caller, struct bpf_prog *prog, const char *name, u64 cookie);
/* tp_btf: on the tracepoint that the program was loaded for. */
int link_create_tp_btf(struct caller *caller, struct bpf_prog *prog, u64 cookie);

#endif

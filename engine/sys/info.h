/* SPDX-License-Identifier: BSD-2-Clause */
/* OBJ_GET_INFO_BY_FD's conventions: the caller says how long its struct is, gets that much, and learns the length that it got. */
#ifndef SKEP_SYS_INFO_H
#define SKEP_SYS_INFO_H

#include "engine/sys/commands.h"

/* Take over the caller's struct (pointers and lengths that it fills in), zero-extended. *len becomes the length in common. */
int info_begin(struct caller *caller, const union bpf_attr *attr, void *info, u32 info_size, u32 *len);
/* Write the struct back, and its length into the attr. */
int info_end(struct caller *caller, const union bpf_attr *attr, u64 uattr, const void *info, u32 len);

int prog_get_info(struct caller *caller, struct obj *obj, const union bpf_attr *attr, u64 uattr);

#endif

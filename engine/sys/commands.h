/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of bpf(2), one handler each, and what the handlers share. */
#ifndef SKEP_SYS_COMMANDS_H
#define SKEP_SYS_COMMANDS_H

#include <errno.h>
#include <string.h>

#include "common/uapi/bpf.h"
#include "engine/engine.h"
#include "engine/object/handle.h"
#include "engine/object/object.h"
#include "engine/sys/caller.h"

/* attr: a copy, zero beyond `size`; uattr: the caller's, for fields that the command writes. What the system call returns. */
#define BPF_COMMAND(name, value, text) \
	int cmd_##name(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size);
#include "common/uapi/commands.def"
#undef BPF_COMMAND

int sys_bpf(struct caller *caller, int cmd, u64 uattr, u32 size);
/* The name rules of maps, programs and links: NUL-terminated, letters, digits, '_' and '.', nothing behind the NUL. Its length or -EINVAL. */
int obj_name_copy(char dst[BPF_OBJ_NAME_LEN], const char src[BPF_OBJ_NAME_LEN]);
/* Bytes [expected, actual) at addr must be zero: 0, -E2BIG or -EFAULT. */
int check_tail_zero(struct caller *caller, u64 addr, u32 expected, u32 actual);
/* A new handle for a reference that is dropped on failure. */
int handle_new_or_put(struct caller *caller, struct obj *obj, unsigned int flags);

/* Write a field of the caller's attr. */
#define put_attr(caller, uattr, field, val)                                                                       \
	({                                                                                                        \
		__typeof__(((union bpf_attr *)0)->field) _v = (val);                                              \
		copy_to_caller(caller, (uattr) + offsetof(union bpf_attr, field), &_v, sizeof(_v));               \
	})

#endif

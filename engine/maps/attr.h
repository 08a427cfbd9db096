/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks of MAP_CREATE's attributes that several map types share. */
#ifndef SKEP_MAP_ATTR_H
#define SKEP_MAP_ATTR_H

#include <stdbool.h>

#include "common/uapi/bpf.h"
#include "common/util/util.h"

#define MAP_ACCESS_FLAGS (BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG)

/* Largest value of a per-CPU map: what the kernel's per-CPU allocator gives at once. */
#define MAP_PERCPU_VALUE_MAX (32U << 10)

/* Programs cannot be both forbidden to read and to write. */
static inline bool map_access_flags_ok(u32 flags)
{
	u32 both = BPF_F_RDONLY_PROG | BPF_F_WRONLY_PROG;

	return (flags & both) != both;
}

#endif

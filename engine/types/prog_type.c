/* SPDX-License-Identifier: BSD-2-Clause */
/* From a program type to its room. */
#include "engine/types/prog_type.h"

#include "engine/types/rooms.h"

const struct prog_type_ops *prog_type_ops_of(enum bpf_prog_type type)
{
	switch ((int)type) {
#define PROG_TYPE_OPS(name, ops)                                                                                       \
	case BPF_PROG_TYPE_##name:                                                                                     \
		return &ops;
#include "engine/types/types.def"
#undef PROG_TYPE_OPS
	default:
		return NULL;
	}
}

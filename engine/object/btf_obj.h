/* SPDX-License-Identifier: BSD-2-Clause */
/* A loaded BTF: BPF_BTF_LOAD's, or the engine's own vmlinux. */
#ifndef SKEP_BTF_OBJ_H
#define SKEP_BTF_OBJ_H

#include "common/btf/btf.h"
#include "engine/object/object.h"
#include "common/uapi/bpf.h"

struct btf_obj {
	struct obj obj;
	struct btf *btf;
	char name[BPF_OBJ_NAME_LEN]; /* "vmlinux", or empty */
	bool kernel;
};

static inline struct btf_obj *obj_to_btf(struct obj *obj)
{
	return container_of(obj, struct btf_obj, obj);
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Links: a program on a hook, held by descriptors and pins. The link holds a reference on its program and, when it came
 * from one, on its perf event. It detaches when the last handle and pin go, or by LINK_DETACH, and waits for runs that
 * are under way.
 */
#ifndef SKEP_HOOKS_LINK_H
#define SKEP_HOOKS_LINK_H

#include "engine/object/object.h"
#include "common/uapi/bpf.h"

struct bpf_link;
struct bpf_prog;
struct caller;

/* One a link type. */
struct link_ops {
	enum bpf_link_type type;
	/* Take the program off; called once, without the engine's lock. */
	void (*detach)(struct bpf_link *link);
	/* LINK_UPDATE: replace the program (old NULL: whatever is there); NULL: -EINVAL. 0 or -errno. */
	int (*update)(struct bpf_link *link, struct bpf_prog *prog, struct bpf_prog *old);
	bool can_detach; /* by LINK_DETACH; else -EOPNOTSUPP */
	/* The type's part of struct bpf_link_info. 0 or -errno. */
	int (*fill_info)(struct bpf_link *link, struct bpf_link_info *info, struct caller *caller);
};

struct bpf_link {
	struct obj obj;
	const struct link_ops *ops;
	struct bpf_prog *prog; /* a reference; under engine->lock where the type has update */
	enum bpf_attach_type attach_type;
	u64 cookie;
	_Atomic(struct hook *) hook; /* NULL: detached */
	struct obj *event; /* perf event, with a reference, or NULL */
	u32 key;           /* what the hook is found by: tracepoint, ifindex, … */
};

static inline struct bpf_link *obj_to_link(struct obj *obj)
{
	return container_of(obj, struct bpf_link, obj);
}

/* OBJ_GET_INFO_BY_FD of a link: info as the caller gave it (buffers for names), to be filled in. 0 or -errno. */
int link_fill_info(struct obj *link, struct bpf_link_info *info, struct caller *caller);

#endif

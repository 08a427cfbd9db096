/* SPDX-License-Identifier: BSD-2-Clause */
/* Pointers that may be null, compared with null: all of one id become null, or become pointers, together. */
#include "engine/maps/map.h"
#include "engine/verifier/rules/rules.h"

void null_lift(struct bpf_reg *reg)
{
	const struct bpf_map *map = base_type(reg->type) == PTR_TO_MAP_VALUE ? reg->map : NULL;

	if (map && map->inner_map_meta) {
		/* What is found in a map of maps is a map; the id says which one. */
		reg->type = CONST_PTR_TO_MAP;
		reg->map_uid = reg->id;
		reg->map = map->inner_map_meta;
	} else if (map && map->type == BPF_MAP_TYPE_XSKMAP) {
		reg->type = PTR_TO_XDP_SOCK;
	} else if (map && (map->type == BPF_MAP_TYPE_SOCKMAP || map->type == BPF_MAP_TYPE_SOCKHASH)) {
		reg->type = PTR_TO_SOCKET;
	} else {
		reg->type &= ~(u32)PTR_MAYBE_NULL;
	}
}

/* The id of a pointer to a value with a lock says which value it is, and stays. */
static bool has_lock(const struct bpf_reg *reg)
{
	return base_type(reg->type) == PTR_TO_MAP_VALUE && reg->map->spin_lock_off >= 0;
}

struct mark {
	u32 id;
	bool is_null;
};

static void mark_one(struct bpf_reg *reg, void *closure)
{
	const struct mark *m = closure;

	if (!type_may_be_null(reg->type) || reg->id != m->id)
		return;
	if (m->is_null) {
		reg_set_const(reg, 0);
		return;
	}
	null_lift(reg);
	if (!has_lock(reg))
		reg->id = 0;
}

void null_mark(struct verifier_state *state, u32 regno, bool is_null)
{
	const struct bpf_reg *reg = &state_regs(state)[regno];
	struct mark m = {.id = reg->id, .is_null = is_null};

	/* What was never acquired need not be released. */
	if (is_null && reg->ref_obj_id && reg->ref_obj_id == reg->id)
		state_release(state, reg->id);
	state_for_each_reg(state, mark_one, &m);
}

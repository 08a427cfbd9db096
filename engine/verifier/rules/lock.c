/* SPDX-License-Identifier: BSD-2-Clause */
/* Spin locks in map values, and references that must be given back. */
#include <errno.h>
#include <string.h>

#include "engine/maps/map.h"
#include "engine/verifier/rules/rules.h"

s32 map_lock_off(const struct verifier_env *env, const struct bpf_map *map)
{
	const struct map_fields *fields = map_fields_of(env, map);

	for (u32 i = 0; fields && i < fields->n; i++)
		if (!strcmp(fields->f[i].name, "bpf_spin_lock"))
			return (s32)fields->f[i].off;
	return -1;
}

int lock_spin(struct verifier_env *env, u32 regno, bool lock)
{
	const struct bpf_reg *reg = env_reg(env, regno);
	const struct bpf_map *map = reg->map;
	s64 off = reg->off + (s64)reg->val.var.value;

	if (!scalar_is_const(reg->val))
		return reject(env, LOCK_OFFSET, regno);
	if (base_type(reg->type) != PTR_TO_MAP_VALUE || !map->btf)
		return reject(env, LOCK_NO_BTF, base_type(reg->type) == PTR_TO_MAP_VALUE ? map->name : "?");
	if (map_lock_off(env, map) < 0)
		return reject(env, LOCK_NONE, map->name);
	if (off != map_lock_off(env, map))
		return reject(env, LOCK_PLACE, (long long)off, map_lock_off(env, map));
	if (lock) {
		if (env->cur->active_locks)
			return reject(env, LOCK_TWO);
		return state_lock(env->cur, reg->id, map, (u32)env->insn_idx);
	}
	if (!env->cur->active_locks)
		return reject(env, UNLOCK_NONE);
	return state_unlock(env->cur, reg->id, map) ? 0 : reject(env, UNLOCK_OTHER);
}

static void invalidate(struct bpf_reg *reg, void *closure)
{
	if (reg->ref_obj_id == *(const u32 *)closure)
		reg_set_unknown(reg);
}

int release_reference(struct verifier_env *env, u32 ref_obj_id)
{
	if (!state_release(env->cur, ref_obj_id))
		return -EINVAL;
	state_for_each_reg(env->cur, invalidate, &ref_obj_id);
	return 0;
}

static int check_references(struct verifier_env *env, bool program_ends, const char *what)
{
	const struct verifier_state *state = env->cur;
	const struct frame *frame = env_frame(env);
	int err = 0;

	/* A function may hand what it acquired to its caller; a callback has none. */
	if (!program_ends && frame->frameno && !frame->in_callback)
		return 0;
	for (u32 i = 0; i < state->ref_cnt; i++) {
		const struct reference *ref = &state->refs[i];

		if (ref->type != REF_PTR)
			continue;
		if (!program_ends && frame->in_callback && ref->insn_idx == (u32)frame->callsite)
			continue;
		err = reject(env, REF_LEAK, ref->id, ref->insn_idx);
	}
	if (err)
		explain(env, "%s would lead to reference leak\n", what);
	return err;
}

int check_leaks(struct verifier_env *env, bool program_ends, const char *what)
{
	const struct verifier_state *state = env->cur;
	bool locks = program_ends || !state->curframe;
	int err;

	if (locks && state->active_locks)
		return reject(env, EXIT_IN_LOCK, what);
	err = check_references(env, program_ends, what);
	if (err)
		return err;
	if (locks && state->active_rcu_lock)
		return reject(env, EXIT_IN_RCU, what);
	if (locks && state->active_preempt_locks)
		return reject(env, EXIT_IN_PREEMPT, what);
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls of helpers, by their contracts (engine/helpers/proto.h). */
#include <errno.h>
#include <stdio.h>

#include "common/isa/disasm.h"
#include "engine/helpers/format.h"
#include "engine/maps/map.h"
#include "engine/verifier/rules/helper.h"

static const u8 caller_saved[] = {BPF_REG_0, BPF_REG_1, BPF_REG_2, BPF_REG_3, BPF_REG_4, BPF_REG_5};

void caller_saved_forget(struct verifier_env *env, struct frame *frame)
{
	for (u32 i = 0; i < ARRAY_SIZE(caller_saved); i++) {
		reg_set_not_init(&frame->regs[caller_saved[i]]);
		frame->regs[caller_saved[i]].subreg_def = SUBREG_DEF_NONE;
		env_dirty_reg(env, caller_saved[i]);
	}
}

static int find_contract(struct verifier_env *env, struct helper_call *call, char *name, size_t size)
{
	const struct prog_type_ops *ops = env->prog->ops;
	const char *known = isa_helper_name((s32)call->id);

	snprintf(name, size, "%s%s", known ? "bpf_" : "", known ? known : "unknown");
	call->name = name;
	if (!known)
		return reject(env, HELPER_UNKNOWN, call->name, (int)call->id);
	call->proto = ops->func_proto ? ops->func_proto((enum bpf_func_id)call->id, env->prog) : NULL;
	if (!call->proto)
		return reject(env, HELPER_NOT_FOR_TYPE, call->name, (int)call->id);
	if (!env->prog->gpl_compatible && call->proto->gpl_only)
		return reject(env, HELPER_GPL);
	if (!env->cur->in_sleepable && call->proto->might_sleep)
		return reject(env, HELPER_SLEEPS);
	return 0;
}

/* For the rewrites: the one map that this call is always given. */
static int note_map(struct verifier_env *env, const struct helper_call *call)
{
	struct insn_aux *aux = env_aux(env);

	if (!call->map)
		return 0;
	switch (call->id) {
	case BPF_FUNC_map_update_elem:
	case BPF_FUNC_map_delete_elem:
	case BPF_FUNC_map_push_elem:
	case BPF_FUNC_map_pop_elem:
		if (call->map->map_flags & BPF_F_RDONLY_PROG)
			return reject(env, MAP_HELPER_WRITE);
		break;
	default:
		break;
	}
	if (!aux->call_map && !aux->call_map_poisoned)
		aux->call_map = (struct bpf_map *)(uintptr_t)call->map;
	else if (aux->call_map != call->map) {
		aux->call_map = NULL;
		aux->call_map_poisoned = true;
	}
	return 0;
}

/* A constant index lets the rewrites jump directly. */
static int note_tail_call_index(struct verifier_env *env, const struct helper_call *call)
{
	struct insn_aux *aux = env_aux(env);
	const struct bpf_reg *r3 = env_reg(env, BPF_REG_3);
	bool known = reg_is_const(r3) && r3->val.var.value < call->map->max_entries;
	int err;

	if (call->map->type != BPF_MAP_TYPE_PROG_ARRAY)
		return reject(env, TAIL_CALL_MAP);
	if (known) {
		err = env_mark_precise(env, BPF_REG_3);
		if (err)
			return err;
	}
	if (!aux->seen || (aux->tail_call_const && known && aux->tail_call_index == (u32)r3->val.var.value)) {
		aux->tail_call_const = known;
		aux->tail_call_index = known ? (u32)r3->val.var.value : 0;
	} else {
		aux->tail_call_const = false;
	}
	return 0;
}

/* The buffer that the helper fills is bytes from now on. */
static int fill_raw_buffer(struct verifier_env *env, const struct helper_call *call)
{
	struct mem_access a = {.regno = call->raw.regno, .size = 1, .type = BPF_WRITE, .value_reg = -1};
	int err = 0;

	if (!call->raw.used)
		return 0;
	for (u32 i = 0; i < call->raw.size && !err; i++) {
		a.off = (s32)i;
		err = mem_access(env, &a);
	}
	return err;
}

static int release(struct verifier_env *env, const struct helper_call *call)
{
	int err;

	if (!call->release_regno)
		return 0;
	if (call->ref_obj_id)
		err = release_reference(env, call->ref_obj_id);
	else
		err = reg_is_null(env_reg(env, call->release_regno)) ? 0 : -EINVAL;
	if (err)
		return reject(env, RELEASE_UNKNOWN, call->name, call->id);
	return 0;
}

/* bpf_snprintf's format is known now: what is wrong with it is wrong at every run. */
static int check_format(struct verifier_env *env)
{
	u64 data_len = env_reg(env, BPF_REG_5)->val.var.value;
	const char *fmt;
	u32 size;
	int err = const_string(env, BPF_REG_3, &fmt, &size);

	if (err)
		return err;
	if (data_len % 8)
		return -EINVAL;
	return bprintf_check(fmt, size, (u32)data_len / 8) ? reject(env, STR_FORMAT) : 0;
}

static int before_result(struct verifier_env *env, struct helper_call *call)
{
	switch (call->id) {
	case BPF_FUNC_tail_call:
		env->prog->tail_calls = true;
		env->prog->subprogs[env_subprog_of(env, (u32)env->insn_idx)].has_tail_call = true;
		return check_leaks(env, true, "tail_call");
	case BPF_FUNC_get_local_storage:
		if (!reg_is_null(env_reg(env, BPF_REG_2)))
			return reject(env, LOCAL_STORAGE_FLAGS);
		return 0;
	case BPF_FUNC_snprintf:
		return check_format(env);
	default:
		return helper_callbacks(env, call);
	}
}

int call_helper(struct verifier_env *env, const struct bpf_insn *insn)
{
	struct helper_call call = {.id = (u32)insn->imm, .const_key = -1};
	char name[64];
	int err = find_contract(env, &call, name, sizeof(name));

	for (u32 i = 0; i < FUNC_ARGS_MAX && !err; i++)
		err = helper_arg(env, &call, i);
	if (!err)
		err = note_map(env, &call);
	if (!err && call.id == BPF_FUNC_tail_call && call.map)
		err = note_tail_call_index(env, &call);
	if (!err)
		err = fill_raw_buffer(env, &call);
	if (!err)
		err = release(env, &call);
	if (!err)
		err = before_result(env, &call);
	if (err)
		return err;
	env_aux(env)->proto = call.proto;
	caller_saved_forget(env, env_frame(env));
	err = helper_result(env, &call);
	if (!err)
		err = helper_map_fits(env, &call);
	if (!err && call.proto->changes_packet)
		packet_pointers_forget(env);
	return err;
}

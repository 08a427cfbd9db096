/* SPDX-License-Identifier: BSD-2-Clause */
#include "engine/verifier/resolve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/btf/btf.h"
#include "engine/maps/map.h"
#include "engine/object/handle.h"
#include "engine/sys/caller.h"
#include "engine/types/tracing.h"

/* Programs that may run anywhere, in interrupts too: what they hold others might wait for. */
static bool is_tracing(enum bpf_prog_type type)
{
	switch ((int)type) {
	case BPF_PROG_TYPE_KPROBE:
	case BPF_PROG_TYPE_TRACEPOINT:
	case BPF_PROG_TYPE_PERF_EVENT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT:
	case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
		return true;
	default:
		return false;
	}
}

static int check_map_for_type(struct verifier_env *env, const struct bpf_map *map)
{
	if (map->spin_lock_off >= 0) {
		if (env->prog->type == BPF_PROG_TYPE_SOCKET_FILTER)
			return reject(env, MAP_LOCK_SOCKET);
		if (is_tracing(env->prog->type))
			return reject(env, MAP_LOCK_TRACING);
	}
	if (map->timer_off >= 0 && is_tracing(env->prog->type))
		return reject(env, MAP_TIMER_TRACING);
	return 0;
}

/* Keep the map for the program; takes the reference over. */
static int use_map(struct verifier_env *env, struct bpf_map *map)
{
	struct bpf_prog *prog = env->prog;
	int err;

	for (u32 i = 0; i < prog->used_map_cnt; i++) {
		if (prog->used_maps[i] == map) {
			obj_put(&map->obj);
			return 0;
		}
	}
	err = prog->used_map_cnt == MAX_USED_MAPS ? reject(env, MAPS_TOO_MANY, MAX_USED_MAPS) : check_map_for_type(env, map);
	if (!err && !prog->used_maps) {
		prog->used_maps = calloc(MAX_USED_MAPS, sizeof(struct bpf_map *));
		err = prog->used_maps ? 0 : -ENOMEM;
	}
	if (!err && !env->map_fields) {
		env->map_fields = calloc(2 * MAX_USED_MAPS, sizeof(*env->map_fields));
		err = env->map_fields ? 0 : -ENOMEM;
	}
	if (err) {
		obj_put(&map->obj);
		return err;
	}
	map_fields_find(&env->map_fields[2 * prog->used_map_cnt], map);
	if (map->inner_map_meta)
		map_fields_find(&env->map_fields[2 * prog->used_map_cnt + 1], map->inner_map_meta);
	prog->used_maps[prog->used_map_cnt++] = map;
	return 0;
}

static int map_fd_of(struct verifier_env *env, const struct bpf_insn *insn, s32 *fd)
{
	u64 at = env->opts->fd_array + (u64)(u32)insn->imm * sizeof(*fd);

	*fd = insn->imm;
	if (insn->src_reg != BPF_PSEUDO_MAP_IDX && insn->src_reg != BPF_PSEUDO_MAP_IDX_VALUE)
		return 0;
	if (!env->opts->fd_array)
		return reject(env, FD_IDX_NO_ARRAY);
	return copy_from_caller(env->opts->caller, fd, at, sizeof(*fd)) ? -EFAULT : 0;
}

static int resolve_value(struct verifier_env *env, struct insn_aux *aux, struct bpf_map *map, u32 off)
{
	u64 addr;

	if (off >= MAX_VAR_OFF)
		return reject(env, MAP_VALUE_OFF, off);
	if (!map->ops->direct_value)
		return reject(env, MAP_VALUE_DIRECT);
	if (map->ops->direct_value(map, &addr, off))
		return reject(env, MAP_VALUE_POINTER, map->value_size, off);
	aux->map_off = off;
	return 0;
}

static int resolve_map(struct verifier_env *env, u32 i)
{
	const struct bpf_insn *insn = &env->insns[i];
	bool value = insn->src_reg == BPF_PSEUDO_MAP_VALUE || insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE;
	struct insn_aux *aux = &env->aux[i];
	struct obj *obj;
	s32 fd;
	int err = map_fd_of(env, insn, &fd);

	if (err)
		return err;
	obj = handle_obj(env->opts->caller, fd, OBJ_MAP, NULL);
	if (!obj) {
		err = -errno;
		reject(env, MAP_FD, fd);
		return err;
	}
	aux->map = obj_to_map(obj);
	err = use_map(env, aux->map);
	if (!err && value)
		err = resolve_value(env, aux, aux->map, (u32)insn[1].imm);
	return err;
}

static int resolve_btf_id(struct verifier_env *env, u32 i)
{
	const struct bpf_insn *insn = &env->insns[i];
	const struct btf_type *t;

	if (!env->kernel_btf || insn[1].imm)
		return reject(env, BTF_ID_NO_BTF);
	t = btf_type(env->kernel_btf, (u32)insn->imm);
	if (!t)
		return reject(env, BTF_ID_INVALID, insn->imm);
	if (btf_kind(t) != BTF_KIND_VAR && btf_kind(t) != BTF_KIND_FUNC)
		return reject(env, BTF_ID_KIND, insn->imm);
	/* The engine's kernel has types, but no variables that programs could read. */
	return reject(env, BTF_ID_ADDRESS, btf_str(env->kernel_btf, t->name_off));
}

static int refuse_isa(struct verifier_env *env, enum isa_reason why, const struct bpf_insn *insn)
{
	struct strbuf sb = STRBUF_INIT;

	isa_reason_text(&sb, why, insn);
	verifier_refuse(env->log, REASON_ISA, "%s\n", strbuf_str(&sb));
	strbuf_free(&sb);
	return -isa_reason_errno(why);
}

static int resolve_ld_imm(struct verifier_env *env, u32 i)
{
	const struct bpf_insn *insn = &env->insns[i];
	u32 left = env->insn_cnt - i;

	if (left < 2 || insn[1].code || insn[1].dst_reg || insn[1].src_reg || insn[1].off)
		return refuse_isa(env, ISA_INVALID_LD_IMM64, insn);
	switch (insn->src_reg) {
	case 0:
	case BPF_PSEUDO_FUNC: /* resolved with the subprogs */
		return 0;
	case BPF_PSEUDO_BTF_ID:
		return resolve_btf_id(env, i);
	case BPF_PSEUDO_MAP_FD:
	case BPF_PSEUDO_MAP_IDX:
		if (insn[1].imm)
			return refuse_isa(env, ISA_UNRECOGNIZED_LD_IMM64, insn);
		return resolve_map(env, i);
	case BPF_PSEUDO_MAP_VALUE:
	case BPF_PSEUDO_MAP_IDX_VALUE:
		return resolve_map(env, i);
	default:
		return refuse_isa(env, ISA_UNRECOGNIZED_LD_IMM64, insn);
	}
}

int resolve_immediates(struct verifier_env *env)
{
	for (u32 i = 0; i < env->insn_cnt; i++) {
		const struct bpf_insn *insn = &env->insns[i];
		enum isa_reason why;
		int err = 0;

		if (insn_is_ld_imm64(insn)) {
			err = resolve_ld_imm(env, i);
			i++;
		} else {
			/* The rest of its legality shows when a path comes to it. */
			why = isa_legal(insn, env->insn_cnt - i);
			if (why == ISA_UNKNOWN_OPCODE || why == ISA_RESERVED_LDX)
				err = refuse_isa(env, why, insn);
		}
		if (err)
			return err;
	}
	return 0;
}

int resolve_attach(struct verifier_env *env)
{
	struct bpf_prog *prog = env->prog;
	const struct btf_type *t;
	const char *name;

	if (prog->type != BPF_PROG_TYPE_TRACING)
		return 0;
	if (!prog->attach_btf_id)
		return reject(env, ATTACH_NO_ID);
	t = env->kernel_btf ? btf_type(env->kernel_btf, prog->attach_btf_id) : NULL;
	if (!t)
		return reject(env, ATTACH_INVALID, prog->attach_btf_id);
	if (btf_kind(t) != BTF_KIND_TYPEDEF)
		return reject(env, ATTACH_NOT_TYPEDEF, prog->attach_btf_id);
	if (!tracing_tp_proto(env->kernel_btf, prog->attach_btf_id, &name))
		return reject(env, ATTACH_NAME, prog->attach_btf_id, btf_str(env->kernel_btf, t->name_off));
	prog->attach_func_name = name;
	return 0;
}

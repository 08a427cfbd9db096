/* SPDX-License-Identifier: BSD-2-Clause */
/* OBJ_GET_INFO_BY_FD for programs, with the translated instructions as the kernel shows them. */
#include <stdlib.h>

#include "engine/maps/map.h"
#include "engine/object/btf_obj.h"
#include "engine/object/prog.h"
#include "engine/rewrite/rewrite.h"
#include "engine/sys/info.h"
#include "engine/sys/prog_load.h"

/* Copy min(room, count) records; *count_field becomes the number that there are. */
static int give_array(struct caller *caller, u64 uptr, __u32 *count_field, const void *data, u32 count, u32 size)
{
	u32 n = min_of(*count_field, count);

	*count_field = count;
	return n ? copy_to_caller(caller, uptr, data, (size_t)n * size) : 0;
}

/* The map whose address, or a value of which, a 64-bit immediate holds. */
static const struct bpf_map *map_of_imm(const struct bpf_prog *prog, u64 addr, u32 *off)
{
	for (u32 i = 0; i < prog->used_map_cnt; i++) {
		struct bpf_map *map = prog->used_maps[i];
		u64 value;

		*off = 0;
		if (addr == ptr_to_u64(map))
			return map;
		if (map->ops->direct_value && !map->ops->direct_value(map, &value, 0) && addr >= value &&
		    addr - value < (u64)map->value_size * map->max_entries) {
			*off = (u32)(addr - value);
			return map;
		}
	}
	return NULL;
}

static u32 subprog_at(const struct bpf_prog *prog, s64 start)
{
	for (u32 i = 0; i < prog->subprog_cnt; i++)
		if (prog->subprogs[i].start == start)
			return i;
	return 0;
}

/* Addresses are the engine's own business: maps are shown by id, everything else as zero. */
static void hide_imm64(const struct bpf_prog *prog, struct bpf_insn *insn)
{
	u64 addr = (u32)insn[0].imm | (u64)(u32)insn[1].imm << 32;
	const struct bpf_map *map;
	u32 off;

	if (!insn->src_reg)
		return;
	map = map_of_imm(prog, addr, &off);
	if (map) {
		bool value = insn->src_reg == BPF_PSEUDO_MAP_VALUE || insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE;

		insn->src_reg = value ? BPF_PSEUDO_MAP_VALUE : BPF_PSEUDO_MAP_FD;
		insn[0].imm = (s32)map->obj.id;
		insn[1].imm = (s32)off;
	} else {
		insn[0].imm = insn[1].imm = 0;
	}
}

static void show_call(const struct bpf_prog *prog, struct bpf_insn *insn, u32 at)
{
	if (insn->src_reg == BPF_PSEUDO_CALL) {
		s32 rel = insn->imm;

		insn->off = (s16)rel;
		insn->imm = (s32)subprog_at(prog, (s64)at + rel + 1);
	} else if ((u32)insn->imm < prog->call_cnt) {
		insn->imm = (s32)prog->calls[insn->imm].id;
	}
}

/* What runs, in the terms of the UAPI; NULL with errno. With engine->lock held: the list of maps may grow. */
static struct bpf_insn *prog_dump_insns(const struct bpf_prog *prog)
{
	struct bpf_insn *insns = reallocarray(NULL, prog->insn_cnt, sizeof(*insns));

	if (!insns)
		return NULL;
	memcpy(insns, prog->insns, prog->insn_cnt * sizeof(*insns));
	for (u32 i = 0; i < prog->insn_cnt; i++) {
		struct bpf_insn *insn = &insns[i];
		u8 class = BPF_CLASS(insn->code), mode = BPF_MODE(insn->code);

		if (insn->code == (BPF_LD | BPF_IMM | BPF_DW) && i + 1 < prog->insn_cnt) {
			hide_imm64(prog, insn);
			i++;
		} else if (insn->code == (BPF_JMP | BPF_TAIL_CALL)) {
			insn->code = BPF_JMP | BPF_CALL;
			insn->imm = BPF_FUNC_tail_call;
		} else if (insn->code == (BPF_JMP | BPF_CALL)) {
			show_call(prog, insn, i);
		} else if (class == BPF_LDX && mode == BPF_PROBE_MEM) {
			insn->code = BPF_LDX | BPF_SIZE(insn->code) | BPF_MEM;
		} else if (class == BPF_LDX && mode == BPF_PROBE_MEMSX) {
			insn->code = BPF_LDX | BPF_SIZE(insn->code) | BPF_MEMSX;
		}
	}
	return insns;
}

static int give_insns(struct caller *caller, const struct bpf_prog *prog, struct bpf_prog_info *info)
{
	u32 room = info->xlated_prog_len, len = prog->insn_cnt * (u32)sizeof(*prog->insns);
	_cleanup_free_ struct bpf_insn *insns = NULL;

	info->xlated_prog_len = len;
	if (!room)
		return 0;
	pthread_mutex_lock(&caller->engine->lock);
	insns = prog_dump_insns(prog);
	pthread_mutex_unlock(&caller->engine->lock);
	if (!insns)
		return -ENOMEM;
	return copy_to_caller(caller, info->xlated_prog_insns, insns, min_of(room, len));
}

static int give_tags(struct caller *caller, const struct bpf_prog *prog, struct bpf_prog_info *info)
{
	u32 count = max_of(prog->subprog_cnt, 1U);
	_cleanup_free_ u8(*tags)[BPF_TAG_SIZE] = calloc(count, sizeof(*tags));

	if (!tags)
		return -ENOMEM;
	if (count == 1)
		memcpy(tags[0], prog->tag, sizeof(tags[0]));
	else
		for (u32 i = 0; i < count; i++) {
			const struct bpf_subprog *s = &prog->subprogs[i];
			int err = insns_calc_tag(prog->insns + s->start, s->end - s->start, tags[i]);

			if (err)
				return err;
		}
	return give_array(caller, info->prog_tags, &info->nr_prog_tags, tags, count, sizeof(*tags));
}

static int give_map_ids(struct caller *caller, const struct bpf_prog *prog, struct bpf_prog_info *info)
{
	_cleanup_free_ u32 *ids = NULL;
	u32 count;

	/* PROG_BIND_MAP may add to the list meanwhile. */
	pthread_mutex_lock(&caller->engine->lock);
	count = prog->used_map_cnt;
	ids = calloc(count + 1, sizeof(*ids));
	for (u32 i = 0; ids && i < count; i++)
		ids[i] = prog->used_maps[i]->obj.id;
	pthread_mutex_unlock(&caller->engine->lock);
	if (!ids)
		return -ENOMEM;
	return give_array(caller, info->map_ids, &info->nr_map_ids, ids, count, sizeof(*ids));
}

/* Who asks for records says how long it believes them to be. */
static bool rec_size_bad(u32 count, u32 given, u32 ours)
{
	return (count || given) && given != ours;
}

static int give_btf(struct caller *caller, const struct bpf_prog *prog, struct bpf_prog_info *info)
{
	int err;

	if (prog->btf)
		info->btf_id = prog->btf->obj.id;
	err = give_array(caller, info->func_info, &info->nr_func_info, prog->func_info, prog->func_info_cnt,
			 sizeof(*prog->func_info));
	if (err)
		return err;
	return give_array(caller, info->line_info, &info->nr_line_info, prog->line_info, prog->line_info_cnt,
			  sizeof(*prog->line_info));
}

int prog_get_info(struct caller *caller, struct obj *obj, const union bpf_attr *attr, u64 uattr)
{
	struct bpf_prog *prog = obj_to_prog(obj);
	struct bpf_prog_info info;
	u32 len;
	int err = info_begin(caller, attr, &info, sizeof(info), &len);

	if (err)
		return err;
	info.type = prog->type;
	info.id = prog->obj.id;
	info.load_time = prog->load_time_ns;
	info.created_by_uid = prog->uid;
	info.gpl_compatible = prog->gpl_compatible;
	memcpy(info.tag, prog->tag, sizeof(info.tag));
	memcpy(info.name, prog->name, sizeof(info.name));
	err = give_map_ids(caller, prog, &info);
	if (err)
		return err;
	if (rec_size_bad(info.nr_func_info, info.func_info_rec_size, sizeof(struct bpf_func_info)) ||
	    rec_size_bad(info.nr_line_info, info.line_info_rec_size, sizeof(struct bpf_line_info)) ||
	    rec_size_bad(info.nr_jited_line_info, info.jited_line_info_rec_size, sizeof(u64)))
		return -EINVAL;
	info.func_info_rec_size = sizeof(struct bpf_func_info);
	info.line_info_rec_size = sizeof(struct bpf_line_info);
	info.jited_line_info_rec_size = sizeof(u64);
	info.run_time_ns = atomic_load(&prog->run_time_ns);
	info.run_cnt = atomic_load(&prog->run_cnt);
	info.recursion_misses = atomic_load(&prog->recursion_misses);
	info.verified_insns = prog->verified_insns;
	/* Nothing is compiled to machine code. */
	info.jited_prog_len = info.nr_jited_ksyms = info.nr_jited_func_lens = info.nr_jited_line_info = 0;
	info.attach_btf_id = prog->attach_btf_id;
	if (prog->attach_btf_id && caller->engine->vmlinux)
		info.attach_btf_obj_id = caller->engine->vmlinux->obj.id;
	err = give_insns(caller, prog, &info);
	if (!err)
		err = give_btf(caller, prog, &info);
	if (!err)
		err = give_tags(caller, prog, &info);
	return err ? err : info_end(caller, attr, uattr, &info, len);
}

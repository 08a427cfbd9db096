/* SPDX-License-Identifier: BSD-2-Clause */
/* Subprograms, func_info and line_info in step with the instructions (patch.h). */
#include "engine/object/prog.h"
#include "engine/rewrite/patch.h"

void patch_subprogs(struct bpf_prog *prog, const struct patch_map *map, u32 *subprog_of)
{
	u32 left = 0;

	for (u32 i = 0; i < prog->subprog_cnt; i++) {
		struct bpf_subprog sub = prog->subprogs[i];
		u32 end = i + 1 < prog->subprog_cnt ? prog->subprogs[i + 1].start : map->old_cnt;

		sub.start = map->new_of[sub.start];
		sub.end = map->new_of[end];
		subprog_of[i] = left;
		if (sub.start == sub.end)
			continue;
		prog->subprogs[left] = sub;
		if (i < prog->func_info_cnt) { /* one a subprogram, in order */
			prog->func_info[left] = prog->func_info[i];
			prog->func_info[left].insn_off = sub.start;
		}
		left++;
	}
	if (prog->func_info_cnt)
		prog->func_info_cnt = left;
	prog->subprog_cnt = left;
}

/*
 * Each entry covers the instructions up to the next. Where the first of them went, the entry moves to the first that is
 * left; of several that then stand at one place the last is the one that covers it.
 */
void patch_line_info(struct bpf_prog *prog, const struct patch_map *map)
{
	u32 left = 0, end = map->new_of[map->old_cnt];

	for (u32 i = 0; i < prog->line_info_cnt; i++) {
		struct bpf_line_info line = prog->line_info[i];

		line.insn_off = map->new_of[line.insn_off];
		if (line.insn_off >= end)
			break;
		if (left && prog->line_info[left - 1].insn_off == line.insn_off)
			left--;
		prog->line_info[left++] = line;
	}
	prog->line_info_cnt = left;
}

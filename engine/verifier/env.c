/* SPDX-License-Identifier: BSD-2-Clause */
/* What rules and search share: jump history, and how the log shows instructions, lines and states. */
#include "engine/verifier/env.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "common/btf/btf.h"
#include "common/isa/disasm.h"
#include "engine/maps/map.h"
#include "engine/object/btf_obj.h"

/* The current insn's entry of the jump history, made if it has none. */
static struct history_entry *history_entry(struct verifier_env *env)
{
	struct history_entry entry = {.idx = (u32)env->insn_idx, .prev_idx = (u32)env->prev_insn_idx};

	if (env->cur_history < 0) {
		if (state_push_history(env->cur, &entry))
			return NULL;
		env->cur_history = (s32)env->cur->history_cnt - 1;
	}
	return &env->cur->history[env->cur_history];
}

int env_note_jump(struct verifier_env *env)
{
	return history_entry(env) ? 0 : -ENOMEM;
}

int env_note_stack_access(struct verifier_env *env, u32 frameno, u32 spi)
{
	struct history_entry *e = history_entry(env);

	if (!e)
		return -ENOMEM;
	e->flags |= HISTORY_STACK_ACCESS;
	e->frameno = (u8)frameno;
	e->spi = (u8)spi;
	return 0;
}

int env_note_compare(struct verifier_env *env, u8 flags)
{
	struct history_entry *e = history_entry(env);

	if (!e)
		return -ENOMEM;
	e->flags |= flags;
	return 0;
}

int env_note_linked(struct verifier_env *env, u64 linked)
{
	struct history_entry *e = history_entry(env);

	if (!e)
		return -ENOMEM;
	e->linked = linked;
	return 0;
}

void env_log_state(struct verifier_env *env, const struct verifier_state *state, u32 frameno, bool all)
{
	struct strbuf sb = STRBUF_INIT;

	state_print(&sb, state, frameno, all, env->dirty_regs, env->dirty_slots);
	log_add(env->log, strbuf_str(&sb), sb.len);
	strbuf_free(&sb);
	if (!all) {
		env->dirty_regs = 0;
		env->dirty_slots = 0;
	}
}

/* Spaces between an insn's text (of `len` characters, with its newline) and its state: states align at 40, then at multiples of 8. */
static u32 state_gap(u64 len)
{
	u64 col = round_up_u64(max_of(len + 4, (u64)40), 8);

	return (u32)(col - len - 1);
}

void env_log_insn_state(struct verifier_env *env, const struct verifier_state *state, u32 frameno)
{
	if (!env->dirty_regs && !env->dirty_slots)
		return;
	if (env->log_insn_end && env->log_insn_end == env->log->end_pos) {
		u64 len = env->log_insn_end - env->log_insn_pos;

		/* On the line of the insn: take its newline back. */
		log_rewind(env->log, env->log->end_pos - 1);
		verifier_log(env->log, "%*c;", (int)state_gap(len), ' ');
	} else {
		verifier_log(env->log, "%d:", env->insn_idx);
	}
	env_log_state(env, state, frameno, false);
}

static bool disasm_call(void *ctx, struct strbuf *sb, const struct bpf_insn *insn)
{
	const struct verifier_env *env = ctx;

	if (!insn_is_kfunc_call(insn))
		return false;
	strbuf_addf(sb, "%s#%d", insn->off ? "kernel-function" : btf_name(env->kernel_btf, (u32)insn->imm), insn->imm);
	return true;
}

/* Maps are shown by address: a descriptor's number says nothing to a reader. */
static bool disasm_imm64(void *ctx, struct strbuf *sb, const struct bpf_insn *insn, u64 imm)
{
	const struct verifier_env *env = ctx;
	const struct insn_aux *aux = &env->aux[insn - env->insns];
	u64 addr;

	(void)imm;
	if (!aux->map)
		return false;
	addr = ptr_to_u64(aux->map);
	if (insn->src_reg == BPF_PSEUDO_MAP_VALUE || insn->src_reg == BPF_PSEUDO_MAP_IDX_VALUE)
		aux->map->ops->direct_value(aux->map, &addr, aux->map_off);
	strbuf_addf(sb, "0x%llx", (unsigned long long)addr);
	return true;
}

void env_log_insn(struct verifier_env *env, u32 insn_idx)
{
	const struct disasm_opts opts = {.ctx = env, .call = env->kernel_btf ? disasm_call : NULL, .imm64 = disasm_imm64};
	struct strbuf sb = STRBUF_INIT;

	disasm_insn(&sb, &env->insns[insn_idx], &opts);
	strbuf_addc(&sb, '\n');
	log_add(env->log, strbuf_str(&sb), sb.len);
	strbuf_free(&sb);
}

/* The last line record at or before the insn, or -1. */
static s32 find_line(const struct verifier_env *env, u32 insn_idx)
{
	const struct bpf_line_info *li = env->prog->line_info;
	u32 lo = 0, hi = env->prog->line_info_cnt;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (li[mid].insn_off <= insn_idx)
			lo = mid + 1;
		else
			hi = mid;
	}
	return (s32)lo - 1;
}

/* Columns do not count: one line is shown once. */
static bool same_line(const struct bpf_line_info *a, const struct bpf_line_info *b)
{
	return a->line_off == b->line_off && a->file_name_off == b->file_name_off &&
	       BPF_LINE_INFO_LINE_NUM(a->line_col) == BPF_LINE_INFO_LINE_NUM(b->line_col);
}

void env_log_line(struct verifier_env *env, u32 insn_idx, const char *prefix)
{
	const struct bpf_line_info *li;
	const char *line, *file, *slash;
	s32 i;

	if (!env->prog->line_info_cnt || !env->prog_btf)
		return;
	i = find_line(env, insn_idx);
	if (i < 0)
		return;
	li = &env->prog->line_info[i];
	if (env->prev_linfo_set && same_line(li, &env->prog->line_info[env->prev_linfo]))
		return;
	line = btf_str(env->prog_btf, li->line_off);
	file = btf_str(env->prog_btf, li->file_name_off);
	line = line ? line : "";
	file = file ? file : "";
	while (isspace((unsigned char)*line))
		line++;
	slash = strrchr(file, '/');
	verifier_log(env->log, "%s%s @ %s:%u\n", prefix, line, slash ? slash + 1 : file, BPF_LINE_INFO_LINE_NUM(li->line_col));
	env->prev_linfo = (u32)i;
	env->prev_linfo_set = true;
}

const char *env_subprog_name(const struct verifier_env *env, u32 subprog)
{
	u32 id = env->prog->subprogs[subprog].btf_func_id;

	return id && env->prog_btf ? btf_name(env->prog_btf, id) : "";
}

u32 env_subprog_of(const struct verifier_env *env, u32 insn_idx)
{
	const struct bpf_subprog *s = env->prog->subprogs;
	u32 lo = 0, hi = env->prog->subprog_cnt;

	while (hi - lo > 1) {
		u32 mid = lo + (hi - lo) / 2;

		if (s[mid].start <= insn_idx)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

s32 env_subprog_at(const struct verifier_env *env, u32 insn_idx)
{
	u32 i;

	if (!env->prog->subprog_cnt)
		return -1;
	i = env_subprog_of(env, insn_idx);
	return env->prog->subprogs[i].start == insn_idx ? (s32)i : -1;
}

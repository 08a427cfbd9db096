/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of a program: where calls and function references point, and whether func_info and line_info agree. */
#include <errno.h>
#include <stdlib.h>

#include "common/btf/btf.h"
#include "engine/verifier/search/search.h"

static int compare_u32(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

/* Whether `to` is a start already; few functions, so that a scan will do. */
static bool is_start(const u32 *starts, u32 n, u32 to)
{
	for (u32 i = 0; i < n; i++)
		if (starts[i] == to)
			return true;
	return false;
}

static int collect_starts(struct verifier_env *env, u32 *starts, u32 *n)
{
	u32 cnt = 1;

	starts[0] = 0;
	for (u32 i = 0; i < env->insn_cnt; i++) {
		const struct bpf_insn *insn = &env->insns[i];
		s64 to;

		if (!insn_is_local_call(insn) && !insn_is_func_ref(insn))
			continue;
		to = (s64)i + insn->imm + 1;
		if (to < 0 || to >= env->insn_cnt)
			return reject(env, CALL_DESTINATION);
		if (is_start(starts, cnt, (u32)to))
			continue;
		if (cnt == SUBPROGS_MAX)
			return reject(env, SUBPROGS_TOO_MANY);
		starts[cnt++] = (u32)to;
	}
	qsort(starts, cnt, sizeof(*starts), compare_u32);
	*n = cnt;
	return 0;
}

static int check_subprog(struct verifier_env *env, const struct bpf_subprog *sub)
{
	const struct bpf_insn *last = &env->insns[sub->end - 1];

	for (u32 i = sub->start; i < sub->end; i++) {
		const struct bpf_insn *insn = &env->insns[i];
		s64 to = (s64)i + insn_jump_offset(insn) + 1;

		if (!insn_is_jmp_class(insn) || BPF_OP(insn->code) == BPF_EXIT || BPF_OP(insn->code) == BPF_CALL)
			continue;
		if (to < sub->start || to >= sub->end)
			return reject(env, JUMP_RANGE, i, (int)to);
	}
	if (!insn_is_exit(last) && !insn_is_goto(last))
		return reject(env, NO_EXIT);
	return 0;
}

static void note_contents(struct verifier_env *env, struct bpf_subprog *sub)
{
	for (u32 i = sub->start; i < sub->end; i++) {
		const struct bpf_insn *insn = &env->insns[i];

		if (insn_is_helper_call(insn) && insn->imm == BPF_FUNC_tail_call)
			sub->has_tail_call = true;
		if (insn_class(insn) == BPF_LD && (BPF_MODE(insn->code) == BPF_ABS || BPF_MODE(insn->code) == BPF_IND))
			sub->has_ld_abs = true;
	}
}

int subprogs_find(struct verifier_env *env)
{
	struct bpf_prog *prog = env->prog;
	u32 starts[SUBPROGS_MAX], n = 0;
	int err = collect_starts(env, starts, &n);

	if (err)
		return err;
	prog->subprogs = calloc(n, sizeof(*prog->subprogs));
	env->subprogs = calloc(n, sizeof(*env->subprogs));
	if (!prog->subprogs || !env->subprogs)
		return -ENOMEM;
	prog->subprog_cnt = n;
	for (u32 i = 0; i < n; i++) {
		prog->subprogs[i].start = starts[i];
		prog->subprogs[i].end = i + 1 < n ? starts[i + 1] : env->insn_cnt;
		if (log_wants(env->log, LOG_LEVEL2))
			explain(env, "func#%u @%u\n", i, starts[i]);
	}
	for (u32 i = 0; i < n && !err; i++) {
		note_contents(env, &prog->subprogs[i]);
		err = check_subprog(env, &prog->subprogs[i]);
	}
	for (u32 i = 0; i < env->insn_cnt && !err; i++)
		if (insn_is_local_call(&env->insns[i]) || insn_is_func_ref(&env->insns[i]))
			env->aux[i].subprog = env_subprog_of(env, (u32)((s64)i + env->insns[i].imm + 1));
	return err;
}

/* Early ends of the program (tail calls, legacy loads) return a number: functions that hold them must do so too. */
static int check_early_ends(struct verifier_env *env)
{
	const struct btf *btf = env->prog_btf;

	for (u32 i = 1; i < env->prog->subprog_cnt; i++) {
		const struct bpf_subprog *sub = &env->prog->subprogs[i];
		const struct btf_type *ret = NULL;

		if (!sub->has_ld_abs && !sub->has_tail_call)
			continue;
		if (!sub->btf_func_id)
			return sub->has_ld_abs ? reject(env, LD_ABS_NO_BTF) : reject(env, TAIL_CALL_NO_BTF);
		ret = btf_resolve(btf, btf_type(btf, btf_type(btf, sub->btf_func_id)->type)->type, NULL);
		if (ret && (btf_kind(ret) == BTF_KIND_INT || btf_kind(ret) == BTF_KIND_ENUM || btf_kind(ret) == BTF_KIND_ENUM64))
			continue;
		return sub->has_ld_abs ? reject(env, LD_ABS_RETURN) : reject(env, TAIL_CALL_RETURN);
	}
	return 0;
}

static int check_func_info(struct verifier_env *env)
{
	const struct bpf_func_info *info = env->prog->func_info;
	u32 n = env->prog->func_info_cnt;

	if (n != env->prog->subprog_cnt)
		return reject(env, FUNC_INFO_COUNT);
	for (u32 i = 0; i < n; i++) {
		struct bpf_subprog *sub = &env->prog->subprogs[i];
		const struct btf_type *t = btf_type(env->prog_btf, info[i].type_id), *proto;

		if (!i && info[i].insn_off)
			return reject(env, FUNC_INFO_FIRST, info[i].insn_off);
		if (i && info[i].insn_off <= info[i - 1].insn_off)
			return reject(env, FUNC_INFO_ORDER, info[i].insn_off, info[i - 1].insn_off);
		if (info[i].insn_off != sub->start)
			return reject(env, FUNC_INFO_LAYOUT);
		proto = t && btf_kind(t) == BTF_KIND_FUNC ? btf_type(env->prog_btf, t->type) : NULL;
		if (!proto || btf_kind(proto) != BTF_KIND_FUNC_PROTO)
			return reject(env, FUNC_INFO_TYPE, info[i].type_id);
		sub->btf_func_id = info[i].type_id;
		sub->is_global = i && btf_vlen(t) == BTF_FUNC_GLOBAL;
	}
	return 0;
}

static int check_line_info(struct verifier_env *env)
{
	const struct bpf_line_info *li = env->prog->line_info;
	u32 n = env->prog->line_info_cnt, sub = 0, prev = 0;

	for (u32 i = 0; i < n; i++) {
		if ((i && li[i].insn_off <= prev) || li[i].insn_off >= env->insn_cnt)
			return reject(env, LINE_INFO_OFF, i, li[i].insn_off, prev, env->insn_cnt);
		if (!env->insns[li[i].insn_off].code)
			return reject(env, LINE_INFO_INSN, i);
		if (!btf_str(env->prog_btf, li[i].line_off) || !btf_str(env->prog_btf, li[i].file_name_off))
			return reject(env, LINE_INFO_STR, i);
		if (sub < env->prog->subprog_cnt) {
			if (li[i].insn_off == env->prog->subprogs[sub].start)
				env->subprogs[sub++].linfo_idx = i;
			else if (env->prog->subprogs[sub].start < li[i].insn_off)
				return reject(env, LINE_INFO_MISSING, sub);
		}
		prev = li[i].insn_off;
	}
	return n && sub != env->prog->subprog_cnt ? reject(env, LINE_INFO_MISSING_TAIL, env->prog->subprog_cnt - sub, sub) : 0;
}

int subprogs_check_btf(struct verifier_env *env)
{
	int err = 0;

	if (env->prog_btf && env->prog->func_info_cnt)
		err = check_func_info(env);
	if (!err)
		err = check_early_ends(env);
	if (!err && env->prog_btf)
		err = check_line_info(env);
	return err;
}

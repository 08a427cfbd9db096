/* SPDX-License-Identifier: BSD-2-Clause */
/* The patch engine (patch.h): instructions, jumps and aux data. */
#include "engine/rewrite/patch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/isa/insn.h"
#include "engine/rewrite/rewrite.h"
#include "engine/verifier/insn_aux.h"

#define INSNS_MAX (1U << 24)

static void *grow(void *v, u32 *cap, u32 need, size_t size)
{
	u32 want = max_of(2 * *cap, max_of(need, 16U));

	v = need > INSNS_MAX ? NULL : reallocarray(v, want, size);
	if (v)
		*cap = want;
	return v;
}

static void add(struct patch_list *list, struct patch patch, const struct bpf_insn *insns)
{
	void *v;

	if (list->err)
		return;
	if (patch.at < list->end || patch.del > list->prog->insn_cnt - patch.at || patch.n > INSNS_MAX) {
		list->err = -EINVAL;
		return;
	}
	if (list->n == list->cap) {
		v = grow(list->patches, &list->cap, list->n + 1, sizeof(*list->patches));
		if (!v)
			goto oom;
		list->patches = v;
	}
	if (list->insn_cap - list->insn_n < patch.n) {
		v = grow(list->insns, &list->insn_cap, list->insn_n + patch.n, sizeof(*list->insns));
		if (!v)
			goto oom;
		list->insns = v;
	}
	patch.first = list->insn_n;
	if (patch.n)
		memcpy(list->insns + list->insn_n, insns, patch.n * sizeof(*insns));
	list->insn_n += patch.n;
	list->patches[list->n++] = patch;
	list->end = patch.at + patch.del;
	return;
oom:
	list->err = -ENOMEM;
}

void patch_replace(struct patch_list *list, u32 at, const struct bpf_insn *insns, u32 n, u32 keep)
{
	add(list, (struct patch){.at = at, .del = insn_slots(&list->prog->insns[at]), .n = n, .keep = keep}, insns);
}

void patch_remove(struct patch_list *list, u32 at, u32 count)
{
	add(list, (struct patch){.at = at, .del = count, .keep = PATCH_KEEP_NONE}, NULL);
}

/* What is being made. */
struct patching {
	struct bpf_prog *prog;
	struct bpf_insn *insns;
	struct insn_aux *aux;
	u32 *new_of;
	u32 cnt;
};

static int map_positions(const struct patch_list *list, struct patching *p)
{
	u32 old_cnt = list->prog->insn_cnt, to = 0, k = 0;

	for (u32 i = 0; i < old_cnt;) {
		const struct patch *patch = k < list->n && list->patches[k].at == i ? &list->patches[k++] : NULL;

		p->new_of[i] = to;
		to += patch ? patch->n : 1;
		for (u32 j = i + 1; patch && j < i + patch->del; j++)
			p->new_of[j] = to; /* within what was replaced: nothing points there */
		i += patch ? patch->del : 1;
		if (to > INSNS_MAX)
			return -E2BIG;
	}
	p->new_of[old_cnt] = to;
	p->cnt = to;
	return 0;
}

/* The field of a moved instruction that is relative to its position: a jump's offset, a call's or function reference's
 * immediate. */
enum relative { REL_NONE, REL_OFF, REL_IMM };

static enum relative relative_field(const struct bpf_insn *insn)
{
	if (insn_is_local_call(insn) || insn_is_func_ref(insn))
		return REL_IMM;
	if (!insn_is_jmp_class(insn) || insn_is_call(insn) || insn_is_exit(insn) ||
	    insn->code == (BPF_JMP | BPF_TAIL_CALL))
		return REL_NONE;
	return insn->code == (BPF_JMP32 | BPF_JA) ? REL_IMM : REL_OFF;
}

/* Point the instruction now at `to`, which was at `from`, to where its target went. */
static int retarget(const struct patching *p, u32 from, u32 to)
{
	struct bpf_insn *insn = &p->insns[to];
	enum relative field = relative_field(insn);
	s64 target, rel;

	if (field == REL_NONE)
		return 0;
	target = (s64)from + 1 + (field == REL_OFF ? insn->off : insn->imm);
	if (target < 0 || target > p->prog->insn_cnt)
		return -EINVAL;
	rel = (s64)p->new_of[target] - to - 1;
	if (field == REL_IMM)
		insn->imm = (s32)rel;
	else if (rel != (s16)rel)
		return -ERANGE;
	else
		insn->off = (s16)rel;
	return 0;
}

static int copy_one(const struct patching *p, u32 from, u32 to)
{
	p->insns[to] = p->prog->insns[from];
	if (p->aux)
		p->aux[to] = p->prog->aux[from];
	return from && insn_is_ld_imm64(&p->prog->insns[from - 1]) ? 0 : retarget(p, from, to);
}

static int copy_patch(const struct patching *p, const struct patch *patch, const struct bpf_insn *insns)
{
	u32 to = p->new_of[patch->at];
	const struct insn_aux *old = p->aux ? &p->prog->aux[patch->at] : NULL;

	for (u32 i = 0; i < patch->n; i++) {
		p->insns[to + i] = insns[i];
		if (p->aux && i == patch->keep)
			p->aux[to + i] = *old;
		else if (p->aux)
			p->aux[to + i] = (struct insn_aux){.seen = old->seen, .orig_idx = old->orig_idx};
	}
	return patch->keep < patch->n ? retarget(p, patch->at, to + patch->keep) : 0;
}

static int copy_all(const struct patch_list *list, const struct patching *p)
{
	u32 k = 0;
	int err = 0;

	for (u32 i = 0; !err && i < list->prog->insn_cnt;) {
		if (k < list->n && list->patches[k].at == i) {
			err = copy_patch(p, &list->patches[k], list->insns + list->patches[k].first);
			i += list->patches[k++].del;
		} else {
			err = copy_one(p, i, p->new_of[i]);
			i++;
		}
	}
	return err;
}

/* References to subprograms by number follow those that are left. */
static void renumber_subprogs(const struct patching *p, const u32 *subprog_of, u32 old_subprog_cnt)
{
	for (u32 i = 0; p->aux && i < p->cnt; i += insn_slots(&p->insns[i]))
		if ((insn_is_local_call(&p->insns[i]) || insn_is_func_ref(&p->insns[i])) &&
		    p->aux[i].subprog < old_subprog_cnt)
			p->aux[i].subprog = subprog_of[p->aux[i].subprog];
}

static void put_in_place(struct patching *p, u32 *subprog_of)
{
	struct bpf_prog *prog = p->prog;
	struct patch_map map = {p->new_of, prog->insn_cnt};
	u32 old_subprog_cnt = prog->subprog_cnt;

	patch_subprogs(prog, &map, subprog_of);
	renumber_subprogs(p, subprog_of, old_subprog_cnt);
	patch_line_info(prog, &map);
	free(prog->insns);
	free(prog->aux);
	prog->insns = p->insns;
	prog->aux = p->aux;
	prog->insn_cnt = p->cnt;
	p->insns = NULL;
	p->aux = NULL;
}

static int apply(const struct patch_list *list)
{
	struct bpf_prog *prog = list->prog;
	struct patching p = {.prog = prog};
	u32 *subprog_of = calloc((size_t)prog->subprog_cnt + 1, sizeof(*subprog_of));
	int err;

	p.new_of = calloc((size_t)prog->insn_cnt + 1, sizeof(*p.new_of));
	err = p.new_of && subprog_of ? map_positions(list, &p) : -ENOMEM;
	if (!err) {
		p.insns = calloc((size_t)p.cnt + 1, sizeof(*p.insns));
		p.aux = prog->aux ? calloc((size_t)p.cnt + 1, sizeof(*p.aux)) : NULL;
		err = p.insns && (p.aux || !prog->aux) ? copy_all(list, &p) : -ENOMEM;
	}
	if (!err)
		put_in_place(&p, subprog_of);
	free(p.insns);
	free(p.aux);
	free(p.new_of);
	free(subprog_of);
	return err;
}

int patches_apply(struct patch_list *list)
{
	int err = list->err;

	if (!err && list->n)
		err = apply(list);
	free(list->patches);
	free(list->insns);
	*list = (struct patch_list)PATCH_LIST(list->prog);
	return err;
}

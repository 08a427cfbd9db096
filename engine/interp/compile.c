/* SPDX-License-Identifier: BSD-2-Clause */
/* From a rewritten program to predecoded slots. */
#include "engine/interp/code.h"

#include <errno.h>
#include <stdlib.h>

static int find_subprog(const struct interp_prog *code, s64 start)
{
	for (u32 i = 0; i < code->subprog_cnt; i++)
		if (code->subprogs[i].start == start)
			return (int)i;
	return -1;
}

static int copy_subprogs(struct interp_prog *code, const struct bpf_prog *prog)
{
	code->subprog_cnt = prog->subprog_cnt ? prog->subprog_cnt : 1;
	code->subprogs = calloc(code->subprog_cnt, sizeof(*code->subprogs));
	code->callbacks = calloc(code->subprog_cnt, sizeof(*code->callbacks));
	if (!code->subprogs || !code->callbacks)
		return -ENOMEM;
	code->subprogs[0].stack = MAX_BPF_STACK;
	for (u32 i = 0; i < code->subprog_cnt; i++) {
		if (prog->subprog_cnt) {
			code->subprogs[i].start = prog->subprogs[i].start;
			code->subprogs[i].stack = (u32)round_up_u64(prog->subprogs[i].stack_depth, 8);
		}
		if (code->subprogs[i].start >= code->n || code->subprogs[i].stack > MAX_BPF_STACK)
			return -EINVAL;
		code->callbacks[i] = (struct interp_callback){.code = code, .subprog = i};
	}
	return 0;
}

/* Helpers and kfuncs become function addresses, function references callbacks. */
static int resolve(struct interp_prog *code, const struct bpf_prog *prog, u32 i)
{
	struct interp_insn *insn = &code->insns[i];
	int subprog;

	switch (insn->op) {
	case ISA_CALL_HELPER:
	case ISA_CALL_KFUNC:
		if (insn->imm >= prog->call_cnt || !prog->calls[insn->imm].fn)
			return -EINVAL;
		insn->imm = (u64)(uintptr_t)prog->calls[insn->imm].fn;
		return 0;
	case ISA_CALL_LOCAL:
		subprog = find_subprog(code, (s64)i + 1 + insn->target);
		if (subprog < 0)
			return -EINVAL;
		insn->callee_stack = code->subprogs[subprog].stack;
		return 0;
	case ISA_LD_FUNC:
		subprog = find_subprog(code, (s64)i + 1 + (s32)(u32)insn->imm);
		if (subprog < 0)
			return -EINVAL;
		insn->imm = ptr_to_u64(&code->callbacks[subprog]);
		return 0;
	case ISA_ADDR_SPACE_CAST: /* these are rewritten into others */
	case ISA_LD_ABS_B:
	case ISA_LD_ABS_H:
	case ISA_LD_ABS_W:
	case ISA_LD_IND_B:
	case ISA_LD_IND_H:
	case ISA_LD_IND_W:
		return -EINVAL;
	default:
		return 0;
	}
}

static int predecode_all(struct interp_prog *code, const struct bpf_prog *prog)
{
	for (u32 i = 0; i < code->n; i++) {
		const struct bpf_insn *insn = &prog->insns[i];
		enum isa_op op = isa_decode_rewritten(insn);

		if (op == ISA_INVALID || insn->dst_reg >= MAX_BPF_REG || insn->src_reg >= MAX_BPF_REG ||
		    insn_slots(insn) > code->n - i)
			return -EINVAL;
		interp_predecode(&code->insns[i], insn, op);
		if (insn_slots(insn) == 2)
			i++;
	}
	return 0;
}

static int compile(struct interp_prog *code, const struct bpf_prog *prog)
{
	int err;

	/* One more, which control never reaches in a verified program: the handler of ISA_INVALID ends the run. */
	code->n = prog->insn_cnt;
	code->insns = calloc((size_t)code->n + 1, sizeof(*code->insns));
	if (!code->insns)
		return -ENOMEM;
	err = copy_subprogs(code, prog);
	if (!err)
		err = predecode_all(code, prog);
	for (u32 i = 0; !err && i < code->n; i++) {
		err = resolve(code, prog, i);
		if (!err && !interp_target_ok(code->insns, code->n, i))
			err = -EINVAL;
	}
	for (u32 i = 0; !err && i <= code->n; i++)
		code->insns[i].handler = interp_handlers()[code->insns[i].op];
	return err;
}

struct interp_prog *interp_compile(const struct bpf_prog *prog)
{
	struct interp_prog *code = calloc(1, sizeof(*code));
	int err = code ? compile(code, prog) : -ENOMEM;

	if (!err)
		return code;
	interp_free(code);
	errno = -err;
	return NULL;
}

void interp_free(struct interp_prog *code)
{
	if (!code)
		return;
	free(code->insns);
	free(code->subprogs);
	free(code->callbacks);
	free(code);
}

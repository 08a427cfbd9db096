/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls out of the program: their targets are listed in prog->calls, once each, and the calls name them by index. */
#include <errno.h>
#include <stdlib.h>

#include "common/isa/insn.h"
#include "engine/rewrite/calls.h"
#include "engine/rewrite/passes.h"
#include "engine/rewrite/rewrite.h"
#include "engine/verifier/insn_aux.h"

int call_target(struct bpf_prog *prog, bpf_func fn, u32 id, bool is_kfunc)
{
	struct bpf_call_target *calls;

	for (u32 i = 0; i < prog->call_cnt; i++)
		if (prog->calls[i].fn == fn && prog->calls[i].id == id && prog->calls[i].is_kfunc == is_kfunc)
			return (int)i;
	calls = reallocarray(prog->calls, (size_t)prog->call_cnt + 1, sizeof(*calls));
	if (!calls)
		return -ENOMEM;
	prog->calls = calls;
	calls[prog->call_cnt] = (struct bpf_call_target){.fn = fn, .id = id, .is_kfunc = is_kfunc};
	return (int)prog->call_cnt++;
}

/* A helper that the verifier let pass has a contract with a body. */
static int rewrite_helper(struct bpf_prog *prog, u32 i)
{
	const struct bpf_func_proto *proto = prog->aux[i].proto;
	struct bpf_insn *insn = &prog->insns[i];
	int index;

	if (insn->imm == BPF_FUNC_tail_call) {
		*insn = (struct bpf_insn){.code = BPF_JMP | BPF_TAIL_CALL};
		return 0;
	}
	if (!proto || !proto->fn)
		return -EOPNOTSUPP;
	index = call_target(prog, proto->fn, (u32)insn->imm, false);
	insn->imm = index;
	return min_of(index, 0);
}

int rewrite_calls(struct bpf_prog *prog)
{
	int err = 0;

	for (u32 i = 0; !err && i < prog->insn_cnt; i += insn_slots(&prog->insns[i])) {
		if (insn_is_helper_call(&prog->insns[i]))
			err = rewrite_helper(prog, i);
		else if (insn_is_kfunc_call(&prog->insns[i]))
			err = -EOPNOTSUPP; /* the engine has no kfuncs: imm must not be taken for an index */
	}
	return err;
}

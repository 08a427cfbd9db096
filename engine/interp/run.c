/* SPDX-License-Identifier: BSD-2-Clause */
/* The fast binding: verified programs, threaded dispatch, memory accessed as it is. */
#include "engine/interp/code.h"

#include <string.h>

#include "engine/engine.h"
#include "engine/interp/ops.h"
#include "engine/maps/map.h"
#include "engine/object/kmem.h"
#include "engine/run.h"

/* What is left to one entry of a program, whatever it calls. */
struct budget {
	u32 tail_calls;
	u32 loops; /* of may_goto */
};

/* A caller, while its callee runs. */
struct frame {
	const struct interp_insn *pc;
	u64 r6, r7, r8, r9;
};

/* A load that may fault: kernel memory and map segments are read, everything else is 0. */
static inline u64 probe_load(u64 addr, size_t n)
{
	const struct kmem *kmem = run_current ? run_current->engine->kmem : NULL;
	u64 v = 0;

	if (kmem && likely(kmem_contains(kmem, addr, n)))
		memcpy(&v, u64_to_ptr(addr), n);
	else if (kmem)
		kmem_read(kmem, &v, addr, n);
	return v;
}

#define OP(name) L_##name:
#define DISPATCH goto *pc->handler
#define NEXT                                                                                                           \
	do {                                                                                                           \
		pc++;                                                                                                  \
		DISPATCH;                                                                                              \
	} while (0)
#define JUMP                                                                                                           \
	do {                                                                                                           \
		pc += pc->target + 1;                                                                                  \
		DISPATCH;                                                                                              \
	} while (0)
#define ACCESS(addr, n) u64_to_ptr(addr)
#define ATOMICALLY(type, p, statement)                                                                                 \
	do {                                                                                                           \
		type *a = (p);                                                                                         \
		statement;                                                                                             \
	} while (0)

/* What bpf_probe_read_kernel and its kin may read of the stack: what was cleared of the first function's. */
static inline void show_stack(const void *top, u32 used)
{
	if (run_current) {
		run_current->stack_hi = ptr_to_u64(top);
		run_current->stack_lo = ptr_to_u64(top) - used;
	}
}

/*
 * Execute from pc on with five arguments in a stack of its own, of which stack_used bytes are the first function's. With pc NULL
 * it hands out its handlers instead. No stack is reused without being cleared: a program may read what it has not written.
 */
static u64 execute(const struct interp_insn *pc, const u64 args[5], u32 stack_used, struct budget *budget,
		   const void *const **handlers)
{
	static const void *const table[ISA_OP_COUNT] = {
		[ISA_INVALID] = &&L_INVALID,
#define INSN(name, code, sel, form, text) [ISA_##name] = &&L_##name,
#define INSN_REWRITTEN(name, code, sel, form, text) [ISA_##name] = &&L_##name,
#include "common/isa/insn.def"
	};
	u8 stack[MAX_FRAMES][MAX_BPF_STACK] __attribute__((aligned(16)));
	struct frame frames[MAX_FRAMES];
	u64 r[MAX_BPF_REG];
	u32 depth = 0;

	if (!pc) {
		*handlers = table;
		return 0;
	}
	memset(r, 0, sizeof(r));
	memcpy(&r[BPF_REG_1], args, 5 * sizeof(*args));
	memset(stack[0] + MAX_BPF_STACK - stack_used, 0, stack_used);
	r[BPF_REG_10] = ptr_to_u64(stack[1]);
	show_stack(stack[1], stack_used);
	DISPATCH;

#include "engine/interp/bodies.h"

#define ISA_MEM(suffix, size, type)                                                                                    \
	OP(PROBE_LDX_##suffix) r[pc->dst] = (type)probe_load(r[pc->src] + (u64)(s64)pc->off, sizeof(type));            \
	NEXT;
#define ISA_MEMSX(suffix, size, type)                                                                                  \
	OP(PROBE_LDXS_##suffix)                                                                                        \
	r[pc->dst] = (u64)(s64)(type)probe_load(r[pc->src] + (u64)(s64)pc->off, sizeof(type));                         \
	NEXT;
#include "common/isa/insn.def"

	OP(LD_IMM64)
	OP(LD_MAP_FD)
	OP(LD_MAP_VALUE)
	OP(LD_BTF_ID)
	OP(LD_FUNC)
	OP(LD_MAP_IDX)
	OP(LD_MAP_IDX_VALUE)
	r[pc->dst] = pc->imm;
	pc += 2;
	DISPATCH;

	OP(MAY_GOTO)
	if (budget->loops == 0)
		JUMP;
	budget->loops--;
	NEXT;

	OP(CALL_HELPER)
	OP(CALL_KFUNC)
	r[BPF_REG_0] = ((bpf_func)(uintptr_t)pc->imm)(r[1], r[2], r[3], r[4], r[5]);
	NEXT;

	OP(CALL_LOCAL)
	if (depth == MAX_FRAMES - 1)
		goto L_INVALID;
	frames[depth++] = (struct frame){pc, r[6], r[7], r[8], r[9]};
	memset(stack[depth] + MAX_BPF_STACK - pc->callee_stack, 0, pc->callee_stack);
	r[BPF_REG_10] = ptr_to_u64(stack[depth]) + MAX_BPF_STACK;
	JUMP;

	OP(TAIL_CALL)
	{
		struct bpf_prog *next = NULL;

		if (budget->tail_calls)
			next = map_prog_array_get(u64_to_ptr(r[BPF_REG_2]), (u32)r[BPF_REG_3]);
		if (!next || !next->code)
			NEXT;
		budget->tail_calls--;
		stack_used = next->code->subprogs[0].stack;
		if (depth == 0) {
			pc = next->code->insns;
			memset(stack[0] + MAX_BPF_STACK - stack_used, 0, stack_used);
			show_stack(stack[1], stack_used);
			DISPATCH;
		}
		/* In place of a subprogram, whose callers go on when the new program exits; it has eight frames of its own. */
		r[BPF_REG_0] = execute(next->code->insns, &r[BPF_REG_1], stack_used, budget, NULL);
	}
	goto L_EXIT;

	OP(EXIT)
	if (depth == 0)
		return r[BPF_REG_0];
	depth--;
	r[6] = frames[depth].r6;
	r[7] = frames[depth].r7;
	r[8] = frames[depth].r8;
	r[9] = frames[depth].r9;
	r[BPF_REG_10] = ptr_to_u64(stack[depth]) + MAX_BPF_STACK;
	pc = frames[depth].pc;
	NEXT;

	/* interp_compile lets none of these through, and verified control flow never gets here. */
	OP(ADDR_SPACE_CAST)
	OP(LD_ABS_B)
	OP(LD_ABS_H)
	OP(LD_ABS_W)
	OP(LD_IND_B)
	OP(LD_IND_H)
	OP(LD_IND_W)
	OP(INVALID)
	return 0;
}

const void *const *interp_handlers(void)
{
	const void *const *handlers;

	execute(NULL, NULL, 0, NULL, &handlers);
	return handlers;
}

static u64 enter(const struct interp_prog *code, u32 subprog, const u64 args[5])
{
	struct budget budget = {.tail_calls = MAX_TAIL_CALL_CNT, .loops = BPF_MAX_LOOPS};
	u64 lo = run_current ? run_current->stack_lo : 0, hi = run_current ? run_current->stack_hi : 0;
	u64 r0 = execute(code->insns + code->subprogs[subprog].start, args, code->subprogs[subprog].stack, &budget, NULL);

	if (run_current) {
		run_current->stack_lo = lo;
		run_current->stack_hi = hi;
	}
	return r0;
}

u64 interp_run(const struct interp_prog *code, const void *ctx)
{
	const u64 args[5] = {ptr_to_u64(ctx)};

	return enter(code, 0, args);
}

u64 interp_call(const struct interp_prog *code, u32 subprog, u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	const u64 args[5] = {r1, r2, r3, r4, r5};

	return subprog < code->subprog_cnt ? enter(code, subprog, args) : 0;
}

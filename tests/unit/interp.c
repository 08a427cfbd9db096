/* SPDX-License-Identifier: BSD-2-Clause */
/* What the fast binding does beyond the instruction set: helpers, callbacks, tail calls, loads that may fault, limits. */
#include "unit.h"

#include <errno.h>

#include "common/isa/asm.h"
#include "common/isa/insn_macros.h"
#include "engine/engine.h"
#include "engine/interp/interp.h"
#include "engine/maps/fd_array.h"
#include "engine/object/kmem.h"
#include "engine/rewrite/rewrite.h"
#include "engine/run.h"

#define MAX_SUBPROGS 16

struct test_prog {
	struct bpf_prog prog;
	struct bpf_subprog subprogs[MAX_SUBPROGS];
};

static u64 sum_up(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	return r1 + 10 * r2 + 100 * r3 + 1000 * r4 + 10000 * r5;
}

/* Calls its callback r2 times with r3 as context, as bpf_loop does. */
static u64 repeat(u64 r1, u64 r2, u64 r3, u64 r4, u64 r5)
{
	const struct interp_callback *cb = u64_to_ptr(r1);
	u64 i;

	for (i = 0; i < r2; i++)
		if (interp_call(cb->code, cb->subprog, i, r3, 0, 0, 0))
			break;
	return i;
}

static struct bpf_call_target targets[] = {{.fn = sum_up, .id = 1}, {.fn = repeat, .id = 2}};

static void subprog_at(struct test_prog *t, u32 start, u32 stack_depth)
{
	for (u32 i = 0; i < t->prog.subprog_cnt; i++)
		if (t->subprogs[i].start == start)
			return;
	t->subprogs[t->prog.subprog_cnt++] = (struct bpf_subprog){.start = start, .stack_depth = stack_depth};
}

/* A rewritten program from text: call 0 is sum_up, call 1 repeat. */
static struct test_prog *make(const char *text)
{
	struct test_prog *t = calloc(1, sizeof(*t));
	struct asm_error err;

	if (asm_text(text, NULL, &t->prog.insns, &t->prog.insn_cnt, &err))
		fail_msg("%u:%u: %s", err.line, err.column, err.text);
	t->prog.subprogs = t->subprogs;
	t->prog.calls = targets;
	t->prog.call_cnt = ARRAY_SIZE(targets);
	subprog_at(t, 0, 64);
	for (u32 i = 0; i < t->prog.insn_cnt; i += insn_slots(&t->prog.insns[i]))
		if (insn_is_local_call(&t->prog.insns[i]) || insn_is_func_ref(&t->prog.insns[i]))
			subprog_at(t, i + 1 + (u32)t->prog.insns[i].imm, 64);
	return t;
}

static struct test_prog *compile(const char *text)
{
	struct test_prog *t = make(text);

	t->prog.code = interp_compile(&t->prog);
	if (!t->prog.code)
		fail_msg("interp_compile: %s", strerror(errno));
	return t;
}

static void drop(struct test_prog *t)
{
	interp_free(t->prog.code);
	free(t->prog.insns);
	free(t);
}

static void gives(const char *text, const void *ctx, u64 r0)
{
	struct test_prog *t = compile(text);

	assert_int_equal(interp_run(t->prog.code, ctx), r0);
	drop(t);
}

static void context_and_helpers(void **state)
{
	u64 ctx[2] = {7, 35};

	gives("r0 = *(u64 *)(r1 +0)\nr2 = *(u64 *)(r1 +8)\nr0 += r2\nexit", ctx, 42);
	gives("r1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 5\ncall 0\nexit", NULL, 54321);
	gives("r1 = 1\nr2 = 2\nr3 = 3\nr4 = 4\nr5 = 5\ncall kfunc#0\nexit", NULL, 54321);
}

static void callbacks_run_with_their_own_registers_and_stack(void **state)
{
	u64 count[1] = {0};

	gives("r6 = r1\n"
	      "*(u64 *)(r10 -8) = 5\n"
	      "r1 = func body\n"
	      "r2 = 10\n"
	      "r3 = r6\n"
	      "call 1\n"
	      "r7 = r0\n"
	      "r0 = *(u64 *)(r6 +0)\n"
	      "r0 *= 100\n"
	      "r0 += r7\n"
	      "r1 = *(u64 *)(r10 -8)\n"
	      "r0 *= 10\n"
	      "r0 += r1\n"
	      "exit\n"
	      "body:\n"
	      "*(u64 *)(r10 -8) = 1\n"
	      "r3 = *(u64 *)(r2 +0)\n"
	      "r3 += r1\n"
	      "*(u64 *)(r2 +0) = r3\n"
	      "r6 = 99\n"
	      "call leave\n"
	      "exit\n"
	      "leave:\n"
	      "r0 = 0\n"
	      "if r1 < 3 goto out\n"
	      "r0 = 1\n"
	      "out: exit\n",
	      count, (6 * 100 + 3) * 10 + 5);
}

static void stacks_start_out_zeroed(void **state)
{
	gives("r1 = -1\n"
	      "*(u64 *)(r10 -8) = r1\n"
	      "*(u64 *)(r10 -64) = r1\n"
	      "call dirty\n"
	      "call read\n"
	      "exit\n"
	      "dirty:\n"
	      "*(u64 *)(r10 -8) = -1\n"
	      "*(u64 *)(r10 -64) = -1\n"
	      "r0 = 0\n"
	      "exit\n"
	      "read:\n"
	      "r0 = *(u64 *)(r10 -8)\n"
	      "r1 = *(u64 *)(r10 -64)\n"
	      "r0 |= r1\n"
	      "exit\n",
	      NULL, 0);
}

/* A prog array of two slots without an engine around it. */
struct test_array {
	fd_slot slots[2];
	struct fd_array array;
	struct bpf_map map;
};

static void test_array_init(struct test_array *a)
{
	*a = (struct test_array){.array = {.slots = a->slots}, .map = {.priv = &a->array, .max_entries = 2}};
}

/* Text with "TAIL" replaced by a tail call (index in r3) through the array. */
static struct test_prog *compile_with_tail_call(const char *before, const char *after, struct test_array *a)
{
	struct strbuf sb = STRBUF_INIT;
	struct test_prog *t;

	strbuf_addf(&sb, "%sr2 = 0x%llx\n.insn 0xf5 0 0 0 0\n%s", before, ptr_to_u64(&a->map), after);
	t = compile(strbuf_str(&sb));
	strbuf_free(&sb);
	return t;
}

static void tail_calls_replace_the_program(void **state)
{
	u64 ctx[1] = {5};
	struct test_array a;
	struct test_prog *first, *second, *missing;

	test_array_init(&a);
	first = compile_with_tail_call("r6 = 1\nr3 = 1\n", "r0 = 1\nexit", &a);
	second = compile("r0 = *(u64 *)(r1 +0)\nr0 += 100\nr1 = *(u64 *)(r10 -8)\nr0 += r1\nexit");
	missing = compile_with_tail_call("r3 = 9\n", "r0 = 77\nexit", &a);
	assert_int_equal(interp_run(first->prog.code, ctx), 1);
	atomic_store(&a.slots[1], &second->prog.obj);
	assert_int_equal(interp_run(first->prog.code, ctx), 105);
	assert_int_equal(interp_run(missing->prog.code, ctx), 77);
	drop(first);
	drop(second);
	drop(missing);
}

static void tail_calls_in_functions_return_to_the_caller(void **state)
{
	u64 ctx[1] = {5};
	struct test_array a;
	struct test_prog *first, *second;

	test_array_init(&a);
	first = compile_with_tail_call("r6 = 7\ncall sub\nr0 += r6\nexit\nsub: r6 = 1\nr3 = 0\n", "r0 = 1\nexit", &a);
	second = compile("call f\nexit\nf: r6 = 3\nr0 = 100\nexit");
	atomic_store(&a.slots[0], &second->prog.obj);
	assert_int_equal(interp_run(first->prog.code, ctx), 107);
	drop(first);
	drop(second);
}

static void thirty_three_tail_calls_at_most(void **state)
{
	u64 count[1] = {0};
	struct test_array a;
	struct test_prog *self, *nested;

	test_array_init(&a);
	self = compile_with_tail_call("r3 = *(u64 *)(r1 +0)\nr3 += 1\n*(u64 *)(r1 +0) = r3\nr3 = 0\n", "r0 = 9\nexit", &a);
	atomic_store(&a.slots[0], &self->prog.obj);
	assert_int_equal(interp_run(self->prog.code, count), 9);
	assert_int_equal(count[0], 34);
	/* The same from within functions, which the host's stack has to bear. */
	count[0] = 0;
	nested = compile_with_tail_call("call f1\nexit\nf1: call f2\nexit\nf2: call f3\nexit\nf3: r3 = *(u64 *)(r1 +0)\nr3 += 1\n"
					"*(u64 *)(r1 +0) = r3\nr3 = 0\n", "r0 = 9\nexit", &a);
	atomic_store(&a.slots[0], &nested->prog.obj);
	assert_int_equal(interp_run(nested->prog.code, count), 9);
	assert_int_equal(count[0], 34);
	drop(self);
	drop(nested);
}

static void faulting_loads_read_zero_outside_kernel_memory(void **state)
{
	struct skep_engine engine = {.kmem = kmem_new(1 << 20)};
	struct run_ctx run = {.engine = &engine};
	struct bpf_insn insns[] = {
		BPF_RAW_INSN(BPF_LDX | BPF_PROBE_MEM | BPF_DW, 0, 1, 8, 0), BPF_RAW_INSN(BPF_LDX | BPF_PROBE_MEMSX | BPF_W, 2, 1, 4, 0),
		BPF_ALU64_REG(BPF_ADD, 0, 2), BPF_EXIT_INSN(),
	};
	struct bpf_prog prog = {.insns = insns, .insn_cnt = ARRAY_SIZE(insns)};
	struct interp_prog *code = interp_compile(&prog);
	u64 host[2] = {~0ULL, 7};
	s32 *object;

	assert_non_null(engine.kmem);
	assert_non_null(code);
	object = kmem_alloc(engine.kmem, 16);
	object[1] = -3;
	object[2] = 45;
	run_current = &run;
	assert_int_equal(interp_run(code, object), 42);
	assert_int_equal(interp_run(code, host), 0);
	assert_int_equal(interp_run(code, NULL), 0);
	assert_int_equal(interp_run(code, u64_to_ptr(~0ULL)), 0);
	assert_int_equal(kmem_register(engine.kmem, host, sizeof(host)), 0);
	assert_int_equal(interp_run(code, host), 6);
	kmem_unregister(engine.kmem, host);
	run_current = NULL;
	assert_int_equal(interp_run(code, object), 0);
	interp_free(code);
	kmem_free_all(engine.kmem);
}

static void may_goto_ends_after_eight_million_rounds(void **state)
{
	gives("r0 = 0\nloop: may_goto out\nr0 += 1\ngoto loop\nout: exit", NULL, 8388608);
}

static void does_not_compile(const char *text)
{
	struct test_prog *t = make(text);

	t->prog.code = interp_compile(&t->prog);
	assert_null(t->prog.code);
	assert_int_equal(errno, EINVAL);
	drop(t);
}

static void what_no_rewrite_leaves_is_refused(void **state)
{
	does_not_compile("call 2\nexit");
	does_not_compile("call kfunc#-1\nexit");
	does_not_compile("r0 = *(u8 *)skb[0]\nexit");
	does_not_compile("r1 = addr_space_cast(r1, 0, 1)\nexit");
	does_not_compile("goto pc+5\nexit");
	does_not_compile("goto pc-2\nexit");
	does_not_compile("goto pc+1\nr0 = 0x5\nexit");
	does_not_compile(".insn 0xb7 11 0 0 0\nexit");
	does_not_compile(".insn 0xff 0 0 0 0\nexit");
	does_not_compile("exit\n.insn 0x18 0 0 0 0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(context_and_helpers),
		cmocka_unit_test(callbacks_run_with_their_own_registers_and_stack),
		cmocka_unit_test(stacks_start_out_zeroed),
		cmocka_unit_test(tail_calls_replace_the_program),
		cmocka_unit_test(tail_calls_in_functions_return_to_the_caller),
		cmocka_unit_test(thirty_three_tail_calls_at_most),
		cmocka_unit_test(faulting_loads_read_zero_outside_kernel_memory),
		cmocka_unit_test(may_goto_ends_after_eight_million_rounds),
		cmocka_unit_test(what_no_rewrite_leaves_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

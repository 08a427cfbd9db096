/* SPDX-License-Identifier: BSD-2-Clause */
/* Run the conformance cases on both bindings of the interpreter and on the kernel; TAP. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "engine/interp/interp.h"
#include "kernel.h"

static u32 test_number, failures;
static char kernel_log[1 << 20];

__attribute__((format(printf, 4, 5))) static void report(bool ok, const struct conformance_case *c, const char *engine,
							  const char *fmt, ...)
{
	va_list ap;

	failures += !ok;
	printf("%s %u - %s [%s]", ok ? "ok" : "not ok", ++test_number, c->name, engine);
	if (fmt && !ok)
		printf("\n# %s:%u: ", c->file, c->line);
	if (fmt) {
		va_start(ap, fmt);
		vprintf(fmt, ap);
		va_end(ap);
	}
	putchar('\n');
}

/* Compare what a run left with what the case says. */
static void compare(const struct conformance_case *c, const char *engine, int err, u64 r0, const u8 *mem, const char *message)
{
	if (err)
		report(false, c, engine, "refused: %s (%d)", message, err);
	else if (r0 != c->result)
		report(false, c, engine, "r0 is 0x%llx, not 0x%llx", r0, c->result);
	else if (c->after && memcmp(mem, c->after, c->mem_len) != 0)
		report(false, c, engine, "the memory is not what it should be");
	else
		report(true, c, engine, NULL);
}

static u8 *copy_memory(const struct conformance_case *c)
{
	u8 *mem = calloc(1, c->mem_len + 1);

	if (!mem)
		abort();
	if (c->mem_len)
		memcpy(mem, c->mem, c->mem_len);
	return mem;
}

static void run_checked(const struct conformance_case *c)
{
	struct strbuf message = STRBUF_INIT;
	u8 *mem = copy_memory(c);
	u64 r0 = 0;
	int err = interp_run_checked(c->insns, c->n, mem, c->mem_len, 1 << 20, &r0, &message);

	if (c->error)
		report(err < 0 && strstr(strbuf_str(&message), c->error), c, "checked", "expected \"%s\", got r0 = 0x%llx, \"%s\"",
		       c->error, r0, strbuf_str(&message));
	else
		compare(c, "checked", err, r0, mem, strbuf_str(&message));
	strbuf_free(&message);
	free(mem);
}

/* The starts of local functions, as the verifier would give them. */
static u32 find_subprogs(const struct conformance_case *c, struct bpf_subprog *subprogs, u32 max)
{
	u32 cnt = 1;

	subprogs[0] = (struct bpf_subprog){.end = c->n, .stack_depth = MAX_BPF_STACK};
	for (u32 i = 0; i < c->n; i += insn_slots(&c->insns[i]))
		if (insn_is_local_call(&c->insns[i]) && cnt < max)
			subprogs[cnt++] = (struct bpf_subprog){
				.start = i + 1 + (u32)c->insns[i].imm, .end = c->n, .stack_depth = MAX_BPF_STACK};
	return cnt;
}

static void run_fast(const struct conformance_case *c)
{
	struct bpf_subprog subprogs[32];
	struct bpf_prog prog = {.insns = c->insns, .insn_cnt = c->n, .subprogs = subprogs};
	struct interp_prog *code;
	u8 *mem = copy_memory(c);
	u64 r0;

	prog.subprog_cnt = find_subprogs(c, subprogs, ARRAY_SIZE(subprogs));
	code = interp_compile(&prog);
	if (!code) {
		report(false, c, "fast", "does not compile: %s", strerror(errno));
	} else {
		r0 = interp_call(code, 0, c->mem_len ? ptr_to_u64(mem) : 0, c->mem_len, 0, 0, 0);
		compare(c, "fast", 0, r0, mem, "");
	}
	interp_free(code);
	free(mem);
}

/* The last line of the verifier's log that says why. */
static const char *verdict(char *log)
{
	char *end = strstr(log, "\nprocessed "), *start;

	if (end)
		*end = 0;
	start = strrchr(log, '\n');
	return start ? start + 1 : log;
}

static void run_kernel(const struct conformance_case *c, bool available)
{
	u8 *mem;
	u64 r0 = 0;
	int err;

	if (!available || c->kernel_skip || c->only_checked) {
		report(true, c, "kernel", " # SKIP %s", !available ? "bpf(2) is not allowed here" : c->kernel_skip ? c->kernel_skip : "no packet");
		return;
	}
	mem = copy_memory(c);
	err = kernel_run(c, mem, &r0, kernel_log, sizeof(kernel_log));
	if (c->kernel_refuses)
		report(err < 0 && strstr(kernel_log, c->kernel_refuses), c, "kernel", "expected \"%s\", got %d, \"%s\"", c->kernel_refuses,
		       err, verdict(kernel_log));
	else if (!c->error)
		compare(c, "kernel", err, r0, mem, verdict(kernel_log));
	else
		report(err < 0, c, "kernel", "the kernel takes it: r0 = 0x%llx", r0);
	free(mem);
}

/* What runs only with maps, helpers or an arena around it. */
static bool needs_engine(u32 op)
{
	return isa_ops[op].rewritten || op == ISA_CALL_HELPER || op == ISA_CALL_KFUNC || op == ISA_ADDR_SPACE_CAST ||
	       (isa_ops[op].form == ISA_FORM_LD_IMM64 && op != ISA_LD_IMM64);
}

/* Every instruction is in two cases at least that run to their end. */
static void check_coverage(const struct conformance_cases *cases)
{
	u32 seen[ISA_OP_COUNT] = {0};

	for (u32 i = 0; i < cases->n; i++)
		for (u32 j = 0; j < cases->v[i].n && !cases->v[i].error; j += insn_slots(&cases->v[i].insns[j]))
			seen[isa_decode(&cases->v[i].insns[j])]++;
	for (u32 op = ISA_INVALID + 1; op < ISA_OP_COUNT; op++) {
		const struct conformance_case coverage = {.name = (char *)isa_ops[op].name, .file = "coverage"};

		if (!needs_engine(op))
			report(seen[op] >= 2, &coverage, "coverage", seen[op] >= 2 ? NULL : "%u cases", seen[op]);
	}
}

int main(int argc, char **argv)
{
	struct conformance_cases cases = {0};
	bool kernel = kernel_available();

	for (int i = 1; i < argc; i++)
		if (cases_read(&cases, argv[i]))
			return 1;
	for (u32 i = 0; i < cases.n; i++) {
		const struct conformance_case *c = &cases.v[i];

		run_checked(c);
		if (!c->error && !c->only_checked)
			run_fast(c);
		run_kernel(c, kernel);
	}
	check_coverage(&cases);
	printf("1..%u\n", test_number);
	fprintf(stderr, "%u cases, %u results, %u failures%s\n", cases.n, test_number, failures, kernel ? "" : "; the kernel was not asked");
	cases_free(&cases);
	return failures != 0;
}

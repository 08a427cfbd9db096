/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an instruction costs in the interpreter: small programs, each beside the same algorithm in C, and beside the kernel's JIT
 * where bpf(2) is allowed. Every result is checked against the C.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/isa/asm.h"
#include "engine/interp/interp.h"
#include "tests/conformance/kernel.h"

#define MEM_LEN 2048
#define SAMPLES 9
#define SAMPLE_NS 4000000

struct bench {
	const char *name;
	u64 (*native)(u8 *mem);
	const char *text;
};

static __attribute__((noinline)) u64 native_alu(u8 *mem)
{
	u64 h = mem[0];

	for (u64 i = 0; i < 500; i++) {
		h = (h * 0x5bd1e995) ^ i;
		h += h >> 13;
	}
	return h;
}

static __attribute__((noinline)) u64 native_checksum(u8 *mem)
{
	u64 sum = 0;

	for (u32 i = 0; i < MEM_LEN / 4; i++) {
		u32 v;

		memcpy(&v, mem + 4 * i, 4);
		sum += v;
	}
	return sum;
}

static __attribute__((noinline)) u64 native_sort(u8 *mem)
{
	u32 *v = (u32 *)mem;

	for (int i = 0; i < 32; i++)
		for (int j = 0; j < 31; j++)
			if (v[j] > v[j + 1]) {
				u32 t = v[j];

				v[j] = v[j + 1];
				v[j + 1] = t;
			}
	return v[0];
}

static __attribute__((noinline)) u64 native_branches(u8 *mem)
{
	u64 n = mem[0];

	for (u32 i = 0; i < 512; i++) {
		u8 b = mem[i];

		if (b > 200)
			n += 3;
		else if (b & 1)
			n ^= b;
		else if (b < 50)
			n -= 1;
		else
			n += b;
	}
	return n;
}

static __attribute__((noinline)) u64 native_callee(u64 a, u64 b)
{
	__asm__("" : "+r"(a));
	return a * 3 + b;
}

static __attribute__((noinline)) u64 native_calls(u8 *mem)
{
	u64 n = mem[0];

	for (u64 i = 0; i < 200; i++)
		n = native_callee(n, i);
	return n;
}

static __attribute__((noinline)) u64 native_modulo(u8 *mem)
{
	u64 n = mem[0];

	for (u64 i = 1; i <= 200; i++)
		n += (n * 7919 + 3) % (i + 1000) + (n / i);
	return n;
}

static const struct bench benches[] = {
	{"alu", native_alu,
	 "r0 = *(u8 *)(r1 +0)\nr3 = 0\nr5 = 0x5bd1e995\n"
	 "loop: r0 *= r5\nr0 ^= r3\nr4 = r0\nr4 >>= 13\nr0 += r4\nr3 += 1\nif r3 < 500 goto loop\nexit"},
	{"checksum", native_checksum,
	 "r0 = 0\nr3 = 0\n"
	 "loop: r4 = *(u32 *)(r1 +0)\nr0 += r4\nr1 += 4\nr3 += 1\nif r3 < 512 goto loop\nexit"},
	{"sort", native_sort,
	 "r2 = 0\n"
	 "outer: r3 = 0\nr6 = r1\n"
	 "inner: r4 = *(u32 *)(r6 +0)\nr5 = *(u32 *)(r6 +4)\nif r4 <= r5 goto next\n*(u32 *)(r6 +0) = r5\n*(u32 *)(r6 +4) = r4\n"
	 "next: r6 += 4\nr3 += 1\nif r3 < 31 goto inner\nr2 += 1\nif r2 < 32 goto outer\nr0 = *(u32 *)(r1 +0)\nexit"},
	{"branches", native_branches,
	 "r0 = *(u8 *)(r1 +0)\nr3 = 0\n"
	 "loop: r4 = *(u8 *)(r1 +0)\nif r4 > 200 goto high\nr5 = r4\nr5 &= 1\nif r5 != 0 goto odd\nif r4 < 50 goto low\nr0 += r4\n"
	 "goto next\nhigh: r0 += 3\ngoto next\nodd: r0 ^= r4\ngoto next\nlow: r0 += -1\n"
	 "next: r1 += 1\nr3 += 1\nif r3 < 512 goto loop\nexit"},
	{"calls", native_calls,
	 "r0 = *(u8 *)(r1 +0)\nr6 = 0\n"
	 "loop: r1 = r0\nr2 = r6\ncall callee\nr6 += 1\nif r6 < 200 goto loop\nexit\n"
	 "callee: r0 = r1\nr0 *= 3\nr0 += r2\nexit"},
	{"modulo", native_modulo,
	 "r0 = *(u8 *)(r1 +0)\nr3 = 1\n"
	 "loop: r4 = r0\nr4 *= 7919\nr4 += 3\nr5 = r3\nr5 += 1000\nr4 %= r5\nr5 = r0\nr5 /= r3\nr0 += r4\nr0 += r5\nr3 += 1\n"
	 "if r3 <= 200 goto loop\nexit"},
};

static u64 now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (u64)ts.tv_sec * 1000000000 + (u64)ts.tv_nsec;
}

static void fill(u8 *mem)
{
	u32 x = 12345;

	for (u32 i = 0; i < MEM_LEN; i++) {
		x = x * 1103515245 + 12345;
		mem[i] = (u8)(x >> 16);
	}
}

struct subject {
	const struct bench *bench;
	struct interp_prog *code; /* NULL: the C */
	u8 *mem;
};

static u64 run_once(const struct subject *s)
{
	if (s->code)
		return interp_call(s->code, 0, ptr_to_u64(s->mem), MEM_LEN, 0, 0, 0);
	return s->bench->native(s->mem);
}

/* Nanoseconds a run: the best of some samples of a few milliseconds. */
static double measure(const struct subject *s)
{
	u64 batch = 1;
	double best = INFINITY;

	for (int sample = 0; sample < SAMPLES;) {
		u64 start = now_ns(), spent;
		volatile u64 sink;

		for (u64 i = 0; i < batch; i++)
			sink = run_once(s);
		(void)sink;
		spent = now_ns() - start;
		if (spent < SAMPLE_NS) {
			batch *= 2;
			continue;
		}
		sample++;
		best = fmin(best, (double)spent / (double)batch);
	}
	return best;
}

/* Instructions executed in a run: the smallest budget that suffices. */
static u64 count_insns(const struct conformance_case *c, u8 *mem)
{
	u64 low = 1, high = 1 << 24;

	while (low < high) {
		u64 middle = low + (high - low) / 2, r0;
		struct strbuf err = STRBUF_INIT;

		fill(mem);
		if (interp_run_checked(c->insns, c->n, mem, MEM_LEN, middle, &r0, &err) == 0)
			high = middle;
		else
			low = middle + 1;
		strbuf_free(&err);
	}
	return low;
}

static struct interp_prog *compile(const struct conformance_case *c)
{
	struct bpf_subprog subprogs[2] = {{.stack_depth = 0}};
	struct bpf_prog prog = {.insns = c->insns, .insn_cnt = c->n, .subprogs = subprogs, .subprog_cnt = 1};

	for (u32 i = 0; i < c->n; i += insn_slots(&c->insns[i]))
		if (insn_is_local_call(&c->insns[i]))
			subprogs[prog.subprog_cnt++] = (struct bpf_subprog){.start = i + 1 + (u32)c->insns[i].imm};
	return interp_compile(&prog);
}

struct totals {
	double native, kernel;
	u32 n, kernel_n;
};

static int run_bench(const struct bench *b, bool kernel, struct totals *totals)
{
	static u8 mem[MEM_LEN] __attribute__((aligned(16))), kernel_mem[MEM_LEN];
	struct conformance_case c = {.mem = kernel_mem, .mem_len = MEM_LEN};
	struct subject ours = {b, NULL, mem}, native = {b, NULL, mem};
	struct asm_error err;
	u64 insns, want, got;
	double our_ns, native_ns;
	u32 kernel_ns;

	if (asm_text(b->text, NULL, &c.insns, &c.n, &err)) {
		fprintf(stderr, "%s:%u:%u: %s\n", b->name, err.line, err.column, err.text);
		return 1;
	}
	ours.code = compile(&c);
	if (!ours.code) {
		fprintf(stderr, "%s: does not compile\n", b->name);
		return 1;
	}
	insns = count_insns(&c, mem);
	fill(mem);
	want = run_once(&native);
	fill(mem);
	got = run_once(&ours);
	if (got != want) {
		fprintf(stderr, "%s: the interpreter gives 0x%llx, C 0x%llx\n", b->name, got, want);
		return 1;
	}
	our_ns = measure(&ours);
	native_ns = measure(&native);
	totals->native += log(our_ns / native_ns);
	totals->n++;
	printf("%-10s %8llu %10.0f %8.2f %10.0f %7.1f", b->name, insns, our_ns, our_ns / (double)insns, native_ns, our_ns / native_ns);
	memcpy(kernel_mem, mem, MEM_LEN);
	if (kernel && kernel_time(&c, 10000, &kernel_ns) == 0 && kernel_ns) {
		totals->kernel += log(our_ns / kernel_ns);
		totals->kernel_n++;
		printf(" %10u %7.1f", kernel_ns, our_ns / kernel_ns);
	}
	putchar('\n');
	interp_free(ours.code);
	free(c.insns);
	return 0;
}

int main(void)
{
	bool kernel = kernel_available();
	struct totals totals = {0};

	printf("%-10s %8s %10s %8s %10s %7s %10s %7s\n", "interp", "insns", "ns/run", "ns/insn", "C ns/run", "ratio", "kernel ns", "ratio");
	for (u32 i = 0; i < ARRAY_SIZE(benches); i++)
		if (run_bench(&benches[i], kernel, &totals))
			return 1;
	printf("%-10s %8s %10s %8s %10s %7.1f", "geomean", "", "", "", "", exp(totals.native / totals.n));
	if (totals.kernel_n)
		printf(" %10s %7.1f", "", exp(totals.kernel / totals.kernel_n));
	putchar('\n');
	return 0;
}

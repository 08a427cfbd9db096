/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random programs against both verifiers, and against what they do. Each computes offsets from unknown numbers in a
 * map's value, with checks here and there, spills, branches, loops and calls, and reads and writes the value through
 * them. Then:
 *  - both verifiers must say the same;
 *  - what ours accepts must stay within the value and the stack, whatever the value holds: the checked interpreter runs
 * it on many;
 *  - and it must return the same from TEST_RUN on both engines.
 *
 * usage: fuzz-verifier [-v] [COUNT [SEED]]. Exit status 1 for an acceptance that the kernel refuses, a fault, or
 * another result.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/isa/disasm.h"
#include "engine/interp/interp.h"
#include "tests/verifier/sides.h"

#define MAX_INSNS 400
#define LOG_SIZE  (8U << 20)
#define RUNS	  24
#define VALUE_MAX 64

struct gen {
	struct bpf_insn insns[MAX_INSNS];
	u32 n;
	u32 value_size;
	u32 exits[MAX_INSNS]; /* jumps that go to the end */
	u32 exit_n;
	u32 call_at;   /* call of the subprogram; 0: none */
	u32 end_limit; /* no more items past this */
	u8 spilled;    /* bit per slot of the stack that holds a pointer */
};

static u64 seed;
static struct side sides[2];
static char *logs[2];
static bool verbose, compare_logs;

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed * 0x2545f4914f6cdd1dULL;
}
static u32 below(u32 n)
{
	return (u32)(rnd() >> 33) % n;
}

static void emit(struct gen *g, u8 code, u8 dst, u8 src, s16 off, s32 imm)
{
	g->insns[g->n++] = (struct bpf_insn){.code = code, .dst_reg = dst, .src_reg = src, .off = off, .imm = imm};
}

/* Scalars live in r0, r2..r5 and r7..r9; r6 points to the value, r1 is for addresses. */
static u8 scalar_reg(void)
{
	static const u8 regs[] = {0, 2, 3, 4, 5, 7, 8, 9};

	return regs[below(ARRAY_SIZE(regs))];
}

static s32 some_imm(void)
{
	switch (below(6)) {
	case 0:
		return (s32)below(4);
	case 1:
		return (s32)below(VALUE_MAX);
	case 2:
		return -(s32)below(VALUE_MAX);
	case 3:
		return (s32)((1U << below(32)) - below(2));
	case 4:
		return (s32)rnd();
	default:
		return (s32)(0xffU << 8 * below(4));
	}
}

static u8 size_of(u32 log2)
{
	static const u8 codes[] = {BPF_B, BPF_H, BPF_W, BPF_DW};

	return codes[log2];
}

static void gen_alu(struct gen *g)
{
	static const u8 ops[] = {BPF_ADD,  BPF_SUB, BPF_MUL, BPF_AND, BPF_OR,  BPF_XOR, BPF_LSH, BPF_RSH,
				 BPF_ARSH, BPF_NEG, BPF_DIV, BPF_MOD, BPF_AND, BPF_RSH, BPF_MOV, BPF_MOV};
	u8 op = ops[below(ARRAY_SIZE(ops))], class = below(2) ? BPF_ALU64 : BPF_ALU, dst = scalar_reg(),
	   src = scalar_reg();
	u32 width = class == BPF_ALU64 ? 64 : 32;
	s32 imm = some_imm();

	if (op == BPF_NEG) {
		emit(g, class | op, dst, 0, 0, 0);
	} else if (op == BPF_MOV && below(4) == 0) {
		emit(g, class | op | BPF_X, dst, src, (s16)(8 << below(class == BPF_ALU64 ? 3 : 2)), 0);
	} else if (below(2)) {
		emit(g, class | op | BPF_X, dst, src, 0, 0);
	} else {
		if (op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH)
			imm = (s32)below(width);
		if ((op == BPF_DIV || op == BPF_MOD) && !imm)
			imm = 7;
		emit(g, class | op | BPF_K, dst, 0, 0, imm);
	}
}

static u8 some_jump(void)
{
	static const u8 ops[] = {BPF_JEQ, BPF_JNE,  BPF_JSET, BPF_JGT,	BPF_JGE, BPF_JLT,
				 BPF_JLE, BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE};

	return ops[below(ARRAY_SIZE(ops))];
}

static void gen_check(struct gen *g) /* out when it holds */
{
	u8 class = below(2) ? BPF_JMP : BPF_JMP32, dst = scalar_reg();

	g->exits[g->exit_n++] = g->n;
	if (below(3))
		emit(g, class | some_jump() | BPF_K, dst, 0, 0, some_imm());
	else
		emit(g, class | some_jump() | BPF_X, dst, scalar_reg(), 0, 0);
}

/* A number made small in one of the ways that programs do it. */
static void gen_bound(struct gen *g)
{
	u8 r = scalar_reg();
	s32 limit = (s32)below(g->value_size + 4);

	switch (below(6)) {
	case 0:
		emit(g, BPF_ALU64 | BPF_AND | BPF_K, r, 0, 0, (s32)((1U << below(7)) - 1));
		break;
	case 1:
		g->exits[g->exit_n++] = g->n;
		emit(g, BPF_JMP | BPF_JGT | BPF_K, r, 0, 0, limit);
		break;
	case 2:
		g->exits[g->exit_n++] = g->n;
		emit(g, BPF_JMP | BPF_JSGE | BPF_K, r, 0, 0, limit);
		g->exits[g->exit_n++] = g->n;
		emit(g, BPF_JMP | BPF_JSLT | BPF_K, r, 0, 0, -(s32)below(3));
		break;
	case 3:
		g->exits[g->exit_n++] = g->n;
		emit(g, BPF_JMP32 | BPF_JGE | BPF_K, r, 0, 0, limit);
		if (below(2))
			emit(g, BPF_ALU | BPF_MOV | BPF_X, r, r, 0, 0);
		break;
	case 4:
		emit(g, BPF_ALU64 | BPF_RSH | BPF_K, r, 0, 0, (s32)(58 + below(6)));
		break;
	default:
		emit(g, BPF_ALU64 | BPF_LSH | BPF_K, r, 0, 0, 58);
		emit(g, BPF_ALU64 | BPF_ARSH | BPF_K, r, 0, 0, (s32)(56 + below(8)));
		break;
	}
}

static void gen_access(struct gen *g)
{
	u8 r = scalar_reg(), size = size_of(below(4));
	s16 off = (s16)(below(3) ? below(8) : (u32)-below(8));

	emit(g, BPF_ALU64 | BPF_MOV | BPF_X, 1, 6, 0, 0);
	if (below(8))
		emit(g, BPF_ALU64 | (below(8) ? BPF_ADD : BPF_SUB) | BPF_X, 1, r, 0, 0);
	if (below(4) == 0)
		emit(g, BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, (s32)below(16) - 8);
	switch (below(3)) {
	case 0:
		emit(g, BPF_LDX | BPF_MEM | size, scalar_reg(), 1, off, 0);
		break;
	case 1:
		emit(g, BPF_STX | BPF_MEM | size, 1, scalar_reg(), off, 0);
		break;
	default:
		emit(g, BPF_ST | BPF_MEM | size, 1, 0, off, some_imm());
	}
}

static void gen_stack(struct gen *g)
{
	s16 slot = (s16)(-8 * (s32)(1 + below(4)));
	u32 log2 = below(3) ? 3 : below(4);
	s16 at = (s16)(slot + (s32)((below(8) >> log2) << log2));

	switch (below(5)) {
	case 0:
	case 1:
		emit(g, BPF_STX | BPF_MEM | size_of(log2), 10, scalar_reg(), at, 0);
		break;
	case 2:
		emit(g, BPF_ST | BPF_MEM | size_of(log2), 10, 0, at, some_imm());
		break;
	default:
		emit(g, BPF_LDX | BPF_MEM | size_of(log2), scalar_reg(), 10, at, 0);
	}
}

/* The pointer goes through the stack and comes back. */
static void gen_spill_pointer(struct gen *g)
{
	emit(g, BPF_STX | BPF_MEM | BPF_DW, 10, 6, -40, 0);
	if (below(3) == 0)
		emit(g, BPF_STX | BPF_MEM | size_of(below(4)), 10, scalar_reg(), -40, 0);
	emit(g, BPF_LDX | BPF_MEM | BPF_DW, 6, 10, -40, 0);
}

/* Variable offset into the stack. */
static void gen_stack_var(struct gen *g)
{
	u8 r = scalar_reg();

	emit(g, BPF_ALU64 | BPF_MOV | BPF_X, 1, 10, 0, 0);
	emit(g, BPF_ALU64 | BPF_ADD | BPF_K, 1, 0, 0, -(s32)(8 * (1 + below(4))));
	emit(g, BPF_ALU64 | BPF_ADD | BPF_X, 1, r, 0, 0);
	if (below(2))
		emit(g, BPF_LDX | BPF_MEM | size_of(below(4)), scalar_reg(), 1, 0, 0);
	else
		emit(g, BPF_ST | BPF_MEM | size_of(below(4)), 1, 0, 0, some_imm());
}

static void gen_item(struct gen *g, u32 depth);

static void gen_if(struct gen *g, u32 depth)
{
	u32 at = g->n, other = 0;

	emit(g, (below(2) ? BPF_JMP : BPF_JMP32) | some_jump() | (below(3) ? BPF_K : BPF_X), scalar_reg(), 0, 0, 0);
	if (BPF_SRC(g->insns[at].code) == BPF_X)
		g->insns[at].src_reg = scalar_reg();
	else
		g->insns[at].imm = some_imm();
	for (u32 i = 0; i < 1 + below(3); i++)
		gen_item(g, depth + 1);
	if (below(2)) {
		other = g->n;
		emit(g, BPF_JMP | BPF_JA, 0, 0, 0, 0);
	}
	g->insns[at].off = (s16)(g->n - at - 1);
	if (!other)
		return;
	for (u32 i = 0; i < 1 + below(3); i++)
		gen_item(g, depth + 1);
	g->insns[other].off = (s16)(g->n - other - 1);
}

/* A loop that counts a slot of the stack, or a register, to a small bound. */
static void gen_loop(struct gen *g, u32 depth)
{
	u8 r = 9;
	u32 top;

	emit(g, BPF_ALU64 | BPF_MOV | BPF_K, r, 0, 0, 0);
	top = g->n;
	for (u32 i = 0; i < 1 + below(2); i++)
		gen_item(g, depth + 1);
	emit(g, BPF_ALU64 | BPF_ADD | BPF_K, r, 0, 0, (s32)(1 + below(2)));
	emit(g, BPF_JMP | (below(4) ? BPF_JLT : BPF_JNE) | BPF_K, r, 0, 0, (s32)(1 + below(6)));
	g->insns[g->n - 1].off = (s16)((s32)top - (s32)g->n);
}

static void gen_call(struct gen *g)
{
	emit(g, BPF_ALU64 | BPF_MOV | BPF_X, 1, 6, 0, 0);
	emit(g, BPF_ALU64 | BPF_MOV | BPF_X, 2, scalar_reg(), 0, 0);
	g->call_at = g->n;
	emit(g, BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, 0);
	for (u8 r = 2; r <= 5; r++)
		emit(g, BPF_ALU64 | BPF_MOV | (below(2) ? BPF_K : BPF_X), r, 0, 0, 0);
}

static void gen_item(struct gen *g, u32 depth)
{
	if (g->n >= g->end_limit)
		return;
	switch (below(20)) {
	case 0 ... 5:
		gen_alu(g);
		break;
	case 6 ... 7:
		gen_check(g);
		break;
	case 8 ... 11:
		gen_bound(g);
		break;
	case 12 ... 13:
		gen_access(g);
		break;
	case 14 ... 15:
		gen_stack(g);
		break;
	case 16:
		gen_spill_pointer(g);
		break;
	case 17:
		if (depth < 3)
			gen_if(g, depth);
		break;
	case 18:
		if (depth < 2 && below(2))
			gen_loop(g, depth);
		else if (!g->call_at && depth == 0)
			gen_call(g);
		break;
	default:
		if (below(2))
			gen_stack_var(g);
		else
			gen_alu(g);
	}
}

/* A subprogram that takes the value's address and a number. */
static void gen_subprog(struct gen *g)
{
	g->insns[g->call_at].imm = (s32)(g->n - g->call_at - 1);
	emit(g, BPF_ALU64 | BPF_MOV | BPF_X, 0, 2, 0, 0);
	if (below(2))
		emit(g, BPF_ALU64 | BPF_AND | BPF_K, 0, 0, 0, (s32)((1U << below(6)) - 1));
	if (below(2)) {
		emit(g, BPF_ALU64 | BPF_ADD | BPF_X, 1, 0, 0, 0);
		emit(g, BPF_LDX | BPF_MEM | size_of(below(4)), 0, 1, 0, 0);
	}
	if (below(2)) {
		emit(g, BPF_STX | BPF_MEM | BPF_DW, 10, 0, -8, 0);
		emit(g, BPF_LDX | BPF_MEM | size_of(below(4)), 0, 10, -8, 0);
	}
	emit(g, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static void make_program(struct gen *g)
{
	u32 items = 4 + below(24);

	memset(g, 0, sizeof(*g));
	g->value_size = 8 * (1 + below(VALUE_MAX / 8));
	g->end_limit = MAX_INSNS - 100;
	/* r6 = the value (filled in later: two slots) */
	emit(g, BPF_LD | BPF_IMM | BPF_DW, 6, BPF_PSEUDO_MAP_VALUE, 0, 0);
	emit(g, 0, 0, 0, 0, 0);
	for (u32 i = 0; i < 5; i++)
		emit(g, BPF_ST | BPF_MEM | BPF_DW, 10, 0, (s16)(-8 * (s32)(i + 1)), below(2) ? 0 : some_imm());
	for (u8 r = 0; r <= 9; r++) {
		u32 log2 = below(4), size = 1U << log2;

		if (r == 1 || r == 6)
			continue;
		if (below(4))
			emit(g, BPF_LDX | BPF_MEM | size_of(log2), r, 6, (s16)(size * below(g->value_size / size)), 0);
		else
			emit(g, BPF_ALU64 | BPF_MOV | BPF_K, r, 0, 0, some_imm());
	}
	for (u32 i = 0; i < items; i++)
		gen_item(g, 0);
	if (below(2))
		emit(g, BPF_ALU64 | BPF_XOR | BPF_X, 0, scalar_reg(), 0, 0);
	for (u32 i = 0; i < g->exit_n; i++)
		g->insns[g->exits[i]].off = (s16)(g->n - g->exits[i] - 1);
	emit(g, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
	if (g->call_at)
		gen_subprog(g);
}

/* The value's bytes: random, small, or at the ends of types. */
static void random_value(u8 *value, u32 size)
{
	static const u64 ends[] = {
	    0, 1, 7, 8, ~0ULL, 1ULL << 63, (1ULL << 63) - 1, 1ULL << 31, (1ULL << 31) - 1, 1ULL << 32, 0xffffffff};
	u32 kind = below(4);

	for (u32 i = 0; i < size; i += 8) {
		u64 v = kind == 0   ? rnd()
			: kind == 1 ? below(VALUE_MAX)
			: kind == 2 ? ends[below(ARRAY_SIZE(ends))]
				    : rnd() >> below(64);

		memcpy(value + i, &v, sizeof(v));
	}
}

/* Run without types in the checked interpreter, with the value as its memory. false: it left the value or the stack. */
static bool stays_inside(const struct gen *g)
{
	struct bpf_insn insns[MAX_INSNS];
	u8 value[VALUE_MAX];
	struct strbuf err = STRBUF_INIT;
	bool ok = true;

	memcpy(insns, g->insns, sizeof(insns));
	insns[0] = (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 6, .src_reg = 1};
	insns[1] = insns[0];
	for (u32 i = 0; ok && i < RUNS; i++) {
		u64 r0;

		random_value(value, g->value_size);
		if (interp_run_checked(insns, g->n, value, g->value_size, 2000000, &r0, &err)) {
			printf("FAULT: %s\n", strbuf_str(&err));
			ok = false;
		}
	}
	strbuf_free(&err);
	return ok;
}

static void show(const struct gen *g)
{
	struct strbuf sb = STRBUF_INIT;

	disasm_prog(&sb, g->insns, g->n, NULL);
	printf("value_size %u\n%s", g->value_size, strbuf_str(&sb));
	strbuf_free(&sb);
	for (u32 s = 0; s < 2; s++)
		printf("--- %s\n%.30000s\n", sides[s].name, logs[s]);
}

/* Load it there; the program's descriptor or -errno. */
static int load_on(u32 s, struct gen *g, int map)
{
	struct load load = {.type = BPF_PROG_TYPE_SOCKET_FILTER,
			    .insns = g->insns,
			    .insn_cnt = g->n,
			    .log = logs[s],
			    .log_size = LOG_SIZE,
			    .log_level = verbose || compare_logs ? 2 : 1,
			    .flags = BPF_F_ANY_ALIGNMENT};

	g->insns[0].imm = map;
	return side_load(&sides[s], &load);
}

static bool same_results(const struct gen *g, const int *maps, const int *progs)
{
	u8 data[64] = {0}, value[VALUE_MAX];
	u32 zero = 0, ret[2];

	for (u32 i = 0; i < 6; i++) {
		int err[2];

		random_value(value, g->value_size);
		for (u32 s = 0; s < 2; s++) {
			side_update(&sides[s], maps[s], &zero, value);
			err[s] = side_test_run(&sides[s], progs[s], data, sizeof(data), &ret[s]);
		}
		if (err[0] == err[1] && (err[0] || ret[0] == ret[1]))
			continue;
		printf("RESULT: kernel %s %#x, ours %s %#x\n", errno_name(-err[0]), ret[0], errno_name(-err[1]),
		       ret[1]);
		return false;
	}
	return true;
}

struct counts {
	u32 programs, accepted, refused, unsound, incomplete, other_errno, faults, results, logs;
};

/* Whether the normalised logs part; shows where. */
static bool logs_differ(void)
{
	const char *a = logs[0], *b = logs[1], *lines[2] = {a, b};

	log_normalise(logs[0]);
	log_normalise(logs[1]);
	for (; *a && *a == *b; a++, b++)
		if (*a == '\n') {
			lines[0] = a + 1;
			lines[1] = b + 1;
		}
	if (*a == *b)
		return false;
	for (u32 s = 0; s < 2; s++)
		printf("LOG %s: %.*s\n", sides[s].name, (int)strcspn(lines[s], "\n"), lines[s]);
	return true;
}

static bool try_program(struct gen *g, struct counts *c)
{
	int maps[2] = {-1, -1}, progs[2] = {-EPERM, -EPERM};
	bool bad = false;

	for (u32 s = 0; s < 2; s++) {
		if (!sides[s].door)
			continue;
		maps[s] = side_map(&sides[s], BPF_MAP_TYPE_ARRAY, 4, g->value_size, 1, 0, 0);
		progs[s] = load_on(s, g, maps[s]);
	}
	c->programs++;
	if (sides[0].door && progs[0] < 0 && progs[1] >= 0) {
		printf("UNSOUND? the kernel refuses with %s\n", errno_name(-progs[0]));
		c->unsound++;
		bad = true;
	} else if (progs[0] >= 0 && progs[1] < 0) {
		printf("refused by us alone with %s\n", errno_name(-progs[1]));
		c->incomplete++;
		bad = true;
	} else if (progs[1] >= 0) {
		c->accepted++;
	} else {
		c->refused++;
		c->other_errno += sides[0].door && progs[0] != progs[1];
	}
	if (progs[1] >= 0 && !stays_inside(g)) {
		c->faults++;
		bad = true;
	} else if (progs[0] >= 0 && progs[1] >= 0 && !same_results(g, maps, progs)) {
		c->results++;
		bad = true;
	}
	if (compare_logs && sides[0].door && !bad && logs_differ()) {
		c->logs++;
		bad = true;
	}
	for (u32 s = 0; s < 2; s++) {
		if (progs[s] >= 0)
			close(progs[s]);
		if (maps[s] >= 0)
			close(maps[s]);
	}
	return !bad;
}

int main(int argc, char **argv)
{
	unsigned long count, i;
	struct counts c = {0};
	struct gen g;
	int opt;

	while ((opt = getopt(argc, argv, "vl")) != -1) {
		verbose |= opt == 'v';
		compare_logs |= opt == 'l';
	}
	count = optind < argc ? strtoul(argv[optind], NULL, 0) : 500;
	seed = optind + 1 < argc ? strtoull(argv[optind + 1], NULL, 0) : 0x9e3779b97f4a7c15ULL;
	logs[0] = malloc(LOG_SIZE);
	logs[1] = malloc(LOG_SIZE);
	side_open_kernel(&sides[0]);
	side_open_user(&sides[1]);
	for (i = 0; i < count; i++) {
		u64 this_seed = seed;

		make_program(&g);
		if (!try_program(&g, &c)) {
			printf("seed %#llx\n", (unsigned long long)this_seed);
			if (verbose)
				show(&g);
		}
	}
	printf("%u programs: %u accepted by both, %u refused by both (%u with another errno), %u UNSOUND, %u refused "
	       "by us alone, "
	       "%u faults, %u other results, %u other logs\n",
	       c.programs, c.accepted, c.refused, c.other_errno, c.unsound, c.incomplete, c.faults, c.results, c.logs);
	side_close(&sides[0]);
	side_close(&sides[1]);
	return c.unsound || c.faults || c.results ? 1 : 0;
}

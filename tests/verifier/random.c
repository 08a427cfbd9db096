/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random programs on both verifiers: same verdict, same errno, and, but for few, the same log line by line at level 2. Programs
 * keep to registers that are likely to be set, so that most get far.
 *
 * usage: random [-s SEED] [-n PROGRAMS] [-b] [-m] [-l] [-v]   -b: jumps back, too; -m: with damaged
 * instructions; -l: list logs that differ; -v: show both logs. Exit
 * status 1 when a verdict or an errno differs, or one log in fifty.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/isa/disasm.h"
#include "common/isa/insn_macros.h"
#include "tests/verifier/sides.h"

#define LOG_SIZE (4U << 20)
#define INSNS_MAX 128
#define BODY_MAX 40

static u64 state;
static bool loops; /* jumps back, too */

static u32 rnd(u32 n)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (u32)((state * 0x2545f4914f6cdd1dULL) >> 33) % n;
}

struct gen {
	struct bpf_insn insns[INSNS_MAX];
	u32 n;
	u16 scalars; /* registers that hold numbers, as far as one sees */
	u16 spilled; /* stack slots that hold something */
	bool value;  /* r7 is a map value */
	bool packet;
};

static void emit(struct gen *g, struct bpf_insn insn)
{
	if (g->n < INSNS_MAX)
		g->insns[g->n++] = insn;
}

static u8 any_scalar(struct gen *g)
{
	for (u32 tries = 0; tries < 20; tries++) {
		u8 r = (u8)rnd(10);

		if (g->scalars & 1U << r)
			return r;
	}
	return 8;
}

static u8 any_dst(struct gen *g)
{
	static const u8 regs[] = {0, 1, 2, 3, 4, 5, 8, 9};

	(void)g;
	return regs[rnd(ARRAY_SIZE(regs))];
}

static s32 any_imm(void)
{
	static const s32 imms[] = {0, 1, -1, 2, 7, 8, 15, 16, 31, 63, 64, 255, 256, 4095, 0xffff, 0x7fffffff, -0x7fffffff - 1, -8, -2};

	return rnd(4) ? imms[rnd(ARRAY_SIZE(imms))] : (s32)(rnd(0x7fffffff) - 0x3fffffff);
}

static void gen_alu(struct gen *g)
{
	static const u8 ops[] = {BPF_ADD, BPF_SUB, BPF_MUL, BPF_AND, BPF_OR, BPF_XOR, BPF_LSH, BPF_RSH, BPF_ARSH, BPF_DIV, BPF_MOD};
	u8 op = ops[rnd(ARRAY_SIZE(ops))], dst = any_scalar(g);
	u8 class = rnd(3) ? BPF_ALU64 : BPF_ALU;
	s32 imm = any_imm();

	if (rnd(2)) {
		emit(g, BPF_RAW_INSN((u8)(class | op | BPF_X), dst, any_scalar(g), 0, 0));
		return;
	}
	if (op == BPF_LSH || op == BPF_RSH || op == BPF_ARSH)
		imm = (s32)rnd(class == BPF_ALU64 ? 64 : 32);
	if ((op == BPF_DIV || op == BPF_MOD) && !imm)
		imm = 3;
	emit(g, BPF_RAW_INSN((u8)(class | op | BPF_K), dst, 0, 0, imm));
}

static void gen_mov(struct gen *g)
{
	u8 dst = any_dst(g), src = any_scalar(g);

	switch (rnd(5)) {
	case 0:
		emit(g, BPF_MOV64_IMM(dst, any_imm()));
		break;
	case 1:
		emit(g, BPF_MOV32_REG(dst, src));
		break;
	case 2:
		emit(g, BPF_MOVSX64_REG(dst, src, (s16)(8 << rnd(3))));
		break;
	default:
		emit(g, BPF_MOV64_REG(dst, src));
		break;
	}
	g->scalars |= (u16)(1U << dst);
}

static void gen_misc_alu(struct gen *g)
{
	u8 dst = any_scalar(g);

	switch (rnd(4)) {
	case 0:
		emit(g, BPF_RAW_INSN((u8)((rnd(2) ? BPF_ALU64 : BPF_ALU) | BPF_NEG), dst, 0, 0, 0));
		break;
	case 1:
		emit(g, BPF_ENDIAN(rnd(2) ? BPF_TO_BE : BPF_TO_LE, dst, 16 << rnd(3)));
		break;
	case 2:
		emit(g, BPF_BSWAP(dst, 16 << rnd(3)));
		break;
	default:
		emit(g, BPF_MOVSX32_REG(dst, any_scalar(g), (s16)(8 << rnd(2))));
		break;
	}
}

static void gen_stack(struct gen *g)
{
	static const u8 sizes[] = {BPF_DW, BPF_DW, BPF_W, BPF_H, BPF_B};
	u8 size = sizes[rnd(ARRAY_SIZE(sizes))], bytes = size == BPF_DW ? 8 : size == BPF_W ? 4 : size == BPF_H ? 2 : 1;
	s16 off = (s16) - (s32)((1 + rnd(40 / bytes)) * bytes);
	u8 dst;

	switch (rnd(4)) {
	case 0:
		emit(g, BPF_ST_MEM(size, 10, off, any_imm()));
		break;
	case 1:
		emit(g, BPF_STX_MEM(size, 10, any_scalar(g), off));
		break;
	case 2:
		if (bytes == 8 && g->value && !rnd(4)) {
			emit(g, BPF_STX_MEM(BPF_DW, 10, 7, off));
			break;
		}
		__attribute__((fallthrough));
	default:
		dst = any_dst(g);
		emit(g, bytes < 8 && rnd(2) ? BPF_LDX_MEMSX(size, dst, 10, off) : BPF_LDX_MEM(size, dst, 10, off));
		g->scalars |= (u16)(1U << dst);
		break;
	}
}

static void gen_value(struct gen *g)
{
	u8 dst = any_dst(g), index = any_scalar(g);

	if (!g->value)
		return;
	switch (rnd(4)) {
	case 0:
		emit(g, BPF_STX_MEM(BPF_W, 7, any_scalar(g), (s16)(rnd(12) * 4)));
		break;
	case 1:
		/* r9 = value + bounded index */
		emit(g, BPF_MOV64_REG(9, 7));
		if (rnd(4))
			emit(g, BPF_ALU64_IMM(BPF_AND, index, (s32)(1U << rnd(7)) - 1));
		emit(g, BPF_ALU64_REG(BPF_ADD, 9, index));
		emit(g, BPF_LDX_MEM(BPF_B, 9, 9, (s16)rnd(16)));
		g->scalars |= 1U << 9;
		break;
	case 2:
		emit(g, BPF_ATOMIC_OP(rnd(2) ? BPF_DW : BPF_W, rnd(2) ? BPF_ADD : BPF_ADD | BPF_FETCH, 7, any_scalar(g), (s16)(rnd(6) * 8)));
		break;
	default:
		emit(g, BPF_LDX_MEM(rnd(2) ? BPF_W : BPF_DW, dst, 7, (s16)(rnd(6) * 8)));
		g->scalars |= (u16)(1U << dst);
		break;
	}
}

static void gen_jump(struct gen *g)
{
	static const u8 ops[] = {BPF_JEQ, BPF_JNE, BPF_JGT, BPF_JGE, BPF_JLT, BPF_JLE, BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE, BPF_JSET};
	u8 op = ops[rnd(ARRAY_SIZE(ops))], class = rnd(3) ? BPF_JMP : BPF_JMP32;
	s16 off = (s16)(1 + rnd(6));

	if (loops && !rnd(12) && g->n > 12)
		off = (s16) - (s32)(2 + rnd(4));
	if (rnd(2))
		emit(g, BPF_RAW_INSN((u8)(class | op | BPF_X), any_scalar(g), any_scalar(g), off, 0));
	else
		emit(g, BPF_RAW_INSN((u8)(class | op | BPF_K), any_scalar(g), 0, off, any_imm()));
}

static void gen_call(struct gen *g)
{
	emit(g, BPF_EMIT_CALL(rnd(2) ? BPF_FUNC_get_prandom_u32 : BPF_FUNC_ktime_get_ns));
	g->scalars &= (u16)~0x3eU;
	g->scalars |= 1;
}

static void prologue(struct gen *g, int map)
{
	const struct bpf_insn ld[] = {BPF_LD_MAP_FD(BPF_REG_1, map)};

	emit(g, BPF_MOV64_REG(6, 1));
	emit(g, BPF_LDX_MEM(BPF_W, 8, 6, 0));
	g->scalars = 1U << 8;
	if (rnd(3)) {
		emit(g, BPF_ST_MEM(BPF_W, 10, -4, (s32)rnd(3)));
		emit(g, BPF_MOV64_REG(2, 10));
		emit(g, BPF_ALU64_IMM(BPF_ADD, 2, -4));
		emit(g, ld[0]);
		emit(g, ld[1]);
		emit(g, BPF_EMIT_CALL(BPF_FUNC_map_lookup_elem));
		emit(g, BPF_JMP_IMM(BPF_JNE, 0, 0, 2));
		emit(g, BPF_MOV64_IMM(0, 0));
		emit(g, BPF_EXIT_INSN());
		emit(g, BPF_MOV64_REG(7, 0));
		g->value = true;
	}
	emit(g, BPF_EMIT_CALL(BPF_FUNC_get_prandom_u32));
	g->scalars |= 1;
	emit(g, BPF_MOV64_REG(9, 0));
	g->scalars |= 1U << 9;
}

static void generate(struct gen *g, int map)
{
	u32 body = 5 + rnd(BODY_MAX), end;

	*g = (struct gen){0};
	prologue(g, map);
	end = g->n + body;
	while (g->n < end && g->n < INSNS_MAX - 12) {
		switch (rnd(12)) {
		case 0:
		case 1:
		case 2:
			gen_alu(g);
			break;
		case 3:
		case 4:
			gen_mov(g);
			break;
		case 5:
			gen_misc_alu(g);
			break;
		case 6:
		case 7:
			gen_stack(g);
			break;
		case 8:
			gen_value(g);
			break;
		case 9:
			rnd(4) ? (void)0 : gen_call(g);
			break;
		default:
			gen_jump(g);
			break;
		}
	}
	for (u32 i = 0; i < 7; i++)
		emit(g, BPF_MOV64_IMM(0, 0));
	emit(g, BPF_EXIT_INSN());
}

/* Change a field of an instruction or two to anything. */
static void mutate(struct gen *g)
{
	for (u32 i = 1 + rnd(2); i; i--) {
		struct bpf_insn *insn = &g->insns[rnd(g->n)];

		if (insn->code == (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		switch (rnd(5)) {
		case 0:
			insn->code = (u8)rnd(256);
			break;
		case 1:
			insn->dst_reg = rnd(16) & 15;
			break;
		case 2:
			insn->src_reg = rnd(16) & 15;
			break;
		case 3:
			insn->off = (s16)(rnd(2) ? rnd(64) - 32 : rnd(65536));
			break;
		default:
			insn->imm = any_imm();
			break;
		}
	}
}

/* The map's descriptor differs from side to side. */
static void set_map(struct gen *g, int map)
{
	for (u32 i = 0; i < g->n; i++)
		if (g->insns[i].code == (BPF_LD | BPF_IMM | BPF_DW) && g->insns[i].src_reg == BPF_PSEUDO_MAP_FD)
			g->insns[i].imm = map;
}

static int try_load(const struct side *side, struct gen *g, int map, char *log)
{
	struct load load = {.type = BPF_PROG_TYPE_SOCKET_FILTER,
			    .insns = g->insns,
			    .insn_cnt = g->n,
			    .log_level = 2,
			    .log = log,
			    .log_size = LOG_SIZE};
	int fd;

	set_map(g, map);
	log[0] = '\0';
	fd = side_load(side, &load);
	if (fd >= 0)
		close(fd);
	return min_of(fd, 0);
}

/* The first line in which the logs differ, or NULL. */
static const char *difference(const char *a, const char *b)
{
	const char *line = a;

	for (; *a && *a == *b; a++, b++)
		if (*a == '\n')
			line = a + 1;
	return *a == *b ? NULL : line;
}

int main(int argc, char **argv)
{
	u64 seed = 1;
	u32 n = 500, bad = 0, other_log = 0, accepted = 0, refused = 0;
	bool verbose = false, list = false, damage = false;
	struct side sides[2] = {{0}};
	int maps[2], opt;
	char *logs[2] = {malloc(LOG_SIZE), malloc(LOG_SIZE)};

	while ((opt = getopt(argc, argv, "blms:n:v")) != -1) {
		if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else if (opt == 'n')
			n = (u32)strtoul(optarg, NULL, 0);
		verbose |= opt == 'v';
		list |= opt == 'l' || opt == 'v';
		loops |= opt == 'b';
		damage |= opt == 'm';
	}
	side_open_kernel(&sides[0]);
	if (!sides[0].door)
		return 77;
	side_open_user(&sides[1]);
	for (u32 s = 0; s < 2; s++)
		maps[s] = side_map(&sides[s], BPF_MAP_TYPE_ARRAY, 4, 48, 2, 0, -1);
	for (u32 i = 0; i < n; i++) {
		struct gen g;
		const char *differ;
		int err[2];

		state = (seed + i) * 0x9e3779b97f4a7c15ULL + 1;
		generate(&g, maps[0]);
		if (damage)
			mutate(&g);
		for (u32 s = 0; s < 2; s++) {
			err[s] = try_load(&sides[s], &g, maps[s], logs[s]);
			log_normalise(logs[s]);
		}
		*(err[0] ? &refused : &accepted) += 1;
		differ = difference(logs[0], logs[1]);
		if (err[0] == err[1] && !differ)
			continue;
		*(err[0] == err[1] ? &other_log : &bad) += 1;
		if (err[0] == err[1] && !list)
			continue;
		printf("%s seed %llu: kernel %s, ours %s: %.*s\n", !err[1] && err[0] ? "UNSOUND" : err[0] != err[1] ? "verdict" : "log",
		       (unsigned long long)(seed + i), errno_name(-err[0]), errno_name(-err[1]), differ ? (int)strcspn(differ, "\n") : 0,
		       differ ? differ : "");
		if (verbose)
			printf("--- kernel\n%s--- ours\n%s", logs[0], logs[1]);
	}
	printf("%u programs, %u accepted, %u refused, %u verdicts differ, %u more logs\n", n, accepted, refused, bad, other_log);
	for (u32 s = 0; s < 2; s++) {
		free(logs[s]);
		side_close(&sides[s]);
	}
	return bad || other_log > n / 50;
}

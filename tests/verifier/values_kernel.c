/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The value layer against the kernel's verifier: random programs of arithmetic, conversions and branches on two scalars
 * are loaded with log level 2, and what the log says of a register after each instruction must be what the value layer
 * says, to the digit.
 *
 * usage: values_kernel [PROGRAMS [SEED]]. Exit 77 where bpf(2) is not allowed.
 */
#include <ctype.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/verifier/values/scalar.h"

enum kind { K_ALU, K_ALU_IMM, K_MOVSX, K_MOV32, K_END, K_JMP, K_JMP_IMM };

#define MAX_INSNS 96

struct step {
	enum kind kind;
	u8 op;
	bool is64;
	bool swap;
	bool taken;  /* jumps: the chain goes on where it jumps */
	u8 dst, src; /* 1 or 2 */
	u32 size;
	s32 imm;
};

struct program {
	struct bpf_insn insns[MAX_INSNS];
	u32 len;
	struct step steps[MAX_INSNS]; /* by insn index; kind is meaningful where has[] */
	bool has[MAX_INSNS];
};

static u64 seed;
static char log_text[1 << 20];

static u64 rnd(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed * 0x2545f4914f6cdd1dULL;
}

static void emit(struct program *p, u8 code, u8 dst, u8 src, s16 off, s32 imm)
{
	p->insns[p->len++] = (struct bpf_insn){.code = code, .dst_reg = dst, .src_reg = src, .off = off, .imm = imm};
}

static s32 random_imm(void)
{
	static const s32 corners[] = {0, 1, -1, 7, 15, 16, 255, 256, -128, INT32_MAX, INT32_MIN, 0xffff, -65536};

	switch (rnd() % 4) {
	case 0:
		return corners[rnd() % ARRAY_SIZE(corners)];
	case 1:
		return (s32)(1U << rnd() % 32);
	case 2:
		return (s32)((u32)rnd() >> rnd() % 32);
	default:
		return -(s32)((u32)rnd() >> (1 + rnd() % 31));
	}
}

static struct step random_step(void)
{
	static const u8 alu[] = {BPF_ADD,  BPF_SUB, BPF_MUL, BPF_AND, BPF_OR,  BPF_XOR, BPF_LSH, BPF_RSH,
				 BPF_ARSH, BPF_NEG, BPF_DIV, BPF_MOD, BPF_AND, BPF_AND, BPF_RSH, BPF_ADD};
	static const u8 jmp[] = {BPF_JEQ, BPF_JNE,  BPF_JSET, BPF_JGT,	BPF_JGE, BPF_JLT,
				 BPF_JLE, BPF_JSGT, BPF_JSGE, BPF_JSLT, BPF_JSLE};
	struct step s = {
	    .kind = (enum kind)(rnd() % 7), .is64 = rnd() & 1, .dst = 1 + (rnd() & 1), .imm = random_imm()};

	s.src = 3 - s.dst;
	s.size = 1U << rnd() % 3;
	switch (s.kind) {
	case K_ALU_IMM:
	case K_ALU:
		s.op = alu[rnd() % ARRAY_SIZE(alu)];
		if (s.op == BPF_LSH || s.op == BPF_RSH || s.op == BPF_ARSH)
			s.imm = (s32)(rnd() % (s.is64 ? 64 : 32));
		if (s.op == BPF_LSH && rnd() % 4 == 0 && s.is64)
			s.imm = 32;
		if ((s.op == BPF_DIV || s.op == BPF_MOD) && !s.imm)
			s.imm = 3;
		break;
	case K_MOVSX:
		if (!s.is64 && s.size == 4)
			s.size = 2;
		break;
	case K_END:
		s.size *= 2;
		s.swap = rnd() & 1;
		break;
	case K_JMP:
	case K_JMP_IMM:
		s.op = jmp[rnd() % ARRAY_SIZE(jmp)];
		s.taken = rnd() & 1;
		break;
	case K_MOV32:
		break;
	}
	return s;
}

static bool is_jump(struct step s)
{
	return s.kind == K_JMP || s.kind == K_JMP_IMM;
}

static void emit_step(struct program *p, struct step s)
{
	u8 class = s.is64 ? BPF_ALU64 : BPF_ALU, jclass = s.is64 ? BPF_JMP : BPF_JMP32;

	p->has[p->len] = true;
	p->steps[p->len] = s;
	switch (s.kind) {
	case K_ALU:
		if (s.op == BPF_NEG)
			emit(p, class | BPF_NEG, s.dst, 0, 0, 0);
		else
			emit(p, class | s.op | BPF_X, s.dst, s.src, 0, 0);
		break;
	case K_ALU_IMM:
		emit(p, class | s.op | BPF_K, s.dst, 0, 0, s.op == BPF_NEG ? 0 : s.imm);
		break;
	case K_MOVSX:
		emit(p, class | BPF_MOV | BPF_X, s.dst, s.src, (s16)(8 * s.size), 0);
		break;
	case K_MOV32:
		emit(p, BPF_ALU | BPF_MOV | BPF_X, s.dst, s.src, 0, 0);
		break;
	case K_END:
		emit(p, s.swap ? BPF_ALU64 | BPF_END : BPF_ALU | BPF_END, s.dst, 0, 0, (s32)(8 * s.size));
		break;
	case K_JMP:
		emit(p, jclass | s.op | BPF_X, s.dst, s.src, 0, 0);
		break;
	case K_JMP_IMM:
		emit(p, jclass | s.op | BPF_K, s.dst, 0, 0, s.imm);
		break;
	}
	if (is_jump(s) && s.taken)
		emit(p, BPF_JMP | BPF_JA, 0, 0, 0, 0);
	for (u8 r = 1; is_jump(s) && r <= 2; r++) /* so that the log shows both */
		emit_step(p, (struct step){.kind = K_ALU_IMM, .op = BPF_ADD, .is64 = true, .dst = r, .imm = 0});
	if (s.kind == K_MOV32 || s.kind == K_MOVSX) /* so that a copy is not linked to its source */
		emit_step(p, (struct step){.kind = K_ALU_IMM, .op = BPF_XOR, .is64 = true, .dst = s.dst, .imm = 0});
}

static void make_program(struct program *p)
{
	u32 steps = 3 + rnd() % 12;

	memset(p, 0, sizeof(*p));
	for (u8 r = 1; r <= 2; r++) { /* r6, r7 = random numbers */
		emit(p, BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_prandom_u32);
		emit(p, BPF_ALU64 | BPF_MOV | BPF_X, 5 + r, 0, 0, 0);
	}
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, 1, 6, 0, 0);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_X, 2, 7, 0, 0);
	for (u32 i = 0; i < steps; i++)
		emit_step(p, random_step());
	for (u32 i = 0; i < p->len; i++) /* all jumps out of the chain go to the end */
		if (p->insns[i].code == (BPF_JMP | BPF_JA) || (p->has[i] && is_jump(p->steps[i])))
			p->insns[i].off = p->has[i] && p->steps[i].taken ? 1 : (s16)(p->len - i - 1);
	emit(p, BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0);
	emit(p, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

static int load(const struct program *p)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insns = ptr_to_u64(p->insns);
	attr.insn_cnt = p->len;
	attr.license = ptr_to_u64("GPL");
	attr.log_buf = ptr_to_u64(log_text);
	attr.log_size = sizeof(log_text);
	attr.log_level = 2;
	log_text[0] = 0;
	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

/* The scalar that the log's text says; what is left out is as wide as can be. */
static bool parse_scalar(const char *s, struct scalar *a)
{
	struct {
		const char *name;
		u64 value;
	} f[] = {{"smin", 1ULL << 63},	     {"smax", ~0ULL >> 1},  {"umin", 0},   {"umax", ~0ULL},
		 {"smin32", (u64)INT32_MIN}, {"smax32", INT32_MAX}, {"umin32", 0}, {"umax32", UINT32_MAX}};
	struct tnum var = TNUM_UNKNOWN;

	if (*s == 'P')
		s++;
	if (isdigit((unsigned char)*s) || *s == '-') {
		*a = scalar_const(*s == '-' ? (u64)strtoll(s, NULL, 0) : strtoull(s, NULL, 0));
		return true;
	}
	if (strncmp(s, "scalar(", 7))
		return false;
	s += 7;
	while (*s && *s != ')') {
		bool named[ARRAY_SIZE(f)] = {false};
		char *end;
		u64 v;

		if (!strncmp(s, "var_off=(", 9)) {
			var.value = strtoull(s + 9, &end, 0);
			var.mask = strtoull(end + 2, &end, 0);
			s = end + 1;
		} else {
			while (isalpha((unsigned char)*s)) {
				size_t n = strcspn(s, "=");

				for (unsigned i = 0; i < ARRAY_SIZE(f); i++)
					if (strlen(f[i].name) == n && !strncmp(f[i].name, s, n))
						named[i] = true;
				s += n + 1;
			}
			v = *s == '-' ? (u64)strtoll(s, &end, 0) : strtoull(s, &end, 0);
			for (unsigned i = 0; i < ARRAY_SIZE(f); i++)
				if (named[i])
					f[i].value = v;
			s = end + strcspn(end, ",)");
		}
		if (*s == ',')
			s++;
	}
	a->var = var;
	a->r = (struct range){f[2].value, f[3].value, (s64)f[0].value, (s64)f[1].value};
	a->w = (struct range32){(u32)f[6].value, (u32)f[7].value, (s32)f[4].value, (s32)f[5].value};
	return true;
}

static void show(const char *who, struct scalar a)
{
	printf("    %-6s (%llx; %llx) u %llx..%llx s %llx..%llx u32 %x..%x s32 %x..%x\n", who, a.var.value, a.var.mask,
	       a.r.umin, a.r.umax, (u64)a.r.smin, (u64)a.r.smax, a.w.umin, a.w.umax, (u32)a.w.smin, (u32)a.w.smax);
}

static struct scalar operand(struct step s, const struct scalar *reg)
{
	return s.kind == K_JMP_IMM || s.kind == K_ALU_IMM ? scalar_const((u64)(s64)s.imm) : reg[s.src];
}

static enum branch_outcome outcome(struct step s, const struct scalar *reg)
{
	return scalar_branch(s.op, !s.is64, reg[s.dst], operand(s, reg));
}

/* Whether the comparison ends here: the kernel goes on with two values apart, or after a branch that nothing can take.
 */
static bool beyond_model(struct step s, const struct scalar *reg)
{
	struct scalar zero, ones;

	if (is_jump(s))
		return outcome(s, reg) == BRANCH_UNKNOWN &&
		       !scalar_refine(s.op, !s.is64, s.taken, reg[s.dst], operand(s, reg)).possible;
	return (s.kind == K_ALU || s.kind == K_ALU_IMM) && (s.op == BPF_AND || s.op == BPF_OR) &&
	       scalar_split(reg[s.dst], &zero, &ones);
}

/* State after one step on the path along the chain; whether there is none. */
static void model(struct step s, struct scalar *reg, bool *ends)
{
	struct scalar *dst = &reg[s.dst], src = reg[s.src];
	struct scalar_pair pair;

	switch (s.kind) {
	case K_ALU:
	case K_ALU_IMM:
		*dst = scalar_alu(s.op, s.is64, *dst, operand(s, reg));
		return;
	case K_MOVSX:
		*dst = s.is64 ? scalar_sext(src, s.size) : scalar_sext32(src, s.size);
		return;
	case K_MOV32:
		*dst = scalar_zext32(src);
		return;
	case K_END:
		*dst = s.swap ? scalar_bswap(*dst, s.size) : scalar_zext(*dst, s.size);
		return;
	case K_JMP:
	case K_JMP_IMM:
		src = operand(s, reg);
		switch (outcome(s, reg)) {
		case BRANCH_ALWAYS:
			*ends = !s.taken;
			return;
		case BRANCH_NEVER:
			*ends = s.taken;
			return;
		case BRANCH_UNKNOWN:
			pair = scalar_refine(s.op, !s.is64, s.taken, *dst, src);
			*dst = pair.dst;
			if (s.kind == K_JMP)
				reg[s.src] = pair.src;
			return;
		}
	}
}

/* The line "N: (..) insn ; R1=..." of the first visit to insn N, or NULL. */
static const char *line_of(u32 n)
{
	char key[16];

	snprintf(key, sizeof(key), "\n%u: (", n);
	return strstr(strstr(log_text, "R1=ctx") ?: log_text, key);
}

static const char *reg_text(const char *line, u8 reg)
{
	static char text[1024];
	char key[8];
	const char *semi = memchr(line + 1, '\n', strlen(line + 1));
	size_t n = semi ? (size_t)(semi - line) : strlen(line);
	char *at;

	if (n >= sizeof(text))
		return NULL;
	memcpy(text, line, n);
	text[n] = 0;
	at = strstr(text, "; ");
	snprintf(key, sizeof(key), "R%u=", reg);
	at = at ? strstr(at, key) : NULL;
	return at ? at + 3 : NULL;
}

static bool agrees(const struct program *p, unsigned long *compared)
{
	struct scalar reg[3] = {scalar_unknown(), scalar_unknown(), scalar_unknown()}, before[3];

	for (u32 i = 0; i < p->len; i++) {
		const char *line, *text;
		struct scalar said;
		bool ends = false;

		if (!p->has[i])
			continue;
		if (beyond_model(p->steps[i], reg))
			return true;
		line = line_of(i);
		memcpy(before, reg, sizeof(reg));
		model(p->steps[i], reg, &ends);
		if (!line) {
			printf("insn %u: the kernel does not reach it\n%s", i, log_text);
			return false;
		}
		if (ends) {
			if (!line_of(i + 1 + p->steps[i].taken))
				return true;
			printf("insn %u: the kernel goes on\n%s", i, log_text);
			return false;
		}
		text = reg_text(line, p->steps[i].dst);
		if (!text || !parse_scalar(text, &said) || p->steps[i].taken)
			continue;
		++*compared;
		if (scalar_eq(said, reg[p->steps[i].dst]))
			continue;
		printf("%s\ndiffer:%.*s\n", log_text, (int)strcspn(line + 1, "\n") + 1, line);
		show("r1 was", before[1]);
		show("r2 was", before[2]);
		show("kernel", said);
		show("ours", reg[p->steps[i].dst]);
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	unsigned long programs = argc > 1 ? strtoul(argv[1], NULL, 0) : 3000, differ = 0, compared = 0;
	struct program p;

	seed = argc > 2 ? strtoull(argv[2], NULL, 0) : 0x9e3779b97f4a7c15ULL;
	for (unsigned long i = 0; i < programs; i++) {
		int fd;

		make_program(&p);
		fd = load(&p);
		if (fd < 0 && errno == EPERM && !log_text[0]) {
			printf("SKIP: bpf(2) is not allowed here: the value layer was not compared with the kernel\n");
			return 77;
		}
		if (fd < 0) {
			printf("the kernel refuses a program (%s):\n%s", strerror(errno), log_text);
			return 1;
		}
		close(fd);
		differ += !agrees(&p, &compared);
	}
	printf("%lu programs, %lu register states compared, %lu programs differ\n", programs, compared, differ);
	return differ ? 1 : 0;
}

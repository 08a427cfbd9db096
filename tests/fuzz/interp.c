/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes can be run by the checked interpreter: it ends, and gives the same twice. A program that touches no memory gives the same on
 * the fast one. Input: length of the memory (2 bytes), the memory, the program.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "common/isa/insn.h"
#include "common/isa/insn_macros.h"
#include "engine/interp/interp.h"

#define BUDGET 20000
#define MEMORY_ADDRESS 0x100000000ULL

struct seed {
	u8 mem_len[2];
	u8 mem[6];
	struct bpf_insn insns[12];
};

static const struct seed arithmetic = {{6, 0}, {1, 2, 3, 4, 5, 6}, {
	BPF_MOV64_IMM(0, 7), BPF_LD_IMM64(3, 0x123456789abcdef0), BPF_ALU64_IMM_OFF(BPF_DIV, 3, -1, 1), BPF_ALU32_REG(BPF_ARSH, 0, 3),
	BPF_BSWAP(0, 32), BPF_JMP32_IMM(BPF_JSGT, 0, 5, 1), BPF_MOVSX64_REG(0, 3, 8), BPF_ALU64_REG(BPF_MOD, 0, 3), BPF_EXIT_INSN(),
}};
static const struct seed memory = {{6, 0}, {1, 2, 3, 4, 5, 6}, {
	BPF_LDX_MEM(BPF_W, 0, 1, 0), BPF_STX_MEM(BPF_DW, 10, 0, -8), BPF_ATOMIC_OP(BPF_DW, BPF_ADD | BPF_FETCH, 10, 0, -8),
	BPF_LDX_MEMSX(BPF_B, 3, 1, 5), BPF_LD_ABS(BPF_H, 1), BPF_ST_MEM(BPF_W, 1, 0, -1), BPF_EXIT_INSN(),
}};
static const struct seed calls = {{6, 0}, {0}, {
	BPF_MOV64_IMM(1, 3), BPF_CALL_REL(1), BPF_EXIT_INSN(), BPF_MOV64_IMM(0, 0), BPF_JMP_IMM(BPF_JEQ, 1, 0, 2),
	BPF_ALU64_IMM(BPF_SUB, 1, 1), BPF_CALL_REL(-4), BPF_EXIT_INSN(),
}};
/* Up to the last instruction: what follows would be refused. */
#define SEED(s, n) {&(s), offsetof(struct seed, insns) + (n) * sizeof(struct bpf_insn)}
const struct fuzz_seed fuzz_seeds[] = {SEED(arithmetic, 10), SEED(memory, 7), SEED(calls, 8), {NULL, 0}};

/* Whether the program can be run without checks: it reaches no memory, and nothing shows where its stack is. */
static bool touches_memory(const struct bpf_insn *insns, u32 n)
{
	for (u32 i = 0; i < n; i += insn_slots(&insns[i])) {
		u8 class = insn_class(&insns[i]);

		if (class == BPF_LDX || class == BPF_ST || class == BPF_STX || (class == BPF_LD && !insn_is_ld_imm64(&insns[i])) ||
		    insns[i].src_reg == BPF_REG_10 || insns[i].dst_reg == BPF_REG_10)
			return true;
	}
	return false;
}

static u32 find_subprogs(const struct bpf_insn *insns, u32 n, struct bpf_subprog *subprogs)
{
	u32 cnt = 1;

	subprogs[0] = (struct bpf_subprog){.end = n, .stack_depth = 8};
	for (u32 i = 0; i < n; i += insn_slots(&insns[i]))
		if (insn_is_local_call(&insns[i]))
			subprogs[cnt++] = (struct bpf_subprog){.start = i + 1 + (u32)insns[i].imm, .end = n, .stack_depth = 8};
	return cnt;
}

static void compare_with_fast(struct bpf_insn *insns, u32 n, size_t mem_len, u64 r0)
{
	struct bpf_prog prog = {.insns = insns, .insn_cnt = n, .subprogs = calloc(n + 1, sizeof(struct bpf_subprog))};
	struct interp_prog *code;

	if (!prog.subprogs)
		return;
	prog.subprog_cnt = find_subprogs(insns, n, prog.subprogs);
	code = interp_compile(&prog);
	if (!code || interp_call(code, 0, mem_len ? MEMORY_ADDRESS : 0, mem_len, 0, 0, 0) != r0)
		abort();
	interp_free(code);
	free(prog.subprogs);
}

static int run_once(const struct bpf_insn *insns, u32 n, const u8 *data, size_t mem_len, u64 *r0)
{
	struct strbuf err = STRBUF_INIT;
	u8 *mem = malloc(mem_len + 1);
	int ret;

	if (!mem)
		abort();
	memcpy(mem, data, mem_len);
	*r0 = 0;
	ret = interp_run_checked(insns, n, mem, mem_len, BUDGET, r0, &err);
	if ((ret != 0) != (err.len != 0) || strchr(strbuf_str(&err), '\n'))
		abort();
	strbuf_free(&err);
	free(mem);
	return ret;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bpf_insn *insns;
	size_t mem_len;
	u64 first, second;
	u32 n;
	int ret;

	if (size < 2)
		return 0;
	mem_len = (size_t)(data[0] | (data[1] & 0xf) << 8);
	data += 2;
	size -= 2;
	mem_len = min_of(mem_len, size);
	n = (u32)(min_of(size - mem_len, (size_t)8192) / sizeof(*insns));
	insns = calloc(n + 1, sizeof(*insns));
	if (!insns)
		return 0;
	memcpy(insns, data + mem_len, n * sizeof(*insns));
	ret = run_once(insns, n, data, mem_len, &first);
	if (run_once(insns, n, data, mem_len, &second) != ret || first != second)
		abort();
	if (ret == 0 && !touches_memory(insns, n))
		compare_with_fast(insns, n, mem_len, first);
	free(insns);
	return 0;
}

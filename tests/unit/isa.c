/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"
#include "common/isa/disasm.h"
#include "common/isa/insn_macros.h"

static void every_instruction_decodes_to_itself(void **state)
{
	for (u32 op = ISA_INVALID + 1; op < ISA_OP_COUNT; op++) {
		struct bpf_insn insn = isa_encode(op);

		assert_int_equal(isa_decode_rewritten(&insn), op);
		assert_int_equal(isa_decode(&insn), isa_ops[op].rewritten ? ISA_INVALID : op);
	}
}

static void shows(struct bpf_insn insn, const char *text)
{
	struct strbuf sb = STRBUF_INIT;
	struct bpf_insn pair[2] = {insn};

	disasm_insn(&sb, pair, NULL);
	assert_string_equal(strbuf_str(&sb), text);
	strbuf_free(&sb);
}

static void disassembles_in_the_kernels_words(void **state)
{
	shows(BPF_MOV64_IMM(0, 0), "(b7) r0 = 0");
	shows(BPF_EMIT_CALL(1), "(85) call bpf_map_lookup_elem#1");
	shows(BPF_EMIT_CALL(500), "(85) call unknown#500");
	shows(BPF_LDX_MEM(BPF_DW, 1, 1, 8), "(79) r1 = *(u64 *)(r1 +8)");
	shows(BPF_ATOMIC_OP(BPF_DW, BPF_ADD | BPF_FETCH, 1, 0, 0), "(db) r0 = atomic64_fetch_add((u64 *)(r1 +0), r0)");
	shows(BPF_JMP_A(3), "(05) goto pc+3");
	shows(BPF_JMP32_IMM(BPF_JSLT, 1, 5, 1), "(c6) if w1 s< 0x5 goto pc+1");
	shows(BPF_MOVSX64_REG(1, 2, 8), "(bf) r1 = (s8)r2");
	shows(BPF_ENDIAN(BPF_TO_LE, 1, 32), "(d4) r1 = le32 r1");
	shows(BPF_BSWAP(1, 16), "(d7) r1 = bswap16 r1");
	shows(BPF_RAW_INSN(0xff, 1, 2, 3, 4), "(ff) BUG_ff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_instruction_decodes_to_itself),
		cmocka_unit_test(disassembles_in_the_kernels_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

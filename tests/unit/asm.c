/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <errno.h>

#include "common/isa/asm.h"
#include "common/isa/disasm.h"
#include "common/isa/insn_macros.h"

/* Instruction op with these operands where its form has them. */
static void make(struct bpf_insn insn[2], u32 op, u8 dst, u8 src, s16 off, s32 imm)
{
	u8 fields = isa_form_fields[isa_ops[op].form];

	insn[0] = isa_encode(op);
	insn[1] = insn_make(0, 0, 0, 0, 0);
	if (fields & ISA_D)
		insn[0].dst_reg = dst & 15;
	if (fields & ISA_S)
		insn[0].src_reg = src & 15;
	if (fields & ISA_O)
		insn[0].off = off;
	if (fields & ISA_I)
		insn[0].imm = imm;
	if (isa_ops[op].form == ISA_FORM_LD_IMM64 && op != ISA_LD_FUNC)
		insn[1].imm = ~imm;
}

static void round_trip(u32 op, u8 dst, u8 src, s16 off, s32 imm)
{
	struct bpf_insn insn[2], *back;
	struct strbuf sb = STRBUF_INIT;
	struct asm_error err;
	u32 n;

	make(insn, op, dst, src, off, imm);
	disasm_prog(&sb, insn, insn_slots(insn), &disasm_for_asm);
	if (asm_text(strbuf_str(&sb), NULL, &back, &n, &err))
		fail_msg("%s: %s:%u: %s", isa_ops[op].name, strbuf_str(&sb), err.column, err.text);
	assert_int_equal(n, insn_slots(insn));
	if (memcmp(back, insn, n * sizeof(*insn)) != 0)
		fail_msg("%s: %s came back different", isa_ops[op].name, strbuf_str(&sb));
	free(back);
	strbuf_free(&sb);
}

static void every_instruction_survives_a_round_trip(void **state)
{
	static const s16 offs[] = {0, 1, -1, 8, INT16_MAX, INT16_MIN};
	static const s32 imms[] = {0, 1, -1, 500, INT32_MAX, INT32_MIN};

	for (u32 op = ISA_INVALID + 1; op < ISA_OP_COUNT; op++)
		for (u8 i = 0; i < 6 && !isa_ops[op].rewritten; i++) {
			round_trip(op, i, 10 - i, offs[i], imms[i]);
			round_trip(op, 10, 9, offs[5 - i], imms[i]);
		}
}

static void assembles(const char *text, const struct bpf_insn *want, u32 want_n)
{
	struct bpf_insn *insns;
	struct asm_error err;
	u32 n;

	if (asm_text(text, NULL, &insns, &n, &err))
		fail_msg("%u:%u: %s\n%s", err.line, err.column, err.text, text);
	assert_int_equal(n, want_n);
	assert_memory_equal(insns, want, n * sizeof(*want));
	free(insns);
}

static void labels_reach_forwards_and_backwards(void **state)
{
	const struct bpf_insn want[] = {
		BPF_MOV64_IMM(0, 10), BPF_ALU64_IMM(BPF_SUB, 0, 1), BPF_JMP_IMM(BPF_JNE, 0, 0, -2), BPF_JMP_A(1), BPF_JMP32_A(-4),
		BPF_CALL_REL(1), BPF_EXIT_INSN(), BPF_LD_FUNC(2, -1), BPF_EXIT_INSN(),
	};

	assembles("	r0 = 10\n"
		  "loop:	r0 -= 1	; count down\n"
		  "	if r0 != 0 goto loop\n"
		  "	goto out\n"
		  "	gotol loop # never\n"
		  "out:	call sub\n"
		  "	exit\n"
		  "sub: r2 = func sub // itself\n"
		  "	exit\n",
		  want, ARRAY_SIZE(want));
}

static void refuses(const char *text, u32 line, u32 column, const char *message)
{
	struct bpf_insn *insns;
	struct asm_error err = {0};
	u32 n;

	assert_int_equal(asm_text(text, NULL, &insns, &n, &err), -EINVAL);
	assert_null(insns);
	if (err.line != line || err.column != column || strcmp(err.text, message) != 0)
		fail_msg("%u:%u: %s", err.line, err.column, err.text);
}

static void errors_name_line_and_column(void **state)
{
	refuses("r0 = 1\nr1 ?= 2\n", 2, 4, "expected an operator");
	refuses("exit\n goto nowhere", 2, 7, "no label nowhere");
	refuses("a: exit\nb: exit\na: exit", 3, 1, "label a is there twice");
	refuses("(bf) r0 = 1", 1, 1, "this is instruction (b7), not (bf)");
	refuses("r0 = 99999999999", 1, 6, "does not fit 32 bits: a 64-bit immediate is written in hexadecimal, or with ll behind it");
	refuses("r0 = 0x1ffffffffffffffff", 1, 6, "number does not fit 64 bits");
	refuses("r1 += w2", 1, 9, "both registers must be rN, or both wN");
	refuses("r16 = 1", 1, 1, "no such register");
	refuses("r0 = *(u64 *)(r1 +99999)", 1, 19, "number out of range [0, 32767]");
	refuses("r0 = *(s64 *)(r1 +0)", 1, 21, "no such instruction");
	refuses("call bpf_map_lookup_elem#2", 1, 6, "helper 2 has another name");
	refuses("r1 = map[x]", 1, 10, "no map named x");
	refuses("exit exit", 1, 6, "unexpected text after the instruction");
	refuses("r1 = ", 1, 6, "expected a value");
}

static int one_map(void *ctx, const char *name)
{
	return strcmp(name, "counters") == 0 ? 7 : -1;
}

static void maps_are_looked_up_by_name(void **state)
{
	const struct asm_opts opts = {.map = one_map};
	const struct bpf_insn want[] = {BPF_LD_MAP_FD(1, 7), BPF_LD_MAP_VALUE(2, 7, 8)};
	struct bpf_insn *insns;
	u32 n;

	assert_int_equal(asm_text("r1 = map[counters]\nr2 = map[counters][0]+8", &opts, &insns, &n, NULL), 0);
	assert_int_equal(n, 4);
	assert_memory_equal(insns, want, sizeof(want));
	free(insns);
}

static void forms_that_people_write(void **state)
{
	const struct bpf_insn want[] = {
		BPF_EMIT_CALL(1), BPF_EMIT_CALL(5), BPF_EMIT_CALL(14), BPF_LD_IMM64(1, 5), BPF_LD_IMM64(2, 0x8000000000000000ULL),
		BPF_MOV32_IMM(3, -1), BPF_JMP_IMM(BPF_JGT, 3, -1, 0), BPF_LDX_MEM(BPF_W, 1, 2, 0), BPF_RAW_INSN(0xff, 1, 2, -3, -4),
	};

	assembles("call map_lookup_elem\ncall bpf_ktime_get_ns\ncall 14\nr1 = 5 ll\nr2 = 0x8000000000000000\nw3 = 0xffffffff\n"
		  "if r3 > 0xffffffff goto pc+0\nr1 = *(u32*)(r2)\n.insn 0xff 1 2 -3 -4",
		  want, ARRAY_SIZE(want));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_instruction_survives_a_round_trip),
		cmocka_unit_test(labels_reach_forwards_and_backwards),
		cmocka_unit_test(errors_name_line_and_column),
		cmocka_unit_test(maps_are_looked_up_by_name),
		cmocka_unit_test(forms_that_people_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Our text and our verdict on single instructions are the kernel's: the kernel is asked too, one load each. Skips where bpf(2) is refused,
 * and on other kernels than the one that we follow: older ones know fewer instructions and rules. */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/isa/disasm.h"
#include "common/isa/insn_macros.h"

#define PRELUDE 16

static char kernel_log[1 << 18];

/* Load as a socket filter; 0 or errno, kernel_log filled. */
static int load(const struct bpf_insn *insns, u32 n)
{
	union bpf_attr attr = {0};
	int fd;

	kernel_log[0] = 0;
	attr.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
	attr.insns = ptr_to_u64(insns);
	attr.insn_cnt = n;
	attr.license = ptr_to_u64("GPL");
	attr.log_level = 2;
	attr.log_buf = ptr_to_u64(kernel_log);
	attr.log_size = sizeof(kernel_log);
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, 128);
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

/*
 * A program around one instruction (or two slots): r2 and r3 point to 64 initialised bytes of stack, r6 is the context, the others
 * are numbers; what jumps find behind it is fine. Returns its length.
 */
static u32 surround(struct bpf_insn *prog, const struct bpf_insn *insn)
{
	const struct bpf_insn prelude[PRELUDE] = {
		BPF_MOV64_REG(6, 1), BPF_MOV64_IMM(0, 0),
		BPF_ST_MEM(BPF_DW, 10, -8, 0), BPF_ST_MEM(BPF_DW, 10, -16, 0), BPF_ST_MEM(BPF_DW, 10, -24, 0),
		BPF_MOV64_REG(2, 10), BPF_ALU64_IMM(BPF_ADD, 2, -16), BPF_MOV64_REG(3, 2),
		BPF_MOV64_IMM(1, 1), BPF_MOV64_IMM(4, 4), BPF_MOV64_IMM(5, 5), BPF_MOV64_IMM(7, 7), BPF_MOV64_IMM(8, 8),
		BPF_MOV64_IMM(9, 9), BPF_MOV64_IMM(0, 0), BPF_JMP_IMM(BPF_JEQ, 7, 7, 0),
	};
	u32 n = 0;

	memcpy(prog, prelude, sizeof(prelude));
	n += PRELUDE;
	/* A way past a jump, so that what it skips is reached too. */
	prog[n - 1] = (struct bpf_insn)BPF_JMP_IMM(BPF_JEQ, 8, 3, (s16)insn_slots(insn));
	for (u32 i = 0; i < insn_slots(insn); i++)
		prog[n++] = insn[i];
	for (u32 i = 0; i < 8; i++)
		prog[n++] = (struct bpf_insn)BPF_MOV64_IMM(0, 0);
	prog[n++] = (struct bpf_insn)BPF_EXIT_INSN();
	if (insn_is_local_call(insn)) {
		prog[n++] = (struct bpf_insn)BPF_MOV64_IMM(0, 1);
		prog[n++] = (struct bpf_insn)BPF_EXIT_INSN();
	}
	return n;
}

/* The kernel's text of instruction PRELUDE, cut out of the log; false if it did not come to show it. */
static bool logged_text(char *text, size_t size)
{
	char mark[16];
	char *line, *end;

	snprintf(mark, sizeof(mark), "\n%d: (", PRELUDE);
	line = strstr(kernel_log, mark);
	if (!line)
		return false;
	line = strchr(line, '(');
	end = strchr(line, '\n');
	if (!end || (size_t)(end - line) >= size)
		return false;
	memcpy(text, line, end - line);
	text[end - line] = 0;
	end = strstr(text, " ; ");
	if (!end)
		end = text + strlen(text);
	while (end > text && end[-1] == ' ')
		end--;
	*end = 0;
	return true;
}

/* Text that only the kernel knows: addresses of maps and functions, kfunc names. */
static bool needs_environment(u32 op)
{
	return op == ISA_CALL_KFUNC || (isa_ops[op].form == ISA_FORM_LD_IMM64 && op != ISA_LD_IMM64);
}

static void set_operands(struct bpf_insn insn[2], u32 op, u8 dst, u8 src, s16 off, s32 imm)
{
	u8 fields = isa_form_fields[isa_ops[op].form];

	memset(insn, 0, 2 * sizeof(*insn));
	insn[0] = isa_encode(op);
	if (fields & ISA_D)
		insn[0].dst_reg = dst & 15;
	if (fields & ISA_S)
		insn[0].src_reg = src & 15;
	if (fields & ISA_O)
		insn[0].off = off;
	if (fields & ISA_I)
		insn[0].imm = imm;
	if (op == ISA_CALL_LOCAL)
		insn[0].imm = 9;
	if (op == ISA_ADDR_SPACE_CAST)
		insn[0].imm = 1;
	insn[1].imm = imm < 0 ? 7 : 0;
	if (!insn_is_ld_imm64(insn))
		insn[1].imm = 0;
}

static void compare_text(u32 op, u8 dst, u8 src, s16 off, s32 imm, u32 *compared)
{
	struct bpf_insn insn[2], prog[64];
	struct strbuf sb = STRBUF_INIT;
	char text[256];

	set_operands(insn, op, dst, src, off, imm);
	load(prog, surround(prog, insn));
	if (!logged_text(text, sizeof(text)))
		return;
	disasm_insn(&sb, insn, NULL);
	if (strcmp(text, strbuf_str(&sb)) != 0)
		fail_msg("%s: ours \"%s\", the kernel's \"%s\"", isa_ops[op].name, strbuf_str(&sb), text);
	strbuf_free(&sb);
	++*compared;
}

static void text_is_the_kernels(void **state)
{
	static const s16 offs[] = {0, 1, 3, 8};
	static const s32 imms[] = {1, -1, 16, 0x7fffffff};

	for (u32 op = ISA_INVALID + 1; op < ISA_OP_COUNT; op++) {
		u32 compared = 0;

		if (isa_ops[op].rewritten || needs_environment(op))
			continue;
		for (u32 i = 0; i < 4; i++) {
			compare_text(op, 4, 2, offs[i], imms[i], &compared);
			compare_text(op, 2, 5, (s16)-offs[i], imms[i], &compared);
		}
		if (!compared)
			fail_msg("%s: the kernel never showed it:\n%s", isa_ops[op].name, kernel_log);
	}
}

/* The last line of the log before "processed …". */
static void last_words(char *text, size_t size)
{
	char *end = strstr(kernel_log, "\nprocessed "), *start;

	text[0] = 0;
	if (!end)
		return;
	for (start = end; start > kernel_log && start[-1] != '\n';)
		start--;
	snprintf(text, size, "%.*s", (int)(end - start), start);
}

/* Whether a message is one of our reasons' texts, whatever number it names. */
static bool is_a_reason(const char *text)
{
	static const char *const reasons[] = {
#define ISA_REASON(name, err, text) text,
#include "common/isa/reasons.def"
	};

	for (u32 i = 0; i < ARRAY_SIZE(reasons); i++) {
		size_t same = strcspn(reasons[i], "%");

		if (same > 1 && strncmp(text, reasons[i], same) == 0)
			return true;
	}
	return false;
}

static void compare_verdict(const struct bpf_insn *insn)
{
	struct bpf_insn prog[64];
	struct strbuf ours = STRBUF_INIT;
	char kernels[256];
	enum isa_reason reason = isa_legal(insn, 2);
	int err = load(prog, surround(prog, insn));

	last_words(kernels, sizeof(kernels));
	isa_reason_text(&ours, reason, insn);
	if (reason != ISA_OK ? strcmp(kernels, strbuf_str(&ours)) != 0 || err != isa_reason_errno(reason)
			     : is_a_reason(kernels))
		fail_msg("code %02x dst %d src %d off %d imm %d: ours \"%s\", the kernel's \"%s\" (%d)", insn->code, insn->dst_reg,
			 insn->src_reg, insn->off, insn->imm, strbuf_str(&ours), kernels, err);
	strbuf_free(&ours);
}

static void reserved_fields_are_the_kernels(void **state)
{
	for (u32 op = ISA_INVALID + 1; op < ISA_OP_COUNT; op++) {
		struct bpf_insn insn[2];
		struct bpf_insn plain[2];

		if (isa_ops[op].rewritten || needs_environment(op) || op == ISA_ADDR_SPACE_CAST || op == ISA_CALL_HELPER)
			continue;
		set_operands(plain, op, 2, 3, 0, 1);
		compare_verdict(plain);
#define TRY(field, value) (memcpy(insn, plain, sizeof(insn)), insn[0].field = (value), compare_verdict(insn))
		TRY(dst_reg, 11);
		TRY(dst_reg, 10);
		TRY(src_reg, 11);
		TRY(src_reg, 10);
		if (op == ISA_CALL_LOCAL || (isa_ops[op].form == ISA_FORM_LD_IMM64))
			continue;
		TRY(src_reg, 3);
		if (!insn_is_jmp_class(plain) && isa_selector(plain->code) != ISA_BY_OFF)
			TRY(off, 8);
		if (isa_ops[op].form != ISA_FORM_JA32) {
			TRY(imm, 0);
			TRY(imm, 5);
			TRY(imm, -5);
			TRY(imm, 31);
			TRY(imm, 32);
			TRY(imm, 64);
		}
	}
}

static void unknown_codes_are_the_kernels(void **state)
{
	for (u32 code = 0; code < 256; code++) {
		struct bpf_insn insn[2] = {{.code = (u8)code}};

		if (isa_decode(insn) == ISA_INVALID && !insn_is_atomic(insn))
			compare_verdict(insn);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_the_kernels),
		cmocka_unit_test(reserved_fields_are_the_kernels),
		cmocka_unit_test(unknown_codes_are_the_kernels),
	};
	const struct bpf_insn nothing[] = {BPF_MOV64_IMM(0, 0), BPF_EXIT_INSN()};
	int err = load(nothing, 2);
	struct utsname kernel;

	if (err) {
		fprintf(stderr, "skipped: no kernel to compare with: bpf(BPF_PROG_LOAD): %s\n", strerror(err));
		return 77;
	}
	if (uname(&kernel) || strncmp(kernel.release, "6.18.", 5)) {
		fprintf(stderr, "skipped: this is Linux %s; the text and the rules compared are those of 6.18\n", kernel.release);
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

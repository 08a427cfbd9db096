/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes can be shown; what is legal survives the way to text and back. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "common/isa/asm.h"
#include "common/isa/disasm.h"
#include "common/isa/insn_macros.h"
#include "isa_text.h"

static const struct bpf_insn some[] = {
	BPF_MOV64_IMM(0, 1), BPF_LD_IMM64(1, 0x123456789abcdef0), BPF_LD_MAP_VALUE(2, 3, 8), BPF_LDX_MEM(BPF_DW, 1, 10, -8),
	BPF_ATOMIC_OP(BPF_W, BPF_ADD | BPF_FETCH, 1, 2, 4), BPF_JMP_IMM(BPF_JSGT, 1, -1, 2), BPF_EMIT_CALL(1), BPF_CALL_REL(3),
	BPF_BSWAP(1, 16), BPF_MOVSX64_REG(1, 2, 8), BPF_EXIT_INSN(),
};
const struct fuzz_seed fuzz_seeds[] = {FUZZ_BYTES(some), {NULL, 0}};

static void check_round_trip(const struct bpf_insn *insn)
{
	struct strbuf sb = STRBUF_INIT;
	struct bpf_insn *back;
	u32 n;

	disasm_insn(&sb, insn, &disasm_for_asm);
	if (asm_text(strbuf_str(&sb), NULL, &back, &n, NULL) || n != insn_slots(insn) || memcmp(back, insn, n * sizeof(*insn)) != 0)
		abort();
	free(back);
	strbuf_free(&sb);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u32 n = (u32)(min_of(size, (size_t)4096) / sizeof(struct bpf_insn));
	struct bpf_insn *insns = calloc(n + 1, sizeof(*insns));
	struct strbuf sb = STRBUF_INIT;

	if (!insns)
		return 0;
	memcpy(insns, data, n * sizeof(*insns));
	disasm_prog(&sb, insns, n, NULL);
	for (u32 i = 0; i < n; i++) {
		enum isa_reason reason = isa_legal(&insns[i], n - i);

		isa_reason_text(&sb, reason, &insns[i]);
		if (reason == ISA_OK && has_text(&insns[i]))
			check_round_trip(&insns[i]);
	}
	strbuf_free(&sb);
	free(insns);
	return 0;
}

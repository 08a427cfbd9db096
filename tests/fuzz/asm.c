/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text is assembled or refused with a place; what was assembled is shown as text that assembles to the same. */
#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/isa/asm.h"
#include "common/isa/disasm.h"
#include "isa_text.h"

const struct fuzz_seed fuzz_seeds[] = {
	FUZZ_TEXT("r0 = 0\nloop: r0 += 1 ; count\nif r0 < 10 goto loop\nexit\n"),
	FUZZ_TEXT("12: (79) r1 = *(u64 *)(r10 -8)\n13: (7b) *(u64 *)(r1 +0) = r2\n(72) *(u8 *)(r2 +1) = -5\n"),
	FUZZ_TEXT("r1 = 0x123456789abcdef0\nr1 = map_fd 3\nr1 = map_value 3+8\nr2 = func f\ncall f\nexit\nf: exit\nr1 = map[x][0]+4\n"),
	FUZZ_TEXT("lock *(u64 *)(r1 +0) += r2\nr2 = atomic64_fetch_add((u64 *)(r1 +0), r2)\nr0 = atomic_cmpxchg((u32 *)(r1 +0), r0, r3)\n"),
	FUZZ_TEXT("r1 = be16 r1\nr1 = bswap64 r1\nw1 = -w1\nr1 = (s8)r2\nr1 = addr_space_cast(r2, 0, 1)\nr0 = *(u8 *)skb[r6 + 4]\n"),
	FUZZ_TEXT("call bpf_map_lookup_elem#1\ncall kfunc#12 off 1\n.insn 0xb7 1 0 0 -5\ngotol pc-3\nmay_goto pc+1\n# comment\n"),
	{NULL, 0},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct bpf_insn *insns, *back;
	struct asm_error err = {0};
	struct strbuf sb = STRBUF_INIT;
	bool all_legal = true;
	u32 n, back_n;
	int ret;

	if (!text)
		return 0;
	memcpy(text, data, size);
	text[size] = 0;
	ret = asm_text(text, NULL, &insns, &n, &err);
	free(text);
	if (ret == -EINVAL && (!err.line || !err.column || !err.text[0]))
		abort();
	if (ret)
		return 0;
	for (u32 i = 0; i < n && all_legal; i += insn_slots(&insns[i]))
		all_legal = isa_legal(&insns[i], n - i) == ISA_OK && has_text(&insns[i]);
	if (all_legal) {
		disasm_prog(&sb, insns, n, &disasm_for_asm);
		if (asm_text(strbuf_str(&sb), NULL, &back, &back_n, NULL) || back_n != n || (n && memcmp(back, insns, n * sizeof(*insns)) != 0))
			abort();
		free(back);
	}
	strbuf_free(&sb);
	free(insns);
	return 0;
}

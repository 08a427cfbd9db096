/* SPDX-License-Identifier: BSD-2-Clause */
/* Program tags: the first eight bytes of the SHA-256 of the instructions, in which map descriptors are zero. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/sys/prog_load.h"
#include "engine/sys/sha256.h"

int insns_calc_tag(const struct bpf_insn *insns, u32 n, u8 tag[BPF_TAG_SIZE])
{
	_cleanup_free_ struct bpf_insn *copy = reallocarray(NULL, n, sizeof(*copy));
	u8 digest[SHA256_SIZE];

	if (!copy)
		return -ENOMEM;
	memcpy(copy, insns, n * sizeof(*copy));
	for (u32 i = 0; i < n; i++) {
		if (copy[i].code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (copy[i].src_reg == BPF_PSEUDO_MAP_FD || copy[i].src_reg == BPF_PSEUDO_MAP_VALUE) {
			copy[i].imm = 0;
			if (i + 1 < n)
				copy[i + 1].imm = 0;
		}
		i++;
	}
	sha256(copy, n * sizeof(*copy), digest);
	memcpy(tag, digest, BPF_TAG_SIZE);
	return 0;
}

int prog_calc_tag(struct bpf_prog *prog)
{
	return insns_calc_tag(prog->insns, prog->insn_cnt, prog->tag);
}

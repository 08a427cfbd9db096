/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as .BTF.ext: refused, or sections whose records all lie in the data. */
#include "fuzz.h"

#include <stdlib.h>

#include "common/btf/btf.h"
#include "engine/kernel/kernel_btf.h"

static const u32 sample[] = {
	0x0001eb9f, 32, 0, 44, 44, 28, 72, 28, /* header */
	8, 1, 1, 0, 1, 5, 2, 0, 1, 8, 1,       /* func_info: sections of 1 and 2 records */
	16, 1, 1, 0, 1, 0, 5,                  /* line_info */
	16, 1, 1, 8, 1, 0, 5,                  /* core_relo */
};
const struct fuzz_seed fuzz_seeds[] = {FUZZ_BYTES(sample), {NULL, 0}};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct btf *btf;
	struct btf_ext_rec rec;
	struct btf_ext *ext;
	u32 sum = 0;

	if (!btf)
		btf = btf_parse(engine_kernel_btf, engine_kernel_btf_len, NULL, NULL);
	ext = btf_ext_parse(data, size, btf, NULL);
	for (int kind = 0; ext && kind < 3; kind++)
		for (u32 i = 0; btf_ext_section(ext, kind, i, &rec); i++)
			for (u64 b = 0; b < (u64)rec.count * rec.rec_size; b++)
				sum += ((const u8 *)rec.data)[b] + (u8)rec.section[0];
	btf_ext_free(ext);
	return sum == 0xdeadbeef ? 1 : 0; /* so that the reads stay */
}

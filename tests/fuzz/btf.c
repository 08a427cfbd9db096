/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Any bytes as BTF: refused with a reason, or a btf that can be asked, dumped in every form and printed from; what BTF_LOAD's
 * checks take, the parser takes. Its own bytes do for values.
 */
#include "fuzz.h"

#include <stdlib.h>

#include "common/btf/dump.h"
#include "common/btf/value.h"
#include "engine/btf/check.h"
#include "engine/kernel/kernel_btf.h"

static const u32 sample[] = {
	0x0001eb9f, 24, 0, 264, 264, 32,
	1, 0x01000000, 4, 0x01000020,     /* 1 int */
	5, 0x01000000, 1, 0x01000008,     /* 2 char */
	0, 0x03000000, 0, 2, 1, 5,        /* 3 char[5] */
	0, 0x02000000, 5,                 /* 4 struct s * */
	10, 0x84000004, 24,               /* 5 struct s */
	12, 1, 0x03000000, 14, 3, 8, 16, 4, 64, 0, 6, 128,
	0, 0x05000001, 4, 18, 1, 0,       /* 6 union { int x; } */
	20, 0x06000002, 4, 22, 0, 24, 1,  /* 7 enum e */
	26, 0x08000000, 5,                /* 8 typedef */
	0, 0x0d000001, 1, 16, 4,          /* 9 int (struct s *p) */
	12, 0x0c000001, 9,                /* 10 function a */
	14, 0x0e000000, 8, 1,             /* 11 variable b */
	28, 0x0f000001, 24, 11, 0, 24,    /* 12 section */
	/* "", int, char, s, a, b, p, x, e, B, C, t, u */
	0x746e6900, 0x61686300, 0x00730072, 0x00620061, 0x00780070, 0x00420065, 0x00740043, 0x00000075,
};
const struct fuzz_seed fuzz_seeds[] = {FUZZ_BYTES(sample), {NULL, 0}};

static void ask(const struct btf *btf, u32 id)
{
	u32 cursor = 0;

	btf_size(btf, id);
	btf_align(btf, id);
	btf_resolve(btf, id, NULL);
	btf_skip_mods(btf, id, NULL);
	btf_find(btf, btf_name(btf, id), BTF_KIND_STRUCT);
	if (btf_find_next(btf, btf_name(btf, id), &cursor) && !cursor)
		abort();
}

static void use(const struct btf *btf, const uint8_t *data, size_t size)
{
	struct strbuf out = STRBUF_INIT;
	struct json json = {.out = &out, .pretty = true};

	btf_dump_raw(btf, &out);
	btf_dump_json(btf, &json);
	btf_dump_c(btf, &(struct btf_c_opts){.kfuncs = true}, &out);
	for (u32 id = 0; id <= btf_count(btf) && id < 64; id++) {
		strbuf_reset(&out);
		ask(btf, id);
		btf_type_c(btf, id, "x", &out);
		btf_body_c(btf, id, &out);
		btf_value_text(btf, id, data, min_of(size, (size_t)64), BTF_TEXT_FIELDS, &out);
		btf_value_json(btf, id, data, min_of(size, (size_t)64), BTF_VALUE_JSON, &json);
	}
	strbuf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct verifier_log log = {.level = 1, .len_total = 1 << 20};
	struct strbuf err = STRBUF_INIT;
	struct btf *btf = btf_parse(data, size, NULL, &err), *checked;

	if (!btf == !err.len)
		abort();
	checked = btf_check_load(data, (u32)size, &log);
	if (checked && !btf)
		abort();
	if (btf)
		use(btf, data, size);
	btf_free(btf);
	btf_free(checked);
	strbuf_free(&err);
	verifier_log_free(&log);
	return 0;
}

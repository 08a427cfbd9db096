/* SPDX-License-Identifier: BSD-2-Clause */
/* Any text as a value of types of the engine's kernel: refused with a reason, or bytes that print and read back as they print. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "common/btf/value.h"
#include "engine/kernel/kernel_btf.h"

const struct fuzz_seed fuzz_seeds[] = {
	FUZZ_TEXT("{.pid = 12, .comm = \"ls\", .se.vruntime = 0x1f, .in_execve = 1, .flags: -1, pid_links: [{}, ...]}"),
	FUZZ_TEXT("{\"uid\": {\"val\": 3}, .euid.val = 4, .cap_ambient = {5}}"),
	FUZZ_TEXT("BPF_MAP_TYPE_HASH"),
	FUZZ_TEXT("\"text\\n\\x41\\u00e9\""),
	FUZZ_TEXT("{1, 2, 'c', [1, 2, ...], {3}, true, NULL, -0b101, 1_000}"),
	{NULL, 0},
};

static const struct {
	const char *name;
	u32 kind;
} types[] = {
	{"task_struct", BTF_KIND_STRUCT}, {"cred", BTF_KIND_STRUCT},  {"bpf_map_type", BTF_KIND_ENUM}, {"new_utsname", BTF_KIND_STRUCT},
	{"iphdr", BTF_KIND_STRUCT},       {"u8", BTF_KIND_TYPEDEF},   {"bpf_attr", BTF_KIND_UNION},    {"sk_buff", BTF_KIND_STRUCT},
};

static void check(const struct btf *btf, u32 id, const char *text)
{
	static u8 data[65536], again[65536];
	struct strbuf err = STRBUF_INIT, out = STRBUF_INIT;
	int rc = btf_value_parse(btf, id, text, data, sizeof(data), &err);

	if ((rc == -22) != (err.len > 0))
		abort();
	if (!rc) {
		btf_value_text(btf, id, data, (size_t)btf_size(btf, id), BTF_TEXT_VALUE, &out);
		/* the only text of ours that input refuses is one that fills its array */
		if (btf_value_parse(btf, id, strbuf_str(&out), again, sizeof(again), &err)) {
			if (!strstr(strbuf_str(&err), "and the NUL"))
				abort();
		} else {
			strbuf_reset(&err);
			btf_value_text(btf, id, again, (size_t)btf_size(btf, id), BTF_TEXT_VALUE, &err);
			if (strcmp(strbuf_str(&err), strbuf_str(&out)))
				abort();
		}
	}
	strbuf_free(&err);
	strbuf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct btf *btf;
	char text[4097] = "";

	if (!btf)
		btf = btf_parse(engine_kernel_btf, engine_kernel_btf_len, NULL, NULL);
	memcpy(text, data, min_of(size, sizeof(text) - 1));
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		s32 id = btf_find(btf, types[i].name, types[i].kind);

		if (id > 0)
			check(btf, (u32)id, text);
	}
	return 0;
}

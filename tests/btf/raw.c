/* SPDX-License-Identifier: BSD-2-Clause */
/* The raw dump against bpftool's, byte for byte. */
#include "tests/unit/unit.h"

#include "common/btf/dump.h"
#include "common/btf/file.h"
#include "tests/btf/tool.h"

static void compare(const char *path)
{
	struct strbuf ours = STRBUF_INIT, theirs = STRBUF_INIT;
	struct btf *btf = btf_load_file(path, NULL, NULL, &ours);
	struct json json = {.out = &ours};
	double ms;

	if (!btf)
		fail_msg("%s: %s", path, strbuf_str(&ours));
	ms = cpu_ms();
	btf_dump_raw(btf, &ours);
	ms = cpu_ms() - ms;
	print_message("%s: %zu bytes in %.1f ms\n", path, ours.len, ms);
	assert_int_equal(run(&theirs, "PATH=$PATH:/usr/sbin bpftool btf dump file %s", path), 0);
	assert_same_text("raw", &ours, &theirs);
	for (int pretty = 0; pretty < 2; pretty++) {
		strbuf_reset(&ours);
		strbuf_reset(&theirs);
		json = (struct json){.out = &ours, .pretty = pretty};
		btf_dump_json(btf, &json);
		strbuf_addc(&ours, '\n');
		assert_int_equal(run(&theirs, "PATH=$PATH:/usr/sbin bpftool -%c btf dump file %s", pretty ? 'p' : 'j', path), 0);
		assert_same_text(pretty ? "-p" : "-j", &ours, &theirs);
	}
	strbuf_free(&ours);
	strbuf_free(&theirs);
	btf_free(btf);
}

static void the_kernels_btf(void **state)
{
	if (!have_bpftool() || access(VMLINUX, R_OK)) {
		print_message("no bpftool 7.1 or no " VMLINUX "\n");
		skip();
	}
	compare(VMLINUX);
}

static void objects_of_every_clang(void **state)
{
	int done = 0;

	for (size_t i = 0; have_bpftool() && i < ARRAY_SIZE(clangs); i++) {
		char path[64];

		if (!have(clangs[i]))
			continue;
		snprintf(path, sizeof(path), "%s/%s.o", tmp_dir, clangs[i]);
		assert_int_equal(run(NULL, "%s -target bpf -g -O2 -c " TEST_DIR "/kinds.c -o %s", clangs[i], path), 0);
		compare(path);
		done++;
	}
	if (!done) {
		print_message("no bpftool 7.1 or no clang\n");
		skip();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernels_btf),
		cmocka_unit_test(objects_of_every_clang),
	};

	return cmocka_run_group_tests(tests, tmp_make, tmp_remove);
}

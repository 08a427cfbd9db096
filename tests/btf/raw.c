/* SPDX-License-Identifier: BSD-2-Clause */
/* The raw dump against bpftool's, byte for byte. */
#include "tests/unit/unit.h"

#include "common/btf/dump.h"
#include "common/btf/file.h"
#include "tests/btf/tool.h"

/* bpftool 7.1 prints values of unsigned 32-bit enums above INT32_MAX sign-extended in JSON; ours are the values. */
static bool sign_extended(const struct strbuf *ours, size_t *i, const struct strbuf *theirs, size_t *j)
{
	char *end_ours, *end_theirs;
	u64 a, b;

	while (*i && ours->s[*i - 1] >= '0' && ours->s[*i - 1] <= '9')
		(*i)--, (*j)--;
	a = strtoull(ours->s + *i, &end_ours, 10);
	b = strtoull(theirs->s + *j, &end_theirs, 10);
	*i = (size_t)(end_ours - ours->s);
	*j = (size_t)(end_theirs - theirs->s);
	return a == (u32)b && b > 0xffffffff00000000ULL;
}

static void assert_same_text(const char *what, const struct strbuf *ours, const struct strbuf *theirs)
{
	size_t i = 0, j = 0, from;

	for (;;) {
		while (i < ours->len && j < theirs->len && ours->s[i] == theirs->s[j])
			i++, j++;
		if (i == ours->len && j == theirs->len)
			return;
		if (*what != '-' || !sign_extended(ours, &i, theirs, &j))
			break;
	}
	from = i < 60 ? i : 60;
	fail_msg("%s: differs at byte %zu: ours '%.100s', theirs '%.100s'", what, i, ours->s + i - from, theirs->s + j - from);
}

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
	if (!have("bpftool") || access(VMLINUX, R_OK)) {
		print_message("no bpftool or no " VMLINUX "\n");
		skip();
	}
	compare(VMLINUX);
}

static void objects_of_every_clang(void **state)
{
	int done = 0;

	for (size_t i = 0; have("bpftool") && i < ARRAY_SIZE(clangs); i++) {
		char path[64];

		if (!have(clangs[i]))
			continue;
		snprintf(path, sizeof(path), "%s/%s.o", tmp_dir, clangs[i]);
		assert_int_equal(run(NULL, "%s -target bpf -g -O2 -c " TEST_DIR "/kinds.c -o %s", clangs[i], path), 0);
		compare(path);
		done++;
	}
	if (!done) {
		print_message("no bpftool or no clang\n");
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

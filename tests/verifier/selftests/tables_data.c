/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Built at test time in a directory where run.sh has unpacked a kernel's selftests: definitions.h, map_btf.h and
 * all_tables.h are made of them there.
 */
#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>
#include <linux/btf.h>
#include <linux/if_ether.h>
#include <linux/filter.h>
#include <asm/types.h>

#define offsetofend(type, member) (offsetof(type, member) + sizeof(((type *)0)->member))

#include "bpf_rand.h"
#include "test_btf.h"
#include "tools_filter.h"

#include "definitions.h"
#include "map_btf.h"

#include "tables.h"

/* static struct bpf_test tables_NAME[] = { ... }; for each file */
#include "all_tables.h"

struct file_tables {
	const char *file;
	struct bpf_test *tests;
	uint32_t n;
};

static const struct file_tables files[] = {
#include "all_files.h"
};

static struct bpf_test *find(uint32_t i, const char **file)
{
	for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++) {
		if (i < files[f].n) {
			*file = files[f].file;
			return &files[f].tests[i];
		}
		i -= files[f].n;
	}
	abort();
}

uint32_t table_count(void)
{
	uint32_t n = 0;

	for (size_t f = 0; f < sizeof(files) / sizeof(files[0]); f++)
		n += files[f].n;
	return n;
}

static uint32_t insns_used(const struct bpf_insn *insns)
{
	uint32_t n = MAX_INSNS;

	while (n > 1 && !insns[n - 1].code && !insns[n - 1].imm)
		n--;
	return n;
}

static void get_program(struct bpf_test *t, struct table_test *test)
{
	if (t->fill_helper) {
		if (!t->fill_insns) {
			t->fill_insns = calloc(MAX_TEST_INSNS, sizeof(struct bpf_insn));
			t->fill_helper(t);
		}
		test->insns = t->fill_insns;
		test->insn_cnt = (uint32_t)t->prog_len;
	} else {
		test->insns = t->insns;
		test->insn_cnt = insns_used(t->insns);
	}
}

static void get_fixups(struct bpf_test *t, struct table_test *test)
{
#define X(name) test->fixups[TABLE_##name] = t->fixup_##name;
	TABLE_MAPS(X)
#undef X
	for (int i = 0; i < MAX_FIXUPS; i++) {
		test->kfuncs[i] = t->fixup_kfunc_btf_id[i].kfunc;
		test->kfunc_insns[i] = t->fixup_kfunc_btf_id[i].insn_idx;
	}
}

static void get_btf(struct bpf_test *t, struct table_test *test)
{
	uint32_t n = 0;

	if (!t->btf_types[0])
		return;
	while (n < MAX_BTF_TYPES && t->btf_types[n] != BTF_END_RAW)
		n++;
	test->btf_types = t->btf_types;
	test->btf_types_len = n * (uint32_t)sizeof(t->btf_types[0]);
	test->btf_strings = t->btf_strings;
	test->btf_strings_len = sizeof(t->btf_strings);
}

void table_get(uint32_t i, struct table_test *test)
{
	struct bpf_test *t;

	*test = (struct table_test){0};
	t = find(i, &test->file);
	test->descr = t->descr;
	test->errstr = t->errstr;
	test->accept = t->result != REJECT;
	test->verbose = t->result == VERBOSE_ACCEPT;
	test->prog_type = t->prog_type ? t->prog_type : BPF_PROG_TYPE_SOCKET_FILTER;
	test->attach_type = t->expected_attach_type;
	test->prog_flags =
	    BPF_F_TEST_RND_HI32 | (t->flags & F_LOAD_WITH_STRICT_ALIGNMENT ? BPF_F_STRICT_ALIGNMENT : 0) |
	    (t->flags & F_NEEDS_EFFICIENT_UNALIGNED_ACCESS ? BPF_F_ANY_ALIGNMENT : 0) | (t->flags & ~3U ? t->flags : 0);
	test->kfunc = t->kfunc;
	test->func_info = t->func_info;
	test->func_info_cnt = (uint32_t)t->func_info_cnt;
	test->runs = t->runs ? t->runs : 1;
	get_program(t, test);
	get_fixups(t, test);
	get_btf(t, test);
	for (int r = 0; r < test->runs && r < 8; r++)
		test->run[r] = (struct table_run){t->retvals[r].retval, t->retvals[r].data, sizeof(t->retvals[r].data)};
}

void table_map_btf(const void **types, uint32_t *types_len, const char **strings, uint32_t *strings_len)
{
	*types = btf_raw_types;
	*types_len = sizeof(btf_raw_types);
	*strings = btf_str_sec;
	*strings_len = sizeof(btf_str_sec);
}

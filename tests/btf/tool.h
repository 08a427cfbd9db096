/* SPDX-License-Identifier: BSD-2-Clause */
/* Shared by the tests of common/btf that compare with other tools: running them, and finding compilers. */
#ifndef SKEP_TESTS_BTF_TOOL_H
#define SKEP_TESTS_BTF_TOOL_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/util/strbuf.h"
#include "common/util/util.h"

#define VMLINUX "/sys/kernel/btf/vmlinux"

static const char *const clangs[] = {"clang-14", "clang-16", "clang-19"};

/* Output of a shell command; its exit status. */
__attribute__((format(printf, 2, 3))) static inline int run(struct strbuf *out, const char *fmt, ...)
{
	struct strbuf cmd = STRBUF_INIT;
	char block[65536];
	va_list ap;
	size_t n;
	FILE *f;

	va_start(ap, fmt);
	strbuf_vaddf(&cmd, fmt, ap);
	va_end(ap);
	f = popen(cmd.s, "re");
	strbuf_free(&cmd);
	if (!f)
		return -1;
	while ((n = fread(block, 1, sizeof(block), f)))
		if (out)
			strbuf_add(out, block, n);
	return pclose(f);
}

static inline int have(const char *command)
{
	return !run(NULL, "PATH=$PATH:/usr/sbin command -v %s >/dev/null 2>&1", command);
}

/* The bpftool whose output is the reference: that of Debian 12. Others print some things differently. */
static inline int have_bpftool(void)
{
	return !run(NULL, "PATH=$PATH:/usr/sbin bpftool version 2>/dev/null | grep -q 'v7\\.1\\.'");
}

static inline double cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* bpftool 7.1 prints values of unsigned 32-bit enums above INT32_MAX sign-extended in JSON; ours are the values. */
static inline bool sign_extended(const struct strbuf *ours, size_t *i, const struct strbuf *theirs, size_t *j)
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

static inline void assert_same_text(const char *what, const struct strbuf *ours, const struct strbuf *theirs)
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

/* A directory of this test's own; removed by tmp_remove. */
static char tmp_dir[] = "/tmp/skep-btf-XXXXXX";

static inline int tmp_make(void **state)
{
	return mkdtemp(tmp_dir) ? 0 : -1;
}

static inline int tmp_remove(void **state)
{
	return run(NULL, "rm -rf %s", tmp_dir);
}

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * BTF_LOAD: every case of btf_load.cases by our checks, and by the kernel where it lets us. Errno and the log's last line are
 * those that the case says; where a kernel 6.18 answers too, its log is ours to the letter.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "common/uapi/bpf.h"
#include "engine/btf/check.h"
#include "tests/btf_build.h"

struct test_case {
	char name[128];
	struct btf_build b;
	struct btf_header header; /* as given; has: which fields */
	u32 has;
	u32 first;  /* bytes; UINT32_MAX: all */
	u32 append;
	int err;
	char last[1024]; /* line of the log */
};

static const struct {
	const char *name;
	u8 offset, size;
} fields[] = {
#define F(name) {#name, offsetof(struct btf_header, name), sizeof(((struct btf_header *)0)->name)}
	F(magic), F(version), F(flags), F(hdr_len), F(type_off), F(type_len), F(str_off), F(str_len),
#undef F
};

static u32 kind_of(const char *s, size_t len)
{
	char upper[32] = "";

	for (size_t i = 0; i < len && i < sizeof(upper) - 1; i++)
		upper[i] = (char)(s[i] >= 'a' && s[i] <= 'z' ? s[i] - 32 : s[i]);
	if (!strncmp(upper, "KIND", 4))
		return (u32)strtoul(upper + 4, NULL, 10);
	for (u32 kind = 1; kind <= BTF_KIND_MAX; kind++)
		if (!strcmp(btf_kind_name(kind), upper))
			return kind;
	return strcmp(upper, "UNKN") ? UINT32_MAX : 0;
}

/* One word of a line: a number, 'a string' (which becomes its offset), @offset, or - for none. */
static u32 word(struct btf_build *b, const char **p)
{
	char text[1024];
	const char *end;

	while (**p == ' ')
		(*p)++;
	if (**p == '\'') {
		end = strchr(*p + 1, '\'');
		assert_non_null(end);
		snprintf(text, sizeof(text), "%.*s", (int)(end - *p - 1), *p + 1);
		*p = end + 1;
		return bb_str(b, text);
	}
	if (**p == '-' && (*p)[1] == ' ') {
		*p += 1;
		return 0;
	}
	if (**p == '@')
		(*p)++;
	return (u32)strtoll(*p, (char **)p, 0);
}

static void type_line(struct btf_build *b, const char *p)
{
	size_t len = strcspn(p, " +*");
	u32 info;

	if (!strncmp(p, "info ", 5)) {
		p += 5;
		info = (u32)strtoul(p, (char **)&p, 0);
	} else {
		u32 kind = kind_of(p, len);

		assert_int_not_equal(kind, UINT32_MAX);
		info = kind << 24;
		for (p += len; *p == '+' || *p == '*'; ) {
			if (*p++ == '+')
				info |= 1u << 31;
			else
				info |= (u32)strtoul(p, (char **)&p, 10);
		}
	}
	bb_word(b, word(b, &p));
	bb_word(b, info);
	bb_word(b, word(b, &p));
	if (strncmp(p, " : ", 3))
		return;
	for (p += 3; *p && *p != '\n'; )
		bb_word(b, word(b, &p));
}

static void header_line(struct test_case *t, char *p)
{
	for (char *save, *s = strtok_r(p, " \n", &save); s; s = strtok_r(NULL, " \n", &save)) {
		char *value = strchr(s, '=');
		u32 i = 0, v;

		assert_non_null(value);
		*value++ = '\0';
		v = (u32)strtoul(value, NULL, 0);
		while (i < ARRAY_SIZE(fields) && strcmp(fields[i].name, s))
			i++;
		assert_true(i < ARRAY_SIZE(fields));
		memcpy((char *)&t->header + fields[i].offset, &v, fields[i].size);
		t->has |= 1u << i;
	}
}

static void expect_line(struct test_case *t, char *p)
{
	static const struct {
		const char *name;
		int err;
	} errs[] = {{"OK", 0}, {"EINVAL", EINVAL}, {"E2BIG", E2BIG}, {"EEXIST", EEXIST}, {"ENOTSUPP", ENOTSUPP}};
	size_t len = strcspn(p, " \n"), i = 0;

	while (i < ARRAY_SIZE(errs) && (strlen(errs[i].name) != len || strncmp(errs[i].name, p, len)))
		i++;
	assert_true(i < ARRAY_SIZE(errs));
	t->err = errs[i].err;
	p += len + (p[len] == ' ');
	snprintf(t->last, sizeof(t->last), "%.*s", (int)strcspn(p, "\n"), p);
}

static u32 bytes_of(struct test_case *t, u8 *buf, size_t size)
{
	u32 len = bb_finish(&t->b, buf, size - t->append);

	for (u32 i = 0; i < ARRAY_SIZE(fields); i++)
		if (t->has & 1u << i)
			memcpy(buf + fields[i].offset, (char *)&t->header + fields[i].offset, fields[i].size);
	memset(buf + len, 0, t->append);
	return min_of(len + t->append, t->first);
}

static bool ends_with_line(const char *log, const char *last)
{
	size_t len = strlen(log), start;

	while (len && log[len - 1] == '\n')
		len--;
	for (start = len; start && log[start - 1] != '\n';)
		start--;
	start += strspn(log + start, "\t ");
	return len - start == strlen(last) && !strncmp(log + start, last, len - start);
}

static char kernel_log[1 << 20];

/* Older kernels know fewer kinds and rules, newer ones more. */
static bool kernel_is_the_reference(void)
{
	struct utsname u;

	return !uname(&u) && !strncmp(u.release, "6.18.", 5);
}

/* The kernel's answer: 0 or -errno. */
static int ask_kernel(const u8 *data, u32 len)
{
	union bpf_attr attr = {.btf = ptr_to_u64(data), .btf_size = len, .btf_log_level = 1, .btf_log_buf = ptr_to_u64(kernel_log),
			       .btf_log_size = sizeof(kernel_log)};
	long fd;

	kernel_log[0] = '\0';
	fd = syscall(SYS_bpf, BPF_BTF_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		return -errno;
	close((int)fd);
	return 0;
}

static bool kernel_answers;
static u32 wrong, asked;

static void run_case(struct test_case *t)
{
	static u8 buf[1 << 16];
	struct verifier_log log = {.level = 1, .len_total = UINT32_MAX >> 2};
	u32 len = bytes_of(t, buf, sizeof(buf));
	u8 *exact = malloc(len ? len : 1); /* so that sanitizers see reads past the end */
	struct btf *btf;
	int err, kerr;

	memcpy(exact, buf, len);
	btf = btf_check_load(exact, len, &log);
	err = btf ? 0 : errno;
	if (err != t->err || (err && !ends_with_line(strbuf_str(&log.text), t->last))) {
		print_message("%s: errno %d instead of %d, log:\n%s\nexpected last: %s\n", t->name, err, t->err,
			      strbuf_str(&log.text), t->last);
		wrong++;
	}
	if (kernel_answers) {
		kerr = -ask_kernel(exact, len);
		asked++;
		if (kerr != err || strcmp(kernel_log, strbuf_str(&log.text))) {
			print_message("%s: kernel says %d:\n%s\nwe say %d:\n%s\n", t->name, kerr, kernel_log, err,
				      strbuf_str(&log.text));
			wrong++;
		}
	}
	btf_free(btf);
	verifier_log_free(&log);
	free(exact);
}

static void all_cases_are_answered_as_the_kernel_does(void **state)
{
	FILE *f = fopen(CASES, "re");
	struct test_case *t = calloc(1, sizeof(*t));
	struct btf_build probe = {0};
	char line[4096];
	u8 buf[256];
	u32 n = 0;

	assert_non_null(f);
	bb_int(&probe, "int", 4, BTF_INT_SIGNED);
	kernel_answers = kernel_is_the_reference() && !ask_kernel(buf, bb_finish(&probe, buf, sizeof(buf)));
	if (!kernel_answers)
		print_message("no bpf(2) of Linux 6.18 here: only our own answers are checked\n");
	while (fgets(line, sizeof(line), f)) {
		char *p = line + strspn(line, "\t");

		line[strcspn(line, "\n")] = '\0';
		if (!strncmp(p, "case ", 5)) {
			memset(t, 0, sizeof(*t));
			t->first = UINT32_MAX;
			snprintf(t->name, sizeof(t->name), "%s", p + 5);
		} else if (!strncmp(p, "header ", 7)) {
			header_line(t, p + 7);
		} else if (!strncmp(p, "first ", 6)) {
			t->first = (u32)strtoul(p + 6, NULL, 10);
		} else if (!strncmp(p, "append ", 7)) {
			t->append = (u32)strtoul(p + 7, NULL, 10);
		} else if (!strncmp(p, "= ", 2)) {
			expect_line(t, p + 2);
			run_case(t);
			n++;
		} else if (*p && *p != '#') {
			type_line(&t->b, p);
		}
	}
	fclose(f);
	free(t);
	print_message("%u cases, %u also asked from the kernel, %u wrong\n", n, asked, wrong);
	assert_true(n > 300);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_cases_are_answered_as_the_kernel_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

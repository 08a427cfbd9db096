/* SPDX-License-Identifier: BSD-2-Clause */
/* Format strings: every expectation was read off a kernel's trace_pipe and bpf_trace_printk's result. */
#include "unit.h"

#include <errno.h>

#include "engine/engine.h"
#include "engine/helpers/format.h"
#include "engine/object/kmem.h"
#include "engine/run.h"

static const struct {
	const char *fmt;
	u64 args[3];
	long result;      /* length or error */
	const char *text; /* NULL: not compared (hashed pointers) */
} cases[] = {
	{"hello", {0}, 5, "hello"},
	{"", {0}, 0, ""},
	{"a %d b %x c %lu\n", {(u64)-5, 0xdeadbeef, 1ULL << 63}, 38, "a -5 b deadbeef c 9223372036854775808\n"},
	{"%5d|%-5d|%05d", {1, 2, 3}, 17, "    1|2    |00003"},
	{"%+d|% d|%llx", {1, 2, 3}, 7, "+1| 2|3"},
	{"%p", {0}, 16, "0000000000000000"},
	{"%p", {0x1234}, 16, NULL},
	{"%px", {0x1234}, 16, "0000000000001234"},
	{"%c%c", {65, 66}, 2, "AB"},
	{"%%", {0}, 1, "%"},
	{"%%d", {0}, 2, "%d"},
	{"%y", {1}, -EINVAL, ""},
	{"%i %X %lld", {1, 2, (u64)-3}, 6, "1 2 -3"},
	{"%hd", {1}, -EINVAL, ""},
	{"%x %x %x %x", {1, 2, 3}, -EINVAL, ""},
	{"%", {0}, -EINVAL, ""},
	{"%5c|%-5c|%05c|", {65, 65, 65}, 18, "    A|A    |    A|"},
	{"%10s|", {0}, 11, "          |"},
	{"%5s|%-5s|%05s", {0}, 17, "     |     |     "},
	{"%pB", {1}, 3, "0x1"},
	{"%pBx", {1}, 3, "0x1"},
	{"%pS.", {1}, 4, "0x1."},
	{"%sx", {1}, -EINVAL, ""},
	{"%s.", {1}, 1, "."},
	{"%s\x80", {1}, -EINVAL, ""},
	{"%pI4", {1}, 7, "0.0.0.0"},
	{"%pI4x", {1}, 7, "0.0.0.0"},
	{"%pi4", {1}, 15, "000.000.000.000"},
	{"%pi6", {1}, 32, "00000000000000000000000000000000"},
	{"%pI6c", {1}, 39, "0000:0000:0000:0000:0000:0000:0000:0000"},
	{"%pi5", {1}, -EINVAL, ""},
	{"%zd", {1}, -EINVAL, ""},
	{"tab\tx\v\f\r", {0}, 8, "tab\tx\v\f\r"},
	{"\x01", {0}, -EINVAL, ""},
	{"\x7f", {0}, -EINVAL, ""},
	{"\xc3\xa9\xff\x80", {0}, 4, "\xc3\xa9\xff\x80"},
	{"%d\x80", {1}, 2, "1\x80"},
	{"%p\x80", {1}, -EINVAL, ""},
	{"%p1", {1}, -EINVAL, ""},
	{"%pX", {1}, -EINVAL, ""},
	{"%p_%p-", {0}, 34, "0000000000000000_0000000000000000-"},
	{"%pxy", {255}, 16, "00000000000000ff"},
	{"%px\x80", {1}, 17, "0000000000000001\x80"},
	{"%pKx", {0}, 16, "0000000000000000"},
	{"%20px|", {255}, 21, "                  ff|"},
	{"%-20px|%020px|", {255, 255}, 42, "ff                  |000000000000000000ff|"},
	{"%5px|", {0xfffff}, 6, "fffff|"},
	{"%+px|% px|", {255, 255}, 34, "00000000000000ff|00000000000000ff|"},
	{"%5pI4|%5pB|", {1, 1}, 12, "0.0.0.0|0x1|"},
	{"%10pks|", {1}, 1, "|"},
	{"%pksx", {1}, -EINVAL, ""},
	{"%pku", {1}, -EINVAL, ""},
	{"%pks|%pus", {1, 1}, 1, "|"},
	{"%dabc", {7}, 4, "7abc"},
	{"%cx", {65}, 2, "Ax"},
	{"%d%%", {5}, 2, "5%"},
	{"%5%|", {5}, -EINVAL, ""},
	{"%#x", {5}, -EINVAL, ""},
	{"%.3d", {5}, -EINVAL, ""},
	{"%*d", {5, 5}, -EINVAL, ""},
	{"%lu %lx %li", {(u64)-1, (u64)-1, (u64)-1}, 40, "18446744073709551615 ffffffffffffffff -1"},
	{"%i %u %lli", {0xffffffff, 0x100000005, (u64)-1}, 7, "-1 5 -1"},
	{"%05x|%-8x|%8x", {255, 255, 255}, 23, "000ff|ff      |      ff"},
	{"%+x|%+u|% x", {5, 5, 5}, 5, "5|5|5"},
	{"%05d|%+05d|%+-05d", {(u64)-3, 3, 7}, 17, "-0003|+0003|+7   "},
	{"%0-5d|% +d|%00005d", {7, 7, 3}, 14, "7    |+7|00003"},
	{"%l", {1}, -EINVAL, ""},
	{"%llld", {1}, -EINVAL, ""},
	{"%lc", {65}, -EINVAL, ""},
	{"%ls", {1}, -EINVAL, ""},
	{"%pa", {1}, -EINVAL, ""},
	{"%pk", {1}, -EINVAL, ""},
};

static struct skep_engine engine = {.nr_cpus = 1};

static void formats_as_the_kernel_does(void **state)
{
	struct run_ctx run = {.engine = &engine};
	char text[BPRINTF_MAX];

	run_current = &run;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		u32 size = (u32)strlen(cases[i].fmt) + 1;
		long n = bprintf(text, sizeof(text), cases[i].fmt, size, cases[i].args, 3);

		if (n != cases[i].result || (cases[i].text && strcmp(text, cases[i].text)))
			fail_msg("\"%s\": %ld \"%s\", not %ld \"%s\"", cases[i].fmt, n, text, cases[i].result,
				 cases[i].text ? cases[i].text : "…");
		assert_int_equal(bprintf_check(cases[i].fmt, size, 3), n < 0 ? n : 0);
		assert_int_equal(bprintf_check(cases[i].fmt, size - 1, 3), -EINVAL);
	}
	run_current = NULL;
}

static void cuts_what_does_not_fit_but_tells_its_length(void **state)
{
	struct run_ctx run = {.engine = &engine};
	char text[8];
	u64 arg = 7;

	run_current = &run;
	assert_int_equal(bprintf(text, sizeof(text), "%1234567d|", 11, &arg, 1), 1234568);
	assert_string_equal(text, "       ");
	assert_int_equal(bprintf(text, 4, "%d-%%-abc", 10, &arg, 1), 7);
	assert_string_equal(text, "7-%");
	assert_int_equal(bprintf(NULL, 0, "%d-%%-abc", 10, &arg, 1), 7);
	assert_int_equal(bprintf(text, sizeof(text), "%99999999999999999999d", 23, &arg, 1), (1 << 23) - 1);
	run_current = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_as_the_kernel_does),
		cmocka_unit_test(cuts_what_does_not_fit_but_tells_its_length),
	};

	engine.kmem = kmem_new(1 << 20);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

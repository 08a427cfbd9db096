/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <errno.h>

#include "common/btf/value.h"
#include "tests/btf_build.h"

enum { INT = 1, CHAR, U8, COLOR, STR, ARR, PTR, IN, ANON, S, STRS, FLOAT, BOOL, BIGARR, ONE };

static struct btf *btf;

static int build(void **state)
{
	static u8 buf[16384];
	struct btf_build b = {0};

	bb_int(&b, "int", 4, BTF_INT_SIGNED);
	bb_int(&b, "char", 1, BTF_INT_SIGNED);
	bb_int(&b, "unsigned char", 1, 0);
	bb_enum(&b, "color", 4, true, 3);
	bb_pair(&b, "RED", 0);
	bb_pair(&b, "GREEN", 5);
	bb_pair(&b, "NEG", (u32)-3);
	bb_array(&b, CHAR, INT, 8);
	bb_array(&b, INT, INT, 3);
	bb_kind(&b, BTF_KIND_PTR, NULL, 0);
	bb_composite(&b, BTF_KIND_STRUCT, "in", 8, 2);
	bb_member(&b, "x", INT, 0);
	bb_member(&b, "c", CHAR, 32);
	bb_composite(&b, BTF_KIND_UNION, NULL, 4, 2);
	bb_member(&b, "u1", INT, 0);
	bb_member(&b, "u2", U8, 0);
	bb_type(&b, "s", BB_INFO(BTF_KIND_STRUCT, 1, 9), 64);
	bb_member(&b, "pid", INT, 0);
	bb_member(&b, "comm", STR, 32);
	bb_member(&b, "color", COLOR, 96);
	bb_member(&b, "arr", ARR, 128);
	bb_member(&b, "p", PTR, 256);
	bb_member(&b, "in", IN, 320);
	bb_member(&b, NULL, ANON, 384);
	bb_member(&b, "b1", INT, 3u << 24 | 416);
	bb_member(&b, "b2", U8, 5u << 24 | 419);
	bb_array(&b, STR, INT, 2);
	bb_kind(&b, BTF_KIND_FLOAT, "double", 8);
	bb_int(&b, "_Bool", 1, BTF_INT_BOOL);
	bb_array(&b, U8, INT, 64);
	bb_composite(&b, BTF_KIND_STRUCT, "one", 8, 1);
	bb_member(&b, "message", STR, 0);
	btf = btf_parse(buf, bb_finish(&b, buf, sizeof(buf)), NULL, NULL);
	return btf ? 0 : -1;
}

static int drop(void **state)
{
	btf_free(btf);
	return 0;
}

static const char *text_of(u32 id, const void *data, size_t len, enum btf_text_form form)
{
	static struct strbuf out;

	strbuf_reset(&out);
	btf_value_text(btf, id, data, len, form, &out);
	return strbuf_str(&out);
}

/* Parse, print again: what people type and what they then see. */
static void reads(u32 id, const char *text, const char *printed)
{
	struct strbuf err = STRBUF_INIT;
	u8 data[64];

	if (btf_value_parse(btf, id, text, data, sizeof(data), &err))
		fail_msg("%s: %s", text, strbuf_str(&err));
	assert_string_equal(text_of(id, data, (size_t)btf_size(btf, id), BTF_TEXT_VALUE), printed);
	strbuf_free(&err);
}

static void refuses(u32 id, const char *text, const char *why)
{
	struct strbuf err = STRBUF_INIT;
	u8 data[64];

	assert_int_equal(btf_value_parse(btf, id, text, data, sizeof(data), &err), -EINVAL);
	assert_string_equal(strbuf_str(&err), why);
	strbuf_free(&err);
}

static void scalars_read_and_print(void **state)
{
	reads(INT, "12", "12");
	reads(INT, " -12 ", "-12");
	reads(INT, "0xffffffff", "-1");
	reads(INT, "0b101", "5");
	reads(INT, "1_000", "1000");
	reads(INT, "'A'", "65");
	reads(CHAR, "'A'", "'A'");
	reads(CHAR, "65", "'A'");
	reads(CHAR, "'\\n'", "10");
	reads(U8, "255", "255");
	reads(COLOR, "GREEN", "GREEN");
	reads(COLOR, "-3", "NEG");
	reads(COLOR, "7", "7");
	reads(PTR, "0xffff888000000000", "0xffff888000000000");
	reads(PTR, "NULL", "0x0");
	reads(BOOL, "true", "true");
	reads(FLOAT, "1.5", "1.5");
	reads(FLOAT, "-2", "-2");
	refuses(U8, "256", "256 does not fit: 0 to 255");
	refuses(U8, "-1", "-1 does not fit: 0 to 255");
	refuses(INT, "2147483648", "2147483648 does not fit: -2147483648 to 2147483647");
	refuses(INT, "12x", "not a number: '12'");
	refuses(INT, "", "expected a number for int, but the text ends");
	refuses(INT, "1 2", "expected the end, not '2'");
	refuses(COLOR, "BLUE", "expected an enumerator for color, not 'BLUE'");
}

static void arrays_and_text_read_and_print(void **state)
{
	reads(STR, "\"Hey\"", "\"Hey\"");
	reads(STR, "Hey r!", "\"Hey r!\"");
	reads(STR, "\"a\\tb\\\"\\x07\"", "\"a\\tb\\\"\\a\"");
	reads(STR, "[72, 'i']", "\"Hi\"");
	reads(STR, "\"\\u00e9\"", "\"\xc3\xa9\"");
	reads(ARR, "[1, 2, 3]", "[1, 2, 3]");
	reads(ARR, "{1}", "[1, 0, 0]");
	reads(ARR, "[1, ...]", "[1, 0, 0]");
	reads(STRS, "[\"a\", \"b\"]", "[\"a\", \"b\"]");
	reads(BIGARR, "[1, 2]", "[1, 2, ...]");
	refuses(STR, "\"12345678\"", "the text has 8 characters, and there is room for 7 and the NUL");
	refuses(ARR, "[1, 2, 3, 4]", "more than 3 elements");
	refuses(ARR, "[1, x]", "[1]: expected a number for int, not 'x'");
	refuses(ARR, "[1 2]", "expected ',' or ']', not '2'");
	refuses(STRS, "[\"a\", 5]", "[1]: expected \"text\" or [ ] for it, not '5'");
}

#define ZERO_S "{.pid = 0, .comm = \"\", .color = RED, .arr = [0, 0, 0], .p = 0x0, .in = {.x = 0, .c = 0}, .u1 = 0, .u2 = 0, .b1 = 0, .b2 = 0}"

static void structs_read_and_print(void **state)
{
	reads(IN, "{1, 'c'}", "{.x = 1, .c = 'c'}");
	reads(IN, "{.c = 'c'}", "{.x = 0, .c = 'c'}");
	reads(IN, "{\"x\": 1, c: 99}", "{.x = 1, .c = 'c'}");
	reads(S, "{}", ZERO_S);
	reads(S, "{.pid = 7, comm: \"ls\", .in.x = 3, .u2 = 9, .b1 = -4, .b2 = 31, .color = NEG}",
	      "{.pid = 7, .comm = \"ls\", .color = NEG, .arr = [0, 0, 0], .p = 0x0, .in = {.x = 3, .c = 0}, .u1 = 9, .u2 = 9, "
	      ".b1 = -4, .b2 = 31}");
	reads(S, "{\"\": {\"u1\": 258}}", "{.pid = 0, .comm = \"\", .color = RED, .arr = [0, 0, 0], .p = 0x0, .in = {.x = 0, .c = 0}, "
					    ".u1 = 258, .u2 = 2, .b1 = 0, .b2 = 0}");
	refuses(S, "{.pd = 7}", "struct s has no member 'pd'; it has pid, comm, color, arr, p, in, u1, u2, b1, b2");
	refuses(S, "{.in.y = 7}", ".in: struct in has no member 'y'; it has x, c");
	refuses(S, "{.in = {.x = z}}", ".in.x: expected a number for int, not 'z'");
	refuses(S, "{.b1 = 4}", ".b1: 4 does not fit: -4 to 3");
	refuses(S, "{.pid.x = 4}", ".pid: is no struct and has no members");
	refuses(S, "{.pid = 1", "expected ',' or '}', but the text ends");
	refuses(S, "5", "expected { } for struct s, not '5'");
}

static void struct_of_one_member_reads_without_braces(void **state)
{
	char data[8];

	assert_int_equal(btf_value_parse(btf, ONE, "\"hi\"", data, sizeof(data), NULL), 0);
	assert_memory_equal(data, "hi\0\0\0\0\0", 8);
	assert_int_equal(btf_value_parse(btf, ONE, "{ .message = \"you\" }", data, sizeof(data), NULL), 0);
	assert_memory_equal(data, "you\0\0\0\0", 8);
	assert_int_equal(btf_value_parse(btf, ONE, "\"too long for it\"", data, sizeof(data), NULL), -EINVAL);
}

static void fields_stand_without_braces(void **state)
{
	u8 data[64] = {12, 0, 0, 0, 'l', 's'};

	assert_string_equal(text_of(S, data, 64, BTF_TEXT_FIELDS),
			    "pid=12 comm=\"ls\" color=RED arr=[0, 0, 0] p=0x0 in={.x = 0, .c = 0} u1=0 u2=0 b1=0 b2=0");
	assert_string_equal(text_of(INT, data, 4, BTF_TEXT_FIELDS), "12");
	assert_string_equal(text_of(ARR, data, 12, BTF_TEXT_FIELDS), "[12, 29548, 0]");
}

static void short_data_is_never_overread(void **state)
{
	u8 *data = malloc(64);

	memset(data, 1, 64);
	for (size_t len = 0; len < 64; len++) {
		u8 *exact = malloc(len ? len : 1); /* sanitizers see a byte too many */
		struct strbuf out = STRBUF_INIT;
		struct json json = {.out = &out};

		memcpy(exact, data, len);
		text_of(S, exact, len, BTF_TEXT_VALUE);
		btf_value_json(btf, S, exact, len, BTF_VALUE_JSON, &json);
		strbuf_free(&out);
		free(exact);
	}
	assert_string_equal(text_of(IN, data, 4, BTF_TEXT_VALUE), "{.x = 16843009, .c = ?}");
	assert_int_equal(btf_value_parse(btf, S, "{}", data, 63, NULL), -ENOSPC);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalars_read_and_print),
		cmocka_unit_test(arrays_and_text_read_and_print),
		cmocka_unit_test(structs_read_and_print),
		cmocka_unit_test(struct_of_one_member_reads_without_braces),
		cmocka_unit_test(fields_stand_without_braces),
		cmocka_unit_test(short_data_is_never_overread),
	};

	return cmocka_run_group_tests(tests, build, drop);
}

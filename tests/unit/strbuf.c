/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"
#include "common/util/strbuf.h"

static void grows_past_its_first_allocation(void **state)
{
	struct strbuf sb = STRBUF_INIT;

	for (int i = 0; i < 1000; i++)
		strbuf_addf(&sb, "%03d", i);
	assert_int_equal(sb.len, 3000);
	assert_memory_equal(sb.s + 2997, "999", 4);
	strbuf_truncate(&sb, 3);
	assert_string_equal(strbuf_str(&sb), "000");
	strbuf_free(&sb);
	assert_string_equal(strbuf_str(&sb), "");
}

static void truncate_to_nothing_leaves_an_empty_string(void **state)
{
	struct strbuf sb = STRBUF_INIT;

	strbuf_truncate(&sb, 0);
	strbuf_adds(&sb, "x");
	strbuf_truncate(&sb, 0);
	assert_string_equal(strbuf_str(&sb), "");
	strbuf_truncate(&sb, 9);
	assert_int_equal(sb.len, 0);
	strbuf_free(&sb);
}

static void detach_hands_the_text_over(void **state)
{
	struct strbuf sb = STRBUF_INIT;
	char *s;

	strbuf_addn(&sb, '-', 5);
	s = strbuf_detach(&sb);
	assert_string_equal(s, "-----");
	assert_null(sb.s);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows_past_its_first_allocation),
		cmocka_unit_test(truncate_to_nothing_leaves_an_empty_string),
		cmocka_unit_test(detach_hands_the_text_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The log's window: its end, or its start when fixed; what log_true_size says; what does not go together. */
#include "unit.h"

#include <errno.h>

#include "engine/sys/caller.h"
#include "engine/verifier/log.h"

static struct caller self(void)
{
	struct caller c;

	caller_init_self(&c, NULL);
	return c;
}

static void start(struct verifier_log *log, struct caller *c, u32 level, char *buf, u32 size)
{
	assert_int_equal(verifier_log_init(log, c, level, ptr_to_u64(buf), size), 0);
}

static void attributes_must_go_together(void **ctx)
{
	struct caller c = self();
	struct verifier_log log;
	char buf[64];

	(void)ctx;
	assert_int_equal(verifier_log_init(&log, &c, 1, 0, 64), -EINVAL);
	assert_int_equal(verifier_log_init(&log, &c, 1, ptr_to_u64(buf), 0), -EINVAL);
	assert_int_equal(verifier_log_init(&log, &c, 0, ptr_to_u64(buf), 64), -EINVAL);
	assert_int_equal(verifier_log_init(&log, &c, 16, ptr_to_u64(buf), 64), -EINVAL);
	assert_int_equal(verifier_log_init(&log, &c, 0, 0, 0), 0);
	assert_int_equal(verifier_log_init(&log, &c, 1, 0, 0), 0);
}

static void text_that_fits_is_whole(void **ctx)
{
	struct caller c = self();
	struct verifier_log log;
	char buf[16];
	u32 size;

	(void)ctx;
	start(&log, &c, 1, buf, sizeof(buf));
	verifier_log(&log, "%d: %s", 7, "eleven char");
	assert_int_equal(verifier_log_finalize(&log, &size), 0);
	assert_string_equal(buf, "7: eleven char");
	assert_int_equal(size, 15);
}

static void the_end_is_kept(void **ctx)
{
	struct caller c = self();
	struct verifier_log log;
	char buf[8];
	u32 size;

	(void)ctx;
	start(&log, &c, 1, buf, sizeof(buf));
	for (u32 i = 0; i < 1000; i++)
		verifier_log(&log, "%03u", i);
	assert_int_equal(verifier_log_finalize(&log, &size), -ENOSPC);
	assert_string_equal(buf, "7998999");
	assert_int_equal(size, 3001);
}

static void a_fixed_log_keeps_its_start(void **ctx)
{
	struct caller c = self();
	struct verifier_log log;
	char buf[8];
	u32 size;

	(void)ctx;
	start(&log, &c, 1 | LOG_FIXED, buf, sizeof(buf));
	for (u32 i = 0; i < 1000; i++)
		verifier_log(&log, "%03u", i);
	assert_int_equal(verifier_log_finalize(&log, &size), -ENOSPC);
	assert_string_equal(buf, "0000010");
	assert_int_equal(size, 3001);
}

static void without_a_buffer_only_the_size_is_told(void **ctx)
{
	struct caller c = self();
	struct verifier_log log;
	u32 size;

	(void)ctx;
	start(&log, &c, 2, NULL, 0);
	verifier_log(&log, "12345");
	assert_int_equal(verifier_log_finalize(&log, &size), 0);
	assert_int_equal(size, 6);
}

static void rewinding_forgets_but_not_the_size(void **ctx)
{
	struct caller c = self();
	struct verifier_log log;
	char buf[64];
	u32 size;

	(void)ctx;
	start(&log, &c, 1, buf, sizeof(buf));
	verifier_log(&log, "kept,");
	verifier_log(&log, "lost lost lost");
	log_rewind(&log, 5);
	verifier_log(&log, "last");
	assert_int_equal(verifier_log_finalize(&log, &size), 0);
	assert_string_equal(buf, "kept,last");
	assert_int_equal(size, 20);
}

static void rewinding_before_the_window_leaves_what_follows(void **ctx)
{
	struct caller c = self();
	struct verifier_log log;
	char buf[8];
	u32 size;

	(void)ctx;
	start(&log, &c, 1, buf, sizeof(buf));
	verifier_log(&log, "begin");
	for (u32 i = 0; i < 100; i++)
		verifier_log(&log, "%03u", i);
	log_rewind(&log, 2);
	verifier_log(&log, "end");
	assert_int_equal(verifier_log_finalize(&log, &size), -ENOSPC);
	assert_string_equal(buf, "end");
	assert_int_equal(size, 306);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes_must_go_together),
		cmocka_unit_test(text_that_fits_is_whole),
		cmocka_unit_test(the_end_is_kept),
		cmocka_unit_test(a_fixed_log_keeps_its_start),
		cmocka_unit_test(without_a_buffer_only_the_size_is_told),
		cmocka_unit_test(rewinding_forgets_but_not_the_size),
		cmocka_unit_test(rewinding_before_the_window_leaves_what_follows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

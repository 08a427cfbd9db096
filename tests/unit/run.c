/* SPDX-License-Identifier: BSD-2-Clause */
/* What a run puts off until it has ended. */
#include "unit.h"

#include "engine/engine.h"
#include "engine/run.h"

static int calls[2];

static void count_first(void *arg)
{
	calls[0] += *(int *)arg;
}

static void count_second(void *arg)
{
	calls[1] += *(int *)arg;
}

static struct skep_engine engine = {.nr_cpus = 1};

static int setup(void **state)
{
	calls[0] = calls[1] = 0;
	return run_init(&engine);
}

static int teardown(void **state)
{
	run_exit(&engine);
	return 0;
}

static void outside_a_run_it_is_done_at_once(void **state)
{
	int one = 1;

	assert_int_equal(run_later(count_first, &one), RUN_NOW);
	assert_int_equal(calls[0], 0); /* by the caller */
}

static void put_off_once_until_the_outermost_run_ends(void **state)
{
	struct run_ctx outer = {0}, inner = {0};
	int one = 1, ten = 10;

	run_enter(&engine, &outer);
	assert_int_equal(run_later(count_first, &one), RUN_LATER);
	run_enter(&engine, &inner);
	assert_int_equal(run_later(count_first, &one), RUN_LATER_ALREADY);
	assert_int_equal(run_later(count_first, &ten), RUN_LATER);
	assert_int_equal(run_later(count_second, &one), RUN_LATER);
	run_leave(&inner);
	assert_int_equal(calls[0] + calls[1], 0);
	run_leave(&outer);
	assert_int_equal(calls[0], 11);
	assert_int_equal(calls[1], 1);
	run_enter(&engine, &outer);
	run_leave(&outer);
	assert_int_equal(calls[0] + calls[1], 12); /* and not again */
}

static void too_much_is_done_at_once(void **state)
{
	struct run_ctx run = {0};
	int args[64], now = 0;

	run_enter(&engine, &run);
	for (size_t i = 0; i < 64; i++) {
		args[i] = 1;
		now += run_later(count_first, &args[i]) == RUN_NOW;
	}
	run_leave(&run);
	assert_in_range(now, 1, 63);
	assert_int_equal(calls[0] + now, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(outside_a_run_it_is_done_at_once, setup, teardown),
		cmocka_unit_test_setup_teardown(put_off_once_until_the_outermost_run_ends, setup, teardown),
		cmocka_unit_test_setup_teardown(too_much_is_done_at_once, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

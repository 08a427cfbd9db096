/* SPDX-License-Identifier: BSD-2-Clause */
/* When one abstract state covers another, and that states are copied whole. */
#include "unit.h"

#include "common/util/strbuf.h"
#include "engine/verifier/state/equal.h"

static u16 live[4] = {0xffff, 0xffff, 0xffff, 0xffff};

static bool covers(const struct verifier_state *old, const struct verifier_state *cur, enum exact_level exact)
{
	static struct idmap idmap;
	struct equal_ctx ctx = {.live_regs = live, .idmap = &idmap, .first_tmp_id = 1000};

	return states_equal(&ctx, old, cur, exact);
}

static struct verifier_state *fresh(void)
{
	struct verifier_state *s = state_new();

	assert_non_null(s);
	s->frame[0] = frame_new(-1, 0, 0);
	assert_non_null(s->frame[0]);
	s->branches = 1;
	return s;
}

static struct bpf_reg *reg(struct verifier_state *s, u32 i)
{
	return &state_regs(s)[i];
}

static struct bpf_reg scalar(u64 min, u64 max, bool precise)
{
	struct bpf_reg r = {0};

	reg_set_unknown(&r);
	r.val = scalar_urange(min, max);
	r.precise = precise;
	return r;
}

static struct stack_slot *slot(struct verifier_state *s, u32 spi)
{
	assert_int_equal(frame_grow_stack(state_frame(s), (spi + 1) * REG_SIZE), 0);
	return &state_frame(s)->stack[spi];
}

static void two_states(void **ctx)
{
	struct verifier_state **s = calloc(2, sizeof(*s));

	assert_non_null(s);
	s[0] = fresh();
	s[1] = fresh();
	*ctx = s;
}

static int setup(void **ctx)
{
	two_states(ctx);
	return 0;
}

static int teardown(void **ctx)
{
	struct verifier_state **s = *ctx;

	state_free(s[0]);
	state_free(s[1]);
	free(s);
	return 0;
}

static void numbers_that_decided_nothing_may_differ(void **ctx)
{
	struct verifier_state **s = *ctx;

	*reg(s[0], 0) = scalar(0, 3, false);
	*reg(s[1], 0) = scalar(0, 100, false);
	assert_true(covers(s[0], s[1], NOT_EXACT));
	assert_false(covers(s[0], s[1], RANGE_WITHIN));
	reg(s[0], 0)->precise = true;
	assert_false(covers(s[0], s[1], NOT_EXACT));
	*reg(s[1], 0) = scalar(1, 2, false);
	assert_true(covers(s[0], s[1], NOT_EXACT));
	assert_true(covers(s[0], s[1], RANGE_WITHIN));
	assert_false(covers(s[0], s[1], EXACT));
}

static void what_old_never_used_may_be_anything(void **ctx)
{
	struct verifier_state **s = *ctx;

	*reg(s[1], 3) = scalar(0, 9, true);
	assert_true(covers(s[0], s[1], NOT_EXACT));
	assert_false(covers(s[1], s[0], NOT_EXACT));
}

static void dead_registers_do_not_count(void **ctx)
{
	struct verifier_state **s = *ctx;

	*reg(s[0], 3) = scalar(0, 0, true);
	*reg(s[1], 3) = scalar(5, 5, true);
	assert_false(covers(s[0], s[1], NOT_EXACT));
	live[0] = (u16)~(1U << 3);
	assert_true(covers(s[0], s[1], NOT_EXACT));
	live[0] = 0xffff;
}

static void a_relation_of_old_must_hold_in_cur(void **ctx)
{
	struct verifier_state **s = *ctx;

	for (u32 i = 0; i < 2; i++) {
		*reg(s[0], i) = scalar(0, 9, true);
		*reg(s[1], i) = scalar(0, 9, true);
	}
	reg(s[0], 0)->id = reg(s[0], 1)->id = 1;
	reg(s[1], 0)->id = 2;
	reg(s[1], 1)->id = 3;
	assert_false(covers(s[0], s[1], NOT_EXACT));
	reg(s[1], 1)->id = 2;
	assert_true(covers(s[0], s[1], NOT_EXACT));
	/* Two relations of old are not one of cur; but what was alone in old may be tied in cur. */
	reg(s[0], 1)->id = 4;
	assert_false(covers(s[0], s[1], NOT_EXACT));
	reg(s[0], 0)->id = reg(s[0], 1)->id = 0;
	assert_true(covers(s[0], s[1], NOT_EXACT));
}

static void added_constants_are_part_of_the_relation(void **ctx)
{
	struct verifier_state **s = *ctx;

	for (u32 i = 0; i < 2; i++) {
		*reg(s[i], 0) = scalar(0, 9, true);
		reg(s[i], 0)->id = 7 | REG_ADD_CONST64;
		reg(s[i], 0)->off = 4;
	}
	assert_true(covers(s[0], s[1], NOT_EXACT));
	reg(s[1], 0)->off = 5;
	assert_false(covers(s[0], s[1], NOT_EXACT));
}

static void packets_need_at_least_the_range_of_old(void **ctx)
{
	struct verifier_state **s = *ctx;

	for (u32 i = 0; i < 2; i++)
		reg_set_pointer(reg(s[i], 2), PTR_TO_PACKET);
	reg(s[0], 2)->range = 14;
	reg(s[1], 2)->range = 13;
	assert_false(covers(s[0], s[1], NOT_EXACT));
	reg(s[1], 2)->range = 15;
	assert_true(covers(s[0], s[1], NOT_EXACT));
	/* Being at the end is another fact than so many bytes before it. */
	reg(s[0], 2)->range = RANGE_AT_PKT_END;
	assert_false(covers(s[0], s[1], NOT_EXACT));
}

static void slots_of_unknown_bytes_take_anything(void **ctx)
{
	struct verifier_state **s = *ctx;

	memset(slot(s[0], 0)->type, STACK_MISC, REG_SIZE);
	assert_true(covers(s[0], s[1], NOT_EXACT));
	memset(slot(s[0], 0)->type, STACK_ZERO, REG_SIZE);
	assert_false(covers(s[0], s[1], NOT_EXACT));
	memset(slot(s[1], 0)->type, STACK_MISC, REG_SIZE);
	assert_false(covers(s[0], s[1], NOT_EXACT));
	memset(slot(s[1], 0)->type, STACK_ZERO, REG_SIZE);
	assert_true(covers(s[0], s[1], NOT_EXACT));
}

static void a_spilled_pointer_is_no_number(void **ctx)
{
	struct verifier_state **s = *ctx;

	memset(slot(s[0], 0)->type, STACK_SPILL, REG_SIZE);
	reg_set_pointer(&slot(s[0], 0)->reg, PTR_TO_CTX);
	memset(slot(s[1], 0)->type, STACK_SPILL, REG_SIZE);
	reg_set_unknown(&slot(s[1], 0)->reg);
	assert_false(covers(s[0], s[1], NOT_EXACT));
	assert_false(covers(s[1], s[0], RANGE_WITHIN));
}

static void references_and_locks_count(void **ctx)
{
	struct verifier_state **s = *ctx;
	int map;

	assert_int_equal(state_acquire(s[0], 5, 1), 0);
	assert_false(covers(s[0], s[1], NOT_EXACT));
	assert_int_equal(state_acquire(s[1], 9, 3), 0);
	assert_true(covers(s[0], s[1], NOT_EXACT));
	assert_int_equal(state_lock(s[1], 2, &map, 4), 0);
	assert_false(covers(s[0], s[1], NOT_EXACT));
	assert_false(state_unlock(s[1], 3, &map));
	assert_true(state_unlock(s[1], 2, &map));
	assert_true(covers(s[0], s[1], NOT_EXACT));
	assert_true(state_release(s[1], 9));
	assert_false(state_release(s[1], 9));
}

static void call_sites_must_agree(void **ctx)
{
	struct verifier_state **s = *ctx;

	for (u32 i = 0; i < 2; i++) {
		s[i]->frame[1] = frame_new(2, 1, 1);
		assert_non_null(s[i]->frame[1]);
		s[i]->curframe = 1;
	}
	assert_true(covers(s[0], s[1], NOT_EXACT));
	s[1]->frame[1]->callsite = 3;
	assert_false(covers(s[0], s[1], NOT_EXACT));
}

static void a_copy_is_a_state_of_its_own(void **ctx)
{
	struct verifier_state **s = *ctx;
	struct history_entry h = {.idx = 4, .prev_idx = 2};

	*reg(s[0], 1) = scalar(3, 4, true);
	memset(slot(s[0], 5)->type, STACK_ZERO, REG_SIZE);
	s[0]->frame[1] = frame_new(2, 1, 1);
	s[0]->curframe = 1;
	assert_int_equal(state_acquire(s[0], 5, 1), 0);
	assert_int_equal(state_push_history(s[0], &h), 0);
	assert_int_equal(state_copy(s[1], s[0]), 0);
	assert_int_equal(s[1]->curframe, 1);
	assert_int_equal(s[1]->history_cnt, 1);
	assert_int_equal(s[1]->history[0].prev_idx, 2);
	assert_true(covers(s[0], s[1], EXACT));
	s[1]->frame[0]->stack[5].type[0] = STACK_MISC;
	assert_int_equal(s[0]->frame[0]->stack[5].type[0], STACK_ZERO);
	/* Fewer frames again. */
	s[0]->curframe = 0;
	assert_int_equal(state_copy(s[1], s[0]), 0);
	assert_null(s[1]->frame[1]);
}

static void registers_print_as_in_the_log(void **ctx)
{
	struct strbuf sb = STRBUF_INIT;
	struct bpf_reg r = scalar(4, 15, true);

	(void)ctx;
	reg_print(&sb, &r, 0);
	assert_string_equal(strbuf_str(&sb), "Pscalar(smin=umin=smin32=umin32=4,smax=umax=smax32=umax32=15,var_off=(0x0; 0xf))");
	strbuf_reset(&sb);
	reg_set_const(&r, (u64)-1);
	reg_print(&sb, &r, 0);
	assert_string_equal(strbuf_str(&sb), "-1");
	strbuf_reset(&sb);
	reg_set_pointer(&r, PTR_TO_STACK);
	r.off = -8;
	reg_print(&sb, &r, 1);
	assert_string_equal(strbuf_str(&sb), "fp[0]-8");
	strbuf_free(&sb);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(numbers_that_decided_nothing_may_differ),
		T(what_old_never_used_may_be_anything),
		T(dead_registers_do_not_count),
		T(a_relation_of_old_must_hold_in_cur),
		T(added_constants_are_part_of_the_relation),
		T(packets_need_at_least_the_range_of_old),
		T(slots_of_unknown_bytes_take_anything),
		T(a_spilled_pointer_is_no_number),
		T(references_and_locks_count),
		T(call_sites_must_agree),
		T(a_copy_is_a_state_of_its_own),
		T(registers_print_as_in_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

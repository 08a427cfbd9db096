/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"
#include "user/explain/explain.h"

static const char lookup_log[] = "0: R1=ctx() R10=fp0\n"
				 "; u64 *n = bpf_map_lookup_elem(&counts, &uid); @ count.bpf.c:22\n"
				 "7: (85) call bpf_map_lookup_elem#1\n"
				 "8: R0_w=map_value_or_null(id=1,map=counts,ks=4,vs=8)\n"
				 "; *n += 1; @ count.bpf.c:24\n"
				 "8: (79) r1 = *(u64 *)(r0 +0)\n"
				 "R0 invalid mem access 'map_value_or_null'\n"
				 "processed 9 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n";

static void refusal_is_the_line_behind_the_last_instruction(void **state)
{
	struct log_verdict v;

	assert_true(log_find_refusal(lookup_log, &v));
	assert_string_equal(v.message, "R0 invalid mem access 'map_value_or_null'");
	assert_true(v.have_insn);
	assert_int_equal(v.insn, 8);
	assert_true(v.in_processed);
}

static void accepted_program_has_no_refusal(void **state)
{
	struct log_verdict v;

	assert_false(log_find_refusal("0: R1=ctx() R10=fp0\n0: (b7) r0 = 0\n1: (95) exit\n"
				      "processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0\n",
				      &v));
	assert_false(log_find_refusal("", &v));
}

static void leak_names_where_it_began(void **state)
{
	struct log_verdict v;

	assert_true(log_find_refusal("3: (85) call bpf_ringbuf_reserve#131\n9: (95) exit\nUnreleased reference id=2 alloc_insn=3\n"
				     "BPF_EXIT instruction in main prog would lead to reference leak\n",
				     &v));
	assert_true(v.have_related);
	assert_int_equal(v.related, 3);
	assert_int_equal(v.insn, 9);
}

static void explains(const char *message, const char *name, const char *in_meaning)
{
	struct strbuf meaning = STRBUF_INIT, fix = STRBUF_INIT;
	const char *got = "";

	assert_true(reason_explain(message, &got, &meaning, &fix));
	assert_string_equal(got, name);
	assert_non_null(strstr(strbuf_str(&meaning), in_meaning));
	assert_true(fix.len > 0);
	strbuf_free(&meaning);
	strbuf_free(&fix);
}

static void messages_are_put_in_words(void **state)
{
	explains("R0 invalid mem access 'map_value_or_null'", "null_map_value", "NULL when the key is not in the map");
	explains("invalid access to packet, off=12 size=2, R1(id=0,off=12,r=0)", "packet_bounds", "2 bytes at offset 12");
	explains("invalid access to map value, value_size=12 off=12 size=1", "map_value_bounds", "only 12 bytes");
	explains("R1 type=fp expected=map_ptr", "map_wanted", "a pointer to the stack");
	explains("R1 type=scalar expected=fp, pkt, pkt_meta", "arg_type", "a number");
	explains("R1 type=ptr_task_struct expected=fp", "arg_type", "a pointer to a kernel object");
	explains("R0 !read_ok", "return_unset", "without a result");
	explains("R3 !read_ok", "uninitialised", "not set on this path");
	explains("At program exit the register R0 has smin=7 smax=7 should have been in [0, 3]", "return_range", "0 to 3");
	explains("infinite loop detected at insn 4", "infinite", "never end");
}

static void unknown_message_is_left_alone(void **state)
{
	struct strbuf meaning = STRBUF_INIT, fix = STRBUF_INIT;
	const char *name = NULL;

	assert_false(reason_explain("the moon is full", &name, &meaning, &fix));
	assert_null(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusal_is_the_line_behind_the_last_instruction),
		cmocka_unit_test(accepted_program_has_no_refusal),
		cmocka_unit_test(leak_names_where_it_began),
		cmocka_unit_test(messages_are_put_in_words),
		cmocka_unit_test(unknown_message_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

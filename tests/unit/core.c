/* SPDX-License-Identifier: BSD-2-Clause */
/* CO-RE: every kind of relocation of core.bpf.c against the types of core_target.bpf.c. */
#include "unit.h"

#include <errno.h>
#include <skep/skep.h>
#include <stdio.h>

#include "common/btf/file.h"
#include "user/core/core.h"
#include "user/core/spec.h"
#include "user/load/load.h"

static struct skep_object *obj;
static struct btf *types;
static struct core_target target;

static int setup(void **state)
{
	struct skep_error *err = skep_error_new();
	struct strbuf why = STRBUF_INIT;

	obj = skep_object_open_file(FIXTURES "/core.bpf.o", NULL, err);
	types = btf_load_file(FIXTURES "/core_target.bpf.o", NULL, NULL, &why);
	target.btf = types;
	if (!obj || !types)
		fprintf(stderr, "%s %s\n", skep_error_text(err), strbuf_str(&why));
	skep_error_free(err);
	strbuf_free(&why);
	return obj && types ? 0 : -1;
}

static int teardown(void **state)
{
	skep_object_close(obj);
	core_target_free(&target);
	btf_free(types);
	return 0;
}

/* The relocated instructions of a function; failures are added to. */
static struct bpf_insn *relocate(const char *name, struct core_failures *failures)
{
	struct skep_error *err = skep_error_new();
	struct skep_program *p = skep_object_find_program(obj, name);
	struct bpf_insn *insns;
	size_t n;

	if (!p)
		fail_msg("no program %s", name);
	insns = calloc(obj->funcs[p->func].nr_insns, sizeof(*insns));
	memcpy(insns, skep_program_insns(p, &n), obj->funcs[p->func].nr_insns * sizeof(*insns));
	if (core_relocate(obj, p->func, insns, &target, failures, err))
		fail_msg("%s: %s", name, skep_error_text(err));
	skep_error_free(err);
	return insns;
}

static void check_answer(const char *name, u64 expected)
{
	struct core_failures failures = {};
	struct bpf_insn *insns = relocate(name, &failures);
	u64 answer = (u64)(s64)insns[0].imm;

	if (failures.count)
		fail_msg("%s: %s", name, failures.list[0].text);
	assert_true(insns[0].code == (BPF_ALU64 | BPF_MOV | BPF_K) || insns[0].code == (BPF_ALU | BPF_MOV | BPF_K) ||
		    insns[0].code == (BPF_LD | BPF_IMM | BPF_DW));
	if (insns[0].code == (BPF_LD | BPF_IMM | BPF_DW))
		answer = (u64)(u32)insns[0].imm | (u64)(u32)insns[1].imm << 32;
	if (answer != expected)
		fail_msg("%s: %llu, not %llu", name, (unsigned long long)answer, (unsigned long long)expected);
	free(insns);
}

static void fields_are_found_by_name(void **state)
{
	check_answer("offset_of_moved_b", 16);
	check_answer("offset_by_flavour", 16);
	check_answer("offset_in_anonymous", 16);
	check_answer("offset_of_element", 24 + 3 * 2);
	check_answer("size_of_counter", 2);
	check_answer("size_of_list", 16);
	check_answer("union_member", 1);
}

static void what_is_not_there_does_not_exist(void **state)
{
	check_answer("exists_there", 1);
	check_answer("exists_missing", 0);
	check_answer("exists_in_gone", 0);
	check_answer("type_there", 1);
	check_answer("type_gone", 0);
	check_answer("type_id_gone", 0);
	check_answer("typedef_there", 1);
	check_answer("enum_there", 1);
	check_answer("enum_lost", 0);
}

static void bitfields_are_shifted_as_the_target_has_them(void **state)
{
	check_answer("y_left", 64 - 39);
	check_answer("y_right", 64 - 9);
	check_answer("y_signed", 0);
	check_answer("s_signed", 1);
}

static void types_and_enumerators_give_their_values(void **state)
{
	check_answer("type_size", 48);
	check_answer("type_size_gone", 0);
	check_answer("enum_value", 22);
	if (skep_object_find_program(obj, "matches_moved")) {
		check_answer("matches_moved", 1);
		check_answer("matches_kept", 0);
	}
}

static void loads_take_the_targets_size(void **state)
{
	struct core_failures failures = {};
	struct bpf_insn *insns = relocate("load_counter", &failures);

	assert_int_equal(failures.count, 0);
	assert_int_equal(insns[0].code, BPF_LDX | BPF_MEM | BPF_H);
	assert_int_equal(insns[0].off, 2);
	free(insns);
	insns = relocate("load_moved", &failures);
	assert_int_equal(insns[0].off, 16);
	free(insns);
}

static void check_poison(const char *name, const char *text)
{
	struct core_failures failures = {};
	struct bpf_insn *insns = relocate(name, &failures);

	assert_int_equal(failures.count, 1);
	if (!strstr(failures.list[0].text, text) || strncmp(failures.list[0].text, "core.bpf.c:", 11))
		fail_msg("%s: %s", name, failures.list[0].text);
	assert_int_equal(insns[failures.list[0].insn].code, BPF_JMP | BPF_CALL);
	assert_int_equal(insns[failures.list[0].insn].imm, POISON_BASE);
	core_failures_free(&failures);
	free(insns);
}

static void what_has_no_answer_is_named(void **state)
{
	check_poison("offset_missing", "kept.missing: not in the target's BTF");
	check_poison("two_answers", "ambiguous.v: the target's BTF has several types of that name, which disagree");
}

static void names_are_compared_without_their_flavour(void **state)
{
	assert_int_equal(essential_len("task_struct___old"), strlen("task_struct"));
	assert_int_equal(essential_len("a___b___c"), strlen("a___b"));
	assert_int_equal(essential_len("___x"), 4);
	assert_int_equal(essential_len("plain"), 5);
	assert_true(same_essential("a___1", "a"));
	assert_false(same_essential("ab", "a"));
}

static void access_strings_that_make_no_sense_are_refused(void **state)
{
	static const char *const bad[] = {"", "0:", ":0", "0:x", "0:99", "0:0:0:0", "-1", "99999999999"};
	s32 id = btf_find(obj->btf, "moved", BTF_KIND_STRUCT);
	struct core_spec spec;

	assert_true(id > 0);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (spec_parse(&spec, obj->btf, (u32)id, bad[i], SPEC_FIELD) >= 0 && strcmp(bad[i], "0:"))
			fail_msg("\"%s\" was taken", bad[i]);
	assert_int_equal(spec_parse(&spec, obj->btf, 1000000, "0", SPEC_FIELD), -EINVAL);
	assert_int_equal(spec_parse(&spec, obj->btf, (u32)id, "0:1", SPEC_FIELD), 0);
	assert_int_equal(spec.bit_off, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_found_by_name),
		cmocka_unit_test(what_is_not_there_does_not_exist),
		cmocka_unit_test(bitfields_are_shifted_as_the_target_has_them),
		cmocka_unit_test(types_and_enumerators_give_their_values),
		cmocka_unit_test(loads_take_the_targets_size),
		cmocka_unit_test(what_has_no_answer_is_named),
		cmocka_unit_test(names_are_compared_without_their_flavour),
		cmocka_unit_test(access_strings_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

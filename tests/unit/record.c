/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <skep/skep.h>
#include <stdio.h>
#include <unistd.h>

#include "common/btf/btf.h"

static const char source[] = "struct event { int pid; char comm[16]; unsigned long long when; };\n"
			     "struct other { char a[40]; };\n"
			     "struct twin_a { int a[5]; };\n"
			     "struct twin_b { int b[5]; };\n"
			     "struct said { int x[3]; };\n"
			     "struct said *unused __attribute__((unused));\n"
			     "static long (*send)(void *, void *, unsigned long) = (void *)130;\n"
			     "__attribute__((section(\"tp/a/b\"), used)) int prog(void *ctx)\n"
			     "{\n"
			     "	struct event e = {.pid = 1};\n"
			     "	struct other *o = ctx;\n"
			     "	struct twin_a a = {}; struct twin_b b = {};\n"
			     "	send(ctx, &e, sizeof(e)); send(ctx, o, 40); send(ctx, &a, sizeof(a)); send(ctx, &b, sizeof(b));\n"
			     "	return 0;\n"
			     "}\n"
			     "char LICENSE[] __attribute__((section(\"license\"), used)) = \"GPL\";\n";

static int open_object(void **state)
{
	char dir[] = "/tmp/skep-record.XXXXXX", command[256], path[128];
	FILE *f;

	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/r.bpf.c", dir);
	f = fopen(path, "w");
	fputs(source, f);
	fclose(f);
	snprintf(command, sizeof(command), "clang -g -O2 -target bpf -c %s -o %s/r.o", path, dir);
	if (system(command))
		return -1;
	snprintf(command, sizeof(command), "%s/r.o", dir);
	*state = skep_object_open_file(command, NULL, NULL);
	unlink(command);
	unlink(path);
	rmdir(dir);
	return *state ? 0 : -1;
}

static int close_object(void **state)
{
	skep_object_close(*state);
	return 0;
}

static const char *type_of(struct skep_object *obj, size_t size, bool padded)
{
	const struct btf *btf;
	u32 type;

	return skep_object_record_type(obj, size, padded, &btf, &type) ? NULL : btf_name(btf, type);
}

static void local_structure_of_that_size_is_found(void **state)
{
	assert_string_equal(type_of(*state, 32, false), "event");
	assert_string_equal(type_of(*state, 40, false), "other");
}

static void perf_sample_is_padded(void **state)
{
	assert_string_equal(type_of(*state, 36, true), "event");
	assert_null(type_of(*state, 32, true));
}

static void two_candidates_are_none(void **state)
{
	assert_null(type_of(*state, 20, false));
	assert_null(type_of(*state, 7, false));
}

static void global_pointer_says_it_outright(void **state)
{
	assert_string_equal(type_of(*state, 12, false), "said");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(local_structure_of_that_size_is_found),
		cmocka_unit_test(perf_sample_is_padded),
		cmocka_unit_test(two_candidates_are_none),
		cmocka_unit_test(global_pointer_says_it_outright),
	};

	return cmocka_run_group_tests(tests, open_object, close_object);
}

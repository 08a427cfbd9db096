/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <errno.h>
#include <skep/skep.h>
#include <stdio.h>

#include "common/uapi/bpf.h"

static char *image;
static size_t image_len;

static int read_fixture(void **state)
{
	FILE *f = fopen(FIXTURES "/subprogs.bpf.o", "re");
	long len;

	if (!f || fseek(f, 0, SEEK_END) || (len = ftell(f)) <= 0)
		return -1;
	rewind(f);
	image_len = (size_t)len;
	image = malloc(image_len);
	if (!image || fread(image, 1, image_len, f) != image_len)
		return -1;
	fclose(f);
	return 0;
}

static int free_fixture(void **state)
{
	free(image);
	return 0;
}

static struct skep_object *open_fixture(void)
{
	struct skep_object_open_opts opts = {.sz = sizeof(opts), .name = "subprogs.bpf.o"};
	struct skep_error *err = skep_error_new();
	struct skep_object *obj = skep_object_open_mem(image, image_len, &opts, err);

	if (!obj)
		fail_msg("%s", skep_error_text(err));
	skep_error_free(err);
	return obj;
}

static void programs_are_found_by_section_and_symbol(void **state)
{
	struct skep_object *obj = open_fixture();
	struct skep_program *p = NULL;
	char names[256] = "";

	while ((p = skep_object_next_program(obj, p)))
		snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s:%s:%u:%d ", skep_program_name(p), skep_program_section(p),
			 skep_program_type(p), skep_program_autoload(p));
	assert_string_equal(names, "count:raw_tp/sys_enter:17:1 keep:socket:1:1 keep_all:socket:1:1 aside:socket:1:0 ");
	assert_string_equal(skep_object_license(obj), "GPL");
	skep_object_close(obj);
}

static void maps_are_defined_by_their_types(void **state)
{
	struct skep_object *obj = open_fixture();
	struct skep_map *m = skep_object_find_map(obj, "counts");

	assert_non_null(m);
	assert_int_equal(skep_map_type(m), BPF_MAP_TYPE_HASH);
	assert_int_equal(skep_map_key_size(m), 4);
	assert_int_equal(skep_map_value_size(m), 8);
	assert_int_equal(skep_map_max_entries(m), 64);
	assert_int_equal(skep_map_fd(m), -ENOENT);
	m = skep_object_find_map(obj, "outer");
	assert_int_equal(skep_map_type(m), BPF_MAP_TYPE_ARRAY_OF_MAPS);
	assert_int_equal(skep_map_max_entries(m), 4);
	skep_object_close(obj);
}

static void data_sections_become_maps_with_their_contents(void **state)
{
	struct skep_object *obj = open_fixture();
	struct skep_map *m = skep_object_find_map(obj, ".data");
	size_t len;

	assert_non_null(m);
	assert_true(skep_map_is_internal(m));
	assert_int_equal(*(int *)skep_map_initial_value(m, &len), 3);
	assert_int_equal(len, 4);
	m = skep_object_find_map(obj, ".bss");
	assert_int_equal(*(long *)skep_map_initial_value(m, &len), 0);
	assert_int_equal(len, 8);
	m = skep_object_find_map(obj, ".rodata");
	assert_int_equal(skep_map_flags(m) & BPF_F_RDONLY_PROG, BPF_F_RDONLY_PROG);
	skep_object_close(obj);
}

static void instructions_know_their_source_lines(void **state)
{
	struct skep_object *obj = open_fixture();
	struct skep_program *p = skep_object_find_program(obj, "keep");
	struct skep_source_line line = {.sz = sizeof(line)};

	assert_int_equal(skep_program_source_line(p, 0, &line), 0);
	assert_string_equal(line.function, "keep");
	assert_non_null(strstr(line.file, "subprogs.bpf.c"));
	assert_non_null(strstr(line.text, "bump(3)"));
	assert_int_equal(skep_program_source_line(p, 10000, &line), -ENOENT);
	skep_object_close(obj);
}

/* One clear line, naming the object, whatever is wrong with it. */
static void check_refusal(struct skep_error *err)
{
	assert_true(skep_error_code(err) < 0);
	assert_int_equal(skep_error_status(err), SKEP_BAD_OBJECT);
	assert_int_equal(strncmp(skep_error_text(err), "cut.bpf.o: ", 11), 0);
	assert_null(strchr(skep_error_text(err), '\n'));
}

static void every_prefix_is_refused_with_one_line(void **state)
{
	struct skep_object_open_opts opts = {.sz = sizeof(opts), .name = "cut.bpf.o"};
	struct skep_error *err = skep_error_new();

	for (size_t len = 0; len < image_len; len++) {
		char *prefix = malloc(len ? len : 1); /* exactly as long, so that a sanitizer sees every byte beyond */

		memcpy(prefix, image, len);
		assert_null(skep_object_open_mem(prefix, len, &opts, err));
		check_refusal(err);
		free(prefix);
	}
	skep_error_free(err);
}

static void every_damaged_byte_is_survived(void **state)
{
	struct skep_object_open_opts opts = {.sz = sizeof(opts), .name = "cut.bpf.o"};
	struct skep_error *err = skep_error_new();
	static const unsigned char flips[] = {0xff, 0x01, 0x80};

	for (size_t at = 0; at < image_len; at++) {
		struct skep_object *obj;

		image[at] ^= (char)flips[at % 3];
		obj = skep_object_open_mem(image, image_len, &opts, err);
		image[at] ^= (char)flips[at % 3];
		if (!obj)
			check_refusal(err);
		skep_object_close(obj);
	}
	skep_error_free(err);
}

static void what_is_no_object_says_so(void **state)
{
	struct skep_error *err = skep_error_new();

	assert_null(skep_object_open_file(FIXTURES "/no such file", NULL, err));
	assert_int_equal(errno, ENOENT);
	assert_int_equal(skep_error_status(err), SKEP_FAILED);
	assert_null(skep_object_open_mem("#include", 8, NULL, err));
	assert_non_null(strstr(skep_error_text(err), "not an ELF object"));
	skep_error_free(err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_are_found_by_section_and_symbol),
		cmocka_unit_test(maps_are_defined_by_their_types),
		cmocka_unit_test(data_sections_become_maps_with_their_contents),
		cmocka_unit_test(instructions_know_their_source_lines),
		cmocka_unit_test(every_prefix_is_refused_with_one_line),
		cmocka_unit_test(every_damaged_byte_is_survived),
		cmocka_unit_test(what_is_no_object_says_so),
	};

	return cmocka_run_group_tests(tests, read_fixture, free_fixture);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading on the kernel of this machine; skipped where it does not let us. */
#include "unit.h"

#include <errno.h>
#include <skep/skep.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/uapi/bpf.h"
#include "tests/btf_build.h"
#include "user/load/load.h"
#include "user/door/sys.h"

static struct skep_door *door;

static int open_door(void **state)
{
	door = skep_door_kernel();
	return door ? 0 : -1;
}

static int close_door(void **state)
{
	skep_door_free(door);
	return 0;
}

static void needs_kernel(void)
{
	struct sys_map_create c = {.type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
	int fd = sys_map_create(door, &c);

	if (fd < 0) {
		fprintf(stderr, "SKIPPED: bpf(2) is refused here: %s\n", strerror(-fd));
		skip();
	}
	close(fd);
}

static struct skep_object *load(const char *path)
{
	struct skep_error *err = skep_error_new();
	struct skep_object *obj = skep_object_open_file(path, NULL, err);

	if (!obj || skep_object_load(obj, door, NULL, err))
		fail_msg("%s\n%s", skep_error_text(err), skep_error_log(err) ? skep_error_log(err) : "");
	skep_error_free(err);
	return obj;
}

static u32 map_id(int fd)
{
	struct bpf_map_info info = {};
	u32 len = sizeof(info);

	assert_int_equal(sys_obj_info(door, fd, &info, &len), 0);
	return info.id;
}

static void an_object_loads_whole(void **state)
{
	struct skep_object *obj;
	struct bpf_prog_info info = {};
	u32 len = sizeof(info);
	struct skep_program *p;

	needs_kernel();
	obj = load(FIXTURES "/subprogs.bpf.o");
	p = skep_object_find_program(obj, "count");
	assert_int_equal(sys_obj_info(door, skep_program_fd(p), &info, &len), 0);
	assert_string_equal(info.name, "count");
	/* count, its callback, the global function and what that calls: each with its own record. */
	assert_int_equal(info.nr_func_info, 4);
	assert_true(info.nr_line_info > 4);
	assert_int_equal(skep_program_fd(skep_object_find_program(obj, "aside")), -ENOENT);
	skep_object_close(obj);
}

static void values_of_a_map_in_map_are_set(void **state)
{
	struct skep_object *obj;
	struct skep_map *outer;
	u32 key = 1, id = 0;

	needs_kernel();
	obj = load(FIXTURES "/subprogs.bpf.o");
	outer = skep_object_find_map(obj, "outer");
	assert_int_equal(skep_map_lookup(outer, &key, 4, &id, 4, 0), 0);
	assert_int_equal(id, map_id(skep_map_fd(skep_object_find_map(obj, "first"))));
	key = 3;
	assert_int_equal(skep_map_lookup(outer, &key, 4, &id, 4, 0), 0);
	assert_int_equal(id, map_id(skep_map_fd(skep_object_find_map(obj, "second"))));
	key = 0;
	assert_int_equal(skep_map_lookup(outer, &key, 4, &id, 4, 0), -ENOENT);
	skep_object_close(obj);
}

/* Runs keep on a packet: its subprogram counts in the map and in .bss. */
static void a_loaded_program_runs_with_its_subprograms_and_data(void **state)
{
	unsigned char packet[64] = {};
	union bpf_attr attr = {};
	struct skep_object *obj;
	struct skep_map *counts, *bss;
	u32 key = 3;
	u64 value = 0;
	size_t len;

	needs_kernel();
	obj = load(FIXTURES "/subprogs.bpf.o");
	for (int i = 0; i < 2; i++) {
		attr = (union bpf_attr){.test = {.prog_fd = (u32)skep_program_fd(skep_object_find_program(obj, "keep")),
						 .data_in = ptr_to_u64(packet),
						 .data_size_in = sizeof(packet)}};
		assert_int_equal(door->ops->bpf(door, BPF_PROG_TEST_RUN, &attr, sizeof(attr)), 0);
		assert_int_equal(attr.test.retval, 2);
	}
	counts = skep_object_find_map(obj, "counts");
	assert_int_equal(skep_map_lookup(counts, &key, 4, &value, 8, 0), 0);
	assert_int_equal(value, 2);
	assert_int_equal(skep_map_lookup(counts, &key, 8, &value, 8, 0), -EINVAL);
	bss = skep_object_find_map(obj, ".bss");
	assert_int_equal(*(long *)skep_map_initial_value(bss, &len), 1); /* mapped: what the program wrote */
	skep_object_close(obj);
}

static int count_elements(void *ctx, const void *key, const void *value)
{
	u64 *sum = ctx;

	*sum += *(const u64 *)value;
	return 0;
}

static void every_element_is_visited(void **state)
{
	struct skep_object *obj;
	struct skep_map *counts;
	u64 sum = 0, expected = 0;

	needs_kernel();
	obj = load(FIXTURES "/subprogs.bpf.o");
	counts = skep_object_find_map(obj, "counts");
	for (u32 key = 0; key < 64; key++) {
		u64 value = key * 3;

		expected += value;
		assert_int_equal(skep_map_update(counts, &key, 4, &value, 8, BPF_NOEXIST), 0);
	}
	assert_int_equal(skep_map_for_each(counts, count_elements, &sum), 64);
	assert_int_equal(sum, expected);
	skep_object_close(obj);
}

static void an_object_can_be_changed_before_loading_only(void **state)
{
	struct skep_error *err = skep_error_new();
	struct skep_object *obj = skep_object_open_file(FIXTURES "/subprogs.bpf.o", NULL, err);
	struct skep_map *data, *counts;
	size_t len;

	needs_kernel();
	assert_non_null(obj);
	counts = skep_object_find_map(obj, "counts");
	data = skep_object_find_map(obj, ".data");
	*(int *)skep_map_initial_value(data, &len) = 99;
	assert_int_equal(skep_map_set_max_entries(counts, 7), 0);
	assert_int_equal(skep_object_load(obj, door, NULL, err), 0);
	assert_int_equal(skep_object_load(obj, door, NULL, err), -EBUSY);
	assert_int_equal(skep_map_set_max_entries(counts, 8), -EBUSY);
	assert_int_equal(*(int *)skep_map_initial_value(data, &len), 99);
	assert_int_equal(skep_map_max_entries(counts), 7);
	skep_object_close(obj);
	skep_error_free(err);
}

/* A refusal may have other reasons than locked memory; its limit is what it was afterwards. */
static void the_limit_on_locked_memory_stays(void **state)
{
	struct rlimit before, low, after;
	struct skep_object *obj;

	needs_kernel();
	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &before), 0);
	low = (struct rlimit){.rlim_cur = 4096, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &low), 0);
	obj = load(FIXTURES "/subprogs.bpf.o");
	assert_int_equal(getrlimit(RLIMIT_MEMLOCK, &after), 0);
	assert_true(after.rlim_cur == low.rlim_cur && after.rlim_max == low.rlim_max);
	assert_int_equal(setrlimit(RLIMIT_MEMLOCK, &before), 0);
	skep_object_close(obj);
}

/* Every newer kind, in the place where programs use it. */
static u32 newer_types(struct btf_build *b, void *buf, size_t size)
{
	u32 i = bb_int(b, "int", 4, BTF_INT_SIGNED), f, e, p, s;

	f = bb_kind(b, BTF_KIND_FLOAT, "double", 8);
	e = bb_type(b, "wide", BB_INFO(BTF_KIND_ENUM64, 0, 2), 8);
	bb_member(b, "A", 1, 0);
	bb_member(b, "B", 0, 1);
	p = bb_kind(b, BTF_KIND_PTR, NULL, bb_kind(b, BTF_KIND_TYPE_TAG, "user", i));
	s = bb_composite(b, BTF_KIND_STRUCT, "s", 32, 4);
	bb_member(b, "p", p, 0);
	bb_member(b, "f", f, 64);
	bb_member(b, "e", e, 128);
	bb_member(b, "i", i, 192);
	bb_kind(b, BTF_KIND_DECL_TAG, "mark", s);
	bb_word(b, 3);
	return bb_finish(b, buf, size);
}

static void newer_kinds_of_type_become_older_ones(void **state)
{
	static char buf[16384];
	static struct btf_build b;
	u32 len = newer_types(&b, buf, sizeof(buf));
	struct btf *before = btf_parse(buf, len, NULL, NULL), *after;
	int fd;

	assert_non_null(before);
	assert_true(btf_for_older_engine(buf, len));
	after = btf_parse(buf, len, NULL, NULL);
	assert_non_null(after);
	assert_int_equal(btf_count(after), btf_count(before));
	for (u32 id = 1; id < btf_count(after); id++) {
		u32 kind = btf_kind(btf_type(after, id));

		assert_true(kind <= BTF_KIND_DATASEC);
		if (btf_kind(btf_type(before, id)) != BTF_KIND_DECL_TAG)
			assert_int_equal(btf_size(after, id), btf_size(before, id));
	}
	assert_int_equal(btf_find(after, "s", BTF_KIND_STRUCT), btf_find(before, "s", BTF_KIND_STRUCT));
	assert_false(btf_for_older_engine(buf, len));
	btf_free(before);
	btf_free(after);
	needs_kernel();
	fd = sys_btf_load(door, buf, len, NULL, 0, 0);
	assert_true(fd >= 0);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_object_loads_whole),
		cmocka_unit_test(values_of_a_map_in_map_are_set),
		cmocka_unit_test(a_loaded_program_runs_with_its_subprograms_and_data),
		cmocka_unit_test(every_element_is_visited),
		cmocka_unit_test(the_limit_on_locked_memory_stays),
		cmocka_unit_test(newer_kinds_of_type_become_older_ones),
		cmocka_unit_test(an_object_can_be_changed_before_loading_only),
	};

	return cmocka_run_group_tests(tests, open_door, close_door);
}

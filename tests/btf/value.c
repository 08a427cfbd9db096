/* SPDX-License-Identifier: BSD-2-Clause */
/* Values as `bpftool map dump` prints them, plain and JSON, for random bytes of every type; and text that reads back. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <sys/syscall.h>

#include "common/btf/file.h"
#include "common/btf/value.h"
#include "common/uapi/bpf.h"
#include "tests/btf/tool.h"

static char pins[] = "/sys/fs/bpf/skep-btf-XXXXXX";

struct fixture {
	struct btf *btf;
	u32 key, value;
	u32 key_size, value_size;
};

static u32 type_of(const struct btf *btf, const char *name, u32 *size)
{
	s32 id = btf_find(btf, name, BTF_KIND_STRUCT);

	assert_true(id > 0);
	*size = (u32)btf_size(btf, (u32)id);
	return (u32)id;
}

static void compile(struct fixture *f, const char *clang, const char *object)
{
	assert_int_equal(run(NULL, "%s -target bpf -g -O2 -c " TEST_DIR "/values.c -o %s", clang, object), 0);
	f->btf = btf_load_file(object, NULL, NULL, NULL);
	assert_non_null(f->btf);
	f->key = type_of(f->btf, "key", &f->key_size);
	f->value = type_of(f->btf, "val", &f->value_size);
}

static u32 next_random(u32 *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 8;
}

/* Bytes that hit the interesting cases: text that ends and that does not, zeros, enumerators. */
static void fill(u8 *data, u32 size, u32 *seed)
{
	u32 flavour = next_random(seed) % 4;

	for (u32 i = 0; i < size; i++)
		data[i] = (u8)(flavour == 0 ? next_random(seed) : flavour == 1 ? 'a' + next_random(seed) % 26 : flavour == 2 ? 0 :
			       next_random(seed) % 6);
	for (u32 i = 0; i < size && flavour == 1; i += 3 + next_random(seed) % 5)
		data[i] = 0;
	/* bpftool 7.1 writes a backslash wrong */
	for (u32 i = 0; i < size; i++)
		if (data[i] == '\\')
			data[i] = '/';
}

static void print_pair(const struct fixture *f, const u8 *key, const u8 *value, enum btf_value_style style, struct json *json)
{
	json_begin(json, '{');
	json_key(json, "key");
	btf_value_json(f->btf, f->key, key, f->key_size, style, json);
	json_key(json, "value");
	btf_value_json(f->btf, f->value, value, f->value_size, style, json);
	json_end(json, '}');
}

static void print_map(const struct fixture *f, int fd, enum btf_value_style style, bool pretty, struct strbuf *out)
{
	struct json json = {.out = out, .pretty = pretty};
	u8 key[64], value[512];
	union bpf_attr attr = {.map_fd = (u32)fd, .next_key = ptr_to_u64(key)};

	json_begin(&json, '[');
	while (!syscall(SYS_bpf, BPF_MAP_GET_NEXT_KEY, &attr, sizeof(attr))) {
		union bpf_attr look = {.map_fd = (u32)fd, .key = ptr_to_u64(key), .value = ptr_to_u64(value)};

		assert_int_equal(syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &look, sizeof(look)), 0);
		if (style == BTF_VALUE_JSON) { /* only the formatted part is compared */
			json_begin(&json, '{');
			json_key(&json, "formatted");
		}
		print_pair(f, key, value, style, &json);
		if (style == BTF_VALUE_JSON)
			json_end(&json, '}');
		attr.key = ptr_to_u64(key);
	}
	json_end(&json, ']');
	strbuf_addc(out, '\n');
}

static void compare_with_bpftool(const struct fixture *f, int fd)
{
	struct strbuf ours = STRBUF_INIT, theirs = STRBUF_INIT;

	print_map(f, fd, BTF_VALUE_PLAIN, true, &ours);
	assert_int_equal(run(&theirs, "PATH=$PATH:/usr/sbin bpftool map dump pinned %s/values", pins), 0);
	assert_same_text("plain", &ours, &theirs);
	strbuf_reset(&ours);
	strbuf_reset(&theirs);
	print_map(f, fd, BTF_VALUE_JSON, false, &ours);
	assert_int_equal(run(&theirs, "PATH=$PATH:/usr/sbin bpftool -j map dump pinned %s/values |"
				      "sed 's/\"key\":\\[\"0x[^]]*\\],\"value\":\\[\"0x[^]]*\\],//g'", pins), 0);
	assert_same_text("json", &ours, &theirs);
	strbuf_free(&ours);
	strbuf_free(&theirs);
}

static void values_print_as_bpftool_prints_them(void **state)
{
	char object[128], pinned[128];
	struct fixture f;
	u32 seed = 1;
	int fd;

	if (!have_bpftool() || !have("clang-16") || geteuid() || !mkdtemp(pins)) {
		print_message("needs bpftool 7.1, clang-16, root and bpffs\n");
		skip();
	}
	snprintf(object, sizeof(object), "%s/values.o", tmp_dir);
	compile(&f, "clang-16", object);
	if (run(NULL, "PATH=$PATH:/usr/sbin bpftool prog load %s %s/program pinmaps %s 2>/dev/null", object, pins, pins)) {
		print_message("the kernel does not load programs here\n");
		skip();
	}
	snprintf(pinned, sizeof(pinned), "%s/values", pins);
	fd = (int)syscall(SYS_bpf, BPF_OBJ_GET, &(union bpf_attr){.pathname = ptr_to_u64(pinned)}, sizeof(union bpf_attr));
	assert_true(fd >= 0);
	for (int i = 0; i < 40; i++) {
		u8 key[64], value[512];

		fill(key, f.key_size, &seed);
		fill(value, f.value_size, &seed);
		assert_int_equal(syscall(SYS_bpf, BPF_MAP_UPDATE_ELEM,
					 &(union bpf_attr){.map_fd = (u32)fd, .key = ptr_to_u64(key), .value = ptr_to_u64(value)},
					 sizeof(union bpf_attr)), 0);
	}
	compare_with_bpftool(&f, fd);
	close(fd);
	btf_free(f.btf);
}

static int unpin(void **state)
{
	run(NULL, "rm -rf %s", pins);
	return tmp_remove(state);
}

/* Bytes that a type does not use (padding) are not printed, so they cannot come back; everything else must. */
static void what_text_and_json_say_reads_back(void **state)
{
	struct strbuf text = STRBUF_INIT, again = STRBUF_INIT, err = STRBUF_INIT;
	char object[128];
	struct fixture f;
	u32 seed = 7;

	if (!have("clang-16")) {
		print_message("no clang-16\n");
		skip();
	}
	snprintf(object, sizeof(object), "%s/values.o", tmp_dir);
	compile(&f, "clang-16", object);
	for (int i = 0; i < 400; i++) {
		u8 value[512], read[512];
		struct json json = {.out = &text}; /* odd rounds */

		strbuf_reset(&text);
		strbuf_reset(&again);
		fill(value, f.value_size, &seed);
		if (i % 2)
			btf_value_json(f.btf, f.value, value, f.value_size, BTF_VALUE_JSON, &json);
		else
			btf_value_text(f.btf, f.value, value, f.value_size, BTF_TEXT_VALUE, &text);
		if (btf_value_parse(f.btf, f.value, text.s, read, sizeof(read), &err)) {
			/* text that fills its array has no NUL, which input insists on */
			assert_non_null(strstr(strbuf_str(&err), "and the NUL"));
			strbuf_reset(&err);
			continue;
		}
		json = (struct json){.out = &again};
		if (i % 2)
			btf_value_json(f.btf, f.value, read, f.value_size, BTF_VALUE_JSON, &json);
		else
			btf_value_text(f.btf, f.value, read, f.value_size, BTF_TEXT_VALUE, &again);
		assert_string_equal(strbuf_str(&again), strbuf_str(&text));
	}
	strbuf_free(&text);
	strbuf_free(&again);
	strbuf_free(&err);
	btf_free(f.btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_print_as_bpftool_prints_them),
		cmocka_unit_test(what_text_and_json_say_reads_back),
	};

	return cmocka_run_group_tests(tests, tmp_make, unpin);
}

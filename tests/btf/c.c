/* SPDX-License-Identifier: BSD-2-Clause */
/* The C dump: what it prints compiles, clang lays it out as the BTF says, and simple objects read as bpftool prints them. */
#include "tests/unit/unit.h"

#include "common/btf/dump.h"
#include "common/btf/file.h"
#include "engine/kernel/kernel_btf.h"
#include "tests/btf/tool.h"

/* A named member, wherever it stands in anonymous ones. */
struct field {
	const char *name;
	u32 offset; /* bits */
	u32 bits;   /* of a bitfield */
	s64 size;
};

struct fields {
	struct field *f;
	size_t n, cap;
};

static void flatten(const struct btf *btf, u32 id, u32 base, struct fields *out)
{
	const struct btf_type *t = btf_type(btf, id);

	for (u32 i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		u32 off = base + btf_member_bit_offset(t, i);

		if (!m->name_off) {
			u32 inner;

			btf_resolve(btf, m->type, &inner);
			flatten(btf, inner, off, out);
			continue;
		}
		if (!strcmp(btf_str(btf, m->name_off), "__fill"))
			continue;
		if (out->n == out->cap) {
			out->cap = out->cap ? out->cap * 2 : 64;
			out->f = realloc(out->f, out->cap * sizeof(*out->f));
		}
		out->f[out->n++] = (struct field){btf_str(btf, m->name_off), off, btf_member_bitfield_size(t, i),
						  btf_size(btf, m->type)};
	}
}

static bool same_layout(const struct btf *a, u32 ia, const struct btf *b, u32 ib, struct strbuf *why)
{
	struct fields fa = {0}, fb = {0};
	bool same = btf_size(a, ia) == btf_size(b, ib);

	if (!same)
		strbuf_addf(why, "%s: size %lld, compiled %lld\n", btf_name(a, ia), (long long)btf_size(a, ia),
			    (long long)btf_size(b, ib));
	flatten(a, ia, 0, &fa);
	flatten(b, ib, 0, &fb);
	if (same && fa.n != fb.n) {
		same = false;
		strbuf_addf(why, "%s: %zu members, compiled %zu\n", btf_name(a, ia), fa.n, fb.n);
	}
	for (size_t i = 0; same && i < fa.n; i++) {
		struct field *x = &fa.f[i], *y = &fb.f[i];

		same = !strcmp(x->name, y->name) && x->offset == y->offset && x->bits == y->bits && x->size == y->size;
		if (!same)
			strbuf_addf(why, "%s.%s: bit %u:%u size %lld, compiled %s bit %u:%u size %lld\n", btf_name(a, ia), x->name,
				    x->offset, x->bits, (long long)x->size, y->name, y->offset, y->bits, (long long)y->size);
	}
	free(fa.f);
	free(fb.f);
	return same;
}

/* Is any type of that name in `btf` laid out as (other, id)? */
static bool has_layout(const struct btf *btf, const char *name, const struct btf *other, u32 id, struct strbuf *why)
{
	u32 cursor = 0, c;

	while ((c = btf_find_next(btf, name, &cursor)))
		if (btf_kind(btf_type(btf, c)) == btf_kind(btf_type(other, id)) && same_layout(btf, c, other, id, why))
			return true;
	return false;
}

/* As has_layout; the dump may have given the plain name to another tag. */
static bool has_layout_numbered(const struct btf *btf, const char *name, const struct btf *other, u32 id, struct strbuf *why)
{
	char numbered[256];

	if (has_layout(btf, name, other, id, why))
		return true;
	for (u32 n = 2; n < 10; n++) {
		snprintf(numbered, sizeof(numbered), "%s___%u", name, n);
		if (has_layout(btf, numbered, other, id, why))
			return true;
	}
	strbuf_addf(why, "%s is not there as it was\n", name);
	return false;
}

/* A variable of every named struct and union of the header, so that the compiler says how it lays them out. */
static void write_header(const struct btf *btf, const char *path)
{
	struct strbuf text = STRBUF_INIT, name = STRBUF_INIT;
	FILE *f = fopen(path, "we");
	char *line, *save;
	u32 n = 0;
	double ms = cpu_ms();

	assert_non_null(f);
	assert_int_equal(btf_dump_c(btf, &(struct btf_c_opts){.kfuncs = true}, &text), 0);
	print_message("%zu bytes of C in %.1f ms\n", text.len, cpu_ms() - ms);
	assert_int_equal(fwrite(text.s, 1, text.len, f), text.len);
	for (line = strtok_r(text.s, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *end = strstr(line, " {");

		if ((!strncmp(line, "struct ", 7) || !strncmp(line, "union ", 6)) && end && end > strchr(line, ' ')) {
			*end = '\0';
			fprintf(f, "%s keep_%u;\n", line, n++);
		}
	}
	assert_int_equal(fclose(f), 0);
	strbuf_free(&text);
	strbuf_free(&name);
}

static void recompile(const char *source, const char *clang)
{
	struct strbuf why = STRBUF_INIT;
	struct btf *btf = btf_load_file(source, NULL, NULL, NULL), *again;
	char header[128], object[128];
	u32 compared = 0, wrong = 0;

	assert_non_null(btf);
	snprintf(header, sizeof(header), "%s/dump.c", tmp_dir);
	snprintf(object, sizeof(object), "%s/dump.o", tmp_dir);
	write_header(btf, header);
	assert_int_equal(run(NULL, "%s -target bpf -g -O0 -Werror -Wno-visibility -Wno-gnu-variable-sized-type-not-at-end -c %s -o %s",
			     clang, header, object), 0);
	again = btf_load_file(object, NULL, NULL, &why);
	if (!again)
		fail_msg("%s", strbuf_str(&why));
	/* every type of the source is there as it was (a name that several types have: one of them) */
	for (u32 id = 1; id < btf_count(btf); id++) {
		const char *name = btf_name(btf, id);
		u32 cursor = 0;

		if (!btf_is_composite(btf_type(btf, id)) || !*name || btf_find_next(btf, name, &cursor) != id)
			continue;
		compared++;
		wrong += !has_layout_numbered(again, name, btf, id, &why);
	}
	/* and every compiled one, those with a number too, is as one of the source */
	for (u32 id = 1; id < btf_count(again); id++) {
		char name[256];
		char *number;

		snprintf(name, sizeof(name), "%s", btf_name(again, id));
		if (!btf_is_composite(btf_type(again, id)) || !*name)
			continue;
		number = strstr(name, "___");
		if (number && number[3] >= '2' && number[3] <= '9' && !number[4])
			*number = '\0';
		compared++;
		if (has_layout(btf, name, again, id, &why))
			continue;
		strbuf_addf(&why, "%s came from nowhere\n", btf_name(again, id));
		wrong++;
	}
	print_message("%s: %s: %u layouts compared, %u wrong\n", source, clang, compared, wrong);
	if (wrong)
		fail_msg("%.4000s", strbuf_str(&why));
	assert_true(compared > 5);
	strbuf_free(&why);
	btf_free(again);
	btf_free(btf);
}

static const char *compile(const char *clang, const char *name)
{
	static char object[128];

	snprintf(object, sizeof(object), "%s/%s.o", tmp_dir, name);
	assert_int_equal(run(NULL, "%s -w -target bpf -g -O2 -c " TEST_DIR "/%s.c -o %s", clang, name, object), 0);
	return object;
}

/* Types of one name are told apart by numbers; which got which is the dump's business. */
static bool name_is_unique(const struct btf *btf, const char *name)
{
	u32 cursor = 0, n = 0, id;

	while ((id = btf_find_next(btf, name, &cursor)))
		n += btf_is_composite(btf_type(btf, id)) || btf_kind(btf_type(btf, id)) == BTF_KIND_ENUM ||
		     btf_kind(btf_type(btf, id)) == BTF_KIND_ENUM64;
	return n == 1;
}

/* The header, and what must hold of every struct, for the compiler to check. */
static u32 write_asserts(const struct btf *btf, const char *path)
{
	struct strbuf text = STRBUF_INIT;
	struct fields fields = {0};
	FILE *f = fopen(path, "we");
	u32 n = 0;

	assert_non_null(f);
	assert_int_equal(btf_dump_c(btf, &(struct btf_c_opts){.kfuncs = true}, &text), 0);
	assert_int_equal(fwrite(text.s, 1, text.len, f), text.len);
	strbuf_free(&text);
	for (u32 id = 1; id < btf_count(btf); id++) {
		const struct btf_type *t = btf_type(btf, id);
		const char *kind = btf_kind(t) == BTF_KIND_UNION ? "union" : "struct", *name = btf_name(btf, id);

		if (!btf_is_composite(t) || !*name || !name_is_unique(btf, name))
			continue;
		fprintf(f, "_Static_assert(sizeof(%s %s) == %u, \"%s\");\n", kind, name, t->size, name);
		fields.n = 0;
		flatten(btf, id, 0, &fields);
		for (size_t i = 0; i < fields.n; i++, n++)
			if (!fields.f[i].bits)
				fprintf(f, "_Static_assert(__builtin_offsetof(%s %s, %s) == %u, \"%s.%s\");\n", kind, name,
					fields.f[i].name, fields.f[i].offset / 8, name, fields.f[i].name);
	}
	free(fields.f);
	assert_int_equal(fclose(f), 0);
	return n;
}

static int check_asserts(const struct btf *btf)
{
	char path[128];
	int done = 0;

	snprintf(path, sizeof(path), "%s/asserts.c", tmp_dir);
	for (size_t i = 0; btf && i < ARRAY_SIZE(clangs); i++) {
		if (!have(clangs[i]))
			continue;
		print_message("%s: %u members\n", clangs[i], write_asserts(btf, path));
		assert_int_equal(run(NULL, "%s -target bpf -fsyntax-only -Wno-visibility -Wno-gnu-variable-sized-type-not-at-end %s",
				     clangs[i], path), 0);
		done++;
	}
	return done;
}

static void the_kernels_header_compiles_to_the_same_layouts(void **state)
{
	struct btf *btf = btf_load_file(VMLINUX, NULL, NULL, NULL);
	int done = check_asserts(btf);

	btf_free(btf);
	if (!done) {
		print_message("no clang or no " VMLINUX "\n");
		skip();
	}
}

static void the_engines_header_compiles_to_the_same_layouts(void **state)
{
	struct btf *btf = btf_parse(engine_kernel_btf, engine_kernel_btf_len, NULL, NULL);
	int done;

	assert_non_null(btf);
	done = check_asserts(btf);
	btf_free(btf);
	if (!done) {
		print_message("no clang\n");
		skip();
	}
}

/* Bitfields too, by the BTF of the compiled header: half a minute, so only when asked for. */
static void the_kernels_header_gives_its_btf_again(void **state)
{
	if (!getenv("SKEP_TEST_LONG") || access(VMLINUX, R_OK) || !have("clang-16")) {
		print_message("SKEP_TEST_LONG is not set\n");
		skip();
	}
	recompile(VMLINUX, "clang-16");
}

static void hard_layouts_survive(void **state)
{
	int done = 0;

	for (size_t i = 0; i < ARRAY_SIZE(clangs); i++) {
		if (!have(clangs[i]))
			continue;
		recompile(compile(clangs[i], "shapes"), clangs[i]);
		recompile(compile(clangs[i], "layouts"), clangs[i]);
		done++;
	}
	if (!done) {
		print_message("no clang\n");
		skip();
	}
}

static void simple_objects_read_as_bpftool_prints_them(void **state)
{
	int done = 0;

	for (size_t i = 0; have_bpftool() && i < ARRAY_SIZE(clangs); i++) {
		struct strbuf ours = STRBUF_INIT, theirs = STRBUF_INIT;
		const char *object;
		struct btf *btf;

		if (!have(clangs[i]))
			continue;
		object = compile(clangs[i], "shapes");
		btf = btf_load_file(object, NULL, NULL, NULL);
		assert_non_null(btf);
		assert_int_equal(btf_dump_c(btf, NULL, &ours), 0);
		assert_int_equal(run(&theirs, "PATH=$PATH:/usr/sbin bpftool btf dump file %s format c", object), 0);
		assert_string_equal(strbuf_str(&ours), strbuf_str(&theirs));
		strbuf_free(&ours);
		strbuf_free(&theirs);
		btf_free(btf);
		done++;
	}
	if (!done) {
		print_message("no clang or no bpftool 7.1\n");
		skip();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(simple_objects_read_as_bpftool_prints_them),
		cmocka_unit_test(hard_layouts_survive),
		cmocka_unit_test(the_kernels_header_compiles_to_the_same_layouts),
		cmocka_unit_test(the_engines_header_compiles_to_the_same_layouts),
		cmocka_unit_test(the_kernels_header_gives_its_btf_again),
	};

	return cmocka_run_group_tests(tests, tmp_make, tmp_remove);
}

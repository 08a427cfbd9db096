/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "common/btf/btf.h"
#include "tests/btf_build.h"

static u8 buf[65536];

static struct btf *built(struct btf_build *b, const struct btf *base)
{
	struct strbuf err = STRBUF_INIT;
	struct btf *btf = btf_parse(buf, bb_finish(b, buf, sizeof(buf)), base, &err);

	if (!btf)
		fail_msg("%s", strbuf_str(&err));
	strbuf_free(&err);
	return btf;
}

/* int, struct s { int a; int b:3; u8 c[5]; } and what leads to it */
static void sample(struct btf_build *b)
{
	bb_int(b, "int", 4, BTF_INT_SIGNED);                                              /* 1 */
	bb_int(b, "u8", 1, 0);                                                            /* 2 */
	bb_array(b, 2, 1, 5);                                                             /* 3 */
	bb_type(b, "s", BB_INFO(BTF_KIND_STRUCT, 1, 3), 16);                              /* 4 */
	bb_member(b, "a", 1, 0);
	bb_member(b, "b", 1, 3u << 24 | 32);
	bb_member(b, "c", 3, 40);
	bb_kind(b, BTF_KIND_TYPEDEF, "s_t", 4);                                           /* 5 */
	bb_kind(b, BTF_KIND_CONST, NULL, 5);                                              /* 6 */
	bb_kind(b, BTF_KIND_PTR, NULL, 6);                                                /* 7 */
	bb_kind(b, BTF_KIND_FWD, "s", 0);                                                 /* 8 */
	bb_kind(b, BTF_KIND_VOLATILE, NULL, 0);                                           /* 9 */
}

static void types_names_and_sizes(void **state)
{
	struct btf_build b = {0};
	struct btf *btf;
	u32 id, cursor = 0;

	sample(&b);
	btf = built(&b, NULL);
	assert_int_equal(btf_count(btf), 10);
	assert_int_equal(btf_base_count(btf), 1);
	assert_null(btf_type(btf, 0));
	assert_null(btf_type(btf, 10));
	assert_string_equal(btf_name(btf, 4), "s");
	assert_string_equal(btf_name(btf, 99), "");
	assert_null(btf_str(btf, 99999));
	assert_int_equal(btf_find(btf, "s", BTF_KIND_STRUCT), 4);
	assert_int_equal(btf_find(btf, "s", BTF_KIND_FWD), 8);
	assert_int_equal(btf_find(btf, "t", BTF_KIND_FWD), -ENOENT);
	assert_int_equal(btf_find_next(btf, "s", &cursor), 4);
	assert_int_equal(btf_find_next(btf, "s", &cursor), 8);
	assert_int_equal(btf_find_next(btf, "s", &cursor), 0);
	assert_int_equal(btf_size(btf, 3), 5);
	assert_int_equal(btf_size(btf, 6), 16);
	assert_int_equal(btf_size(btf, 7), 8);
	assert_int_equal(btf_size(btf, 9), -EINVAL);
	assert_int_equal(btf_align(btf, 6), 4);
	assert_int_equal(btf_align(btf, 3), 1);
	assert_int_equal(btf_align(btf, 9), 0);
	assert_ptr_equal(btf_resolve(btf, 6, &id), btf_type(btf, 4));
	assert_int_equal(id, 4);
	assert_ptr_equal(btf_skip_mods(btf, 6, &id), btf_type(btf, 5));
	assert_null(btf_resolve(btf, 9, &id));
	assert_int_equal(id, 0);
	assert_int_equal(btf_member_bit_offset(btf_type(btf, 4), 1), 32);
	assert_int_equal(btf_member_bitfield_size(btf_type(btf, 4), 1), 3);
	assert_int_equal(btf_member_bitfield_size(btf_type(btf, 4), 2), 0);
	btf_free(btf);
}

static void split_btf_continues_its_base(void **state)
{
	struct btf_build b = {0}, s = {0};
	struct btf *base, *btf;
	u32 cursor = 0;

	sample(&b);
	base = built(&b, NULL);
	s.first_id = btf_count(base);
	s.base_strs = b.str_len;
	assert_int_equal(bb_kind(&s, BTF_KIND_TYPEDEF, "s", 4), 10);
	bb_kind(&s, BTF_KIND_PTR, NULL, 10);
	btf = built(&s, base);
	assert_int_equal(btf_base_count(btf), 10);
	assert_int_equal(btf_count(btf), 12);
	assert_string_equal(btf_name(btf, 10), "s");
	assert_string_equal(btf_name(btf, 4), "s");
	assert_int_equal(btf_size(btf, 10), 16);
	assert_int_equal(btf_align(btf, 10), 4);
	assert_int_equal(btf_find_next(btf, "s", &cursor), 10);
	assert_int_equal(btf_find_next(btf, "s", &cursor), 4);
	assert_int_equal(btf_find_next(btf, "s", &cursor), 8);
	assert_int_equal(btf_find_next(btf, "s", &cursor), 0);
	assert_int_equal(btf_find(btf, "int", BTF_KIND_INT), 1);
	btf_free(btf);
	btf_free(base);
}

static void loops_and_overflows_have_no_size(void **state)
{
	struct btf_build b = {0};
	struct btf *btf;
	u32 last = 4;

	bb_kind(&b, BTF_KIND_TYPEDEF, "a", 2); /* 1 <-> 2 */
	bb_kind(&b, BTF_KIND_CONST, NULL, 1);
	bb_array(&b, 3, 3, 2);                 /* 3: of itself */
	bb_int(&b, "int", 4, 0);
	for (int i = 0; i < 3; i++)
		last = bb_array(&b, last, 4, 0xffffffff);
	bb_composite(&b, BTF_KIND_STRUCT, "self", 4, 1);
	bb_member(&b, "x", last + 1, 0);
	btf = built(&b, NULL);
	assert_int_equal(btf_size(btf, 1), -EINVAL);
	assert_int_equal(btf_size(btf, 3), -EINVAL);
	assert_int_equal(btf_size(btf, last), -EINVAL);
	assert_null(btf_resolve(btf, 1, NULL));
	for (u32 id = 0; id < btf_count(btf); id++)
		btf_align(btf, id);
	btf_free(btf);
}

static void both_byte_orders_are_the_same(void **state)
{
	struct btf_build b = {0};
	struct btf *a, *z;
	struct btf_header *h;
	const void *ra, *rz;
	size_t la, lz;
	u32 len;

	sample(&b);
	len = bb_finish(&b, buf, sizeof(buf));
	a = btf_parse(buf, len, NULL, NULL);
	h = (struct btf_header *)buf;
	for (u32 i = 0; i < b.n; i++)
		((u32 *)(h + 1))[i] = __builtin_bswap32(((u32 *)(h + 1))[i]);
	h->magic = __builtin_bswap16(h->magic);
	for (int i = 1; i < 6; i++)
		((u32 *)h)[i] = __builtin_bswap32(((u32 *)h)[i]);
	z = btf_parse(buf, len, NULL, NULL);
	assert_non_null(a);
	assert_non_null(z);
	ra = btf_raw(a, &la);
	rz = btf_raw(z, &lz);
	assert_int_equal(la, lz);
	assert_memory_equal(ra, rz, la);
	btf_free(a);
	btf_free(z);
}

/* Every prefix and every single changed byte: refused with a reason, or a btf whose every id can be asked about. */
static void damaged_input_is_refused_or_safe(void **state)
{
	struct btf_build b = {0};
	u32 len;

	sample(&b);
	bb_finish(&b, buf, sizeof(buf));
	len = bb_finish(&b, buf, sizeof(buf));
	for (u32 n = 0; n < len; n++) {
		u8 *copy = malloc(n ? n : 1);
		struct strbuf err = STRBUF_INIT;

		memcpy(copy, buf, n);
		assert_null(btf_parse(copy, n, NULL, &err));
		assert_int_equal(errno, EINVAL);
		assert_true(err.len > 0);
		strbuf_free(&err);
		free(copy);
	}
	for (u32 i = 0; i < len * 8; i++) {
		struct btf *btf;

		buf[i / 8] ^= (u8)(1u << i % 8);
		btf = btf_parse(buf, len, NULL, NULL);
		for (u32 id = 0; btf && id <= btf_count(btf); id++) {
			btf_size(btf, id);
			btf_align(btf, id);
			btf_resolve(btf, id, NULL);
			btf_find(btf, btf_name(btf, id), BTF_KIND_INT);
		}
		btf_free(btf);
		buf[i / 8] ^= (u8)(1u << i % 8);
	}
}

static void ext_sections_are_found(void **state)
{
	struct btf_build b = {0};
	u32 sec = bb_str(&b, "tp/x"), w[64], n = 0;
	struct btf_ext_rec rec;
	struct btf_ext *ext;
	struct btf *btf;

	bb_int(&b, "int", 4, 0);
	btf = built(&b, NULL);
	w[n++] = 1u << 16 | BTF_MAGIC;
	w[n++] = 32;
	w[n++] = 0, w[n++] = 4 + 2 * (8 + 8) + 8; /* func_info: two sections, 1 and 2 records */
	w[n++] = 44, w[n++] = 0;
	w[n++] = 44, w[n++] = 4 + 8 + 16;
	w[n++] = 8;
	w[n++] = sec, w[n++] = 1, w[n++] = 0, w[n++] = 1;
	w[n++] = sec, w[n++] = 2, w[n++] = 0, w[n++] = 1, w[n++] = 8, w[n++] = 1;
	w[n++] = 16;
	w[n++] = sec, w[n++] = 1, w[n++] = 8, w[n++] = 1, w[n++] = 0, w[n++] = 5;
	ext = btf_ext_parse(w, n * 4, btf, NULL);
	assert_non_null(ext);
	assert_true(btf_ext_section(ext, BTF_EXT_FUNC_INFO, 1, &rec));
	assert_string_equal(rec.section, "tp/x");
	assert_int_equal(rec.count, 2);
	assert_int_equal(rec.rec_size, 8);
	assert_int_equal(((const u32 *)rec.data)[2], 8);
	assert_false(btf_ext_section(ext, BTF_EXT_FUNC_INFO, 2, &rec));
	assert_false(btf_ext_section(ext, BTF_EXT_LINE_INFO, 0, &rec));
	assert_true(btf_ext_section(ext, BTF_EXT_CORE_RELO, 0, &rec));
	assert_int_equal(((const u32 *)rec.data)[3], 5);
	btf_ext_free(ext);
	for (u32 len = 0; len < n * 4; len++)
		assert_null(btf_ext_parse(w, len, btf, NULL));
	btf_free(btf);
}

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void the_kernels_own_btf_parses_quickly(void **state)
{
	FILE *f = fopen("/sys/kernel/btf/vmlinux", "re");
	size_t cap = 64 << 20, len;
	u8 *data = malloc(cap);
	struct btf *btf;
	double ms;

	if (!f) {
		free(data);
		print_message("no /sys/kernel/btf/vmlinux here\n");
		skip();
	}
	len = fread(data, 1, cap, f);
	fclose(f);
	ms = now_ms();
	btf = btf_parse(data, len, NULL, NULL);
	ms = now_ms() - ms;
	assert_non_null(btf);
	print_message("%u types of %zu bytes in %.1f ms\n", btf_count(btf), len, ms);
	assert_true(btf_find(btf, "task_struct", BTF_KIND_STRUCT) > 0);
	for (u32 id = 1; id < btf_count(btf); id++)
		if (btf_is_composite(btf_type(btf, id)))
			assert_true(btf_align(btf, id) > 0);
	btf_free(btf);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_names_and_sizes),
		cmocka_unit_test(split_btf_continues_its_base),
		cmocka_unit_test(loops_and_overflows_have_no_size),
		cmocka_unit_test(both_byte_orders_are_the_same),
		cmocka_unit_test(damaged_input_is_refused_or_safe),
		cmocka_unit_test(ext_sections_are_found),
		cmocka_unit_test(the_kernels_own_btf_parses_quickly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* clang-format off */
/*
 * Test cases of the verifier as text. A file holds cases one after the other:
 *
 *	== name of what it proves
 *	prog xdp                         program type (socket_filter when left out)
 *	attach xdp_devmap                expected attach type
 *	flags strict_alignment           any_alignment, test_reg_invariants, sleepable, xdp_has_frags
 *	license MIT                      GPL when left out
 *	btf                              with BTF and func_info: functions are static and return int (callbacks need it)
 *	map counters hash 4 8 16         name type key_size value_size max_entries [rdonly_prog|wronly_prog|no_prealloc|mmapable|inner NAME]...
 *	set counters 01000000 0a         an element before the run: key and value in hex, the rest of them zero
 *	accept                           or: refuse EACCES
 *	msg R0 !read_ok                  text in the log; several are looked for in order
 *	ret 7                            of a test run, over `data` (hex; 64 zero bytes when left out)
 *	quiet                            log level 4: for programs whose log would be long
 *	same log                         both logs at level 2 say the same, line by line
 *	user refuse EINVAL               what holds for one engine only; `kernel ...` likewise,
 *	because ...                      with the reason, which is then required
 *	--
 *	r0 = 0                           the program, as common/isa/asm.h reads it; map[counters] names maps
 *	exit
 *
 * `#` begins a comment line.
 */
/* clang-format on */
#ifndef SKEP_TESTS_CASE_FILE_H
#define SKEP_TESTS_CASE_FILE_H

#include <stdbool.h>

#include "common/util/strbuf.h"
#include "common/util/util.h"

#define CASE_MAPS 8
#define CASE_SETS 8
#define CASE_MSGS 8

struct case_map {
	char name[32];
	u32 type, key, value, entries, flags;
	int inner; /* index of the map that stands for its elements; -1 */
};

struct case_set {
	u32 map;
	u8 key[64], value[256];
};

struct expectation {
	bool accept;
	int err; /* when refused */
};

struct test_case {
	char name[160];
	u32 line; /* of the "==" */
	u32 type, attach_type, flags;
	char license[32];
	struct case_map maps[CASE_MAPS];
	u32 map_cnt;
	struct case_set sets[CASE_SETS];
	u32 set_cnt;
	bool decided;		      /* accept or refuse was said */
	struct expectation expect[2]; /* kernel, user */
	bool differs;		      /* the two are not the same, because: */
	char because[160];
	char msgs[CASE_MSGS][160];
	u32 msg_cnt;
	bool has_ret, same_log, btf, quiet;
	u32 ret;
	u8 data[1024];
	u32 data_len;
	struct strbuf code;
};

/* Calls fn for each case until it returns nonzero; that, or -1 with the mistake (file, line) on stderr. */
int cases_read(const char *path, int (*fn)(const struct test_case *c, void *ctx), void *ctx);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's verifier tables as our runner sees them. tables_data.c, built against an unpacked source package, gives them;
 * tables.c runs them. Neither the tables nor what is built from them is part of this project.
 */
#ifndef SKEP_TESTS_TABLES_H
#define SKEP_TESTS_TABLES_H

#include <stdbool.h>
#include <stdint.h>

/* Maps that a table asks for, by the field that lists the instructions to patch with their descriptors. */
#define TABLE_MAPS(X)                                                                                                  \
	X(map_hash_8b) X(map_hash_48b) X(map_hash_16b) X(map_array_48b) X(map_sockmap) X(map_sockhash) X(map_xskmap)   \
	X(map_stacktrace) X(prog1) X(prog2) X(map_in_map) X(cgroup_storage) X(percpu_cgroup_storage) X(map_spin_lock)  \
	X(map_array_ro) X(map_array_wo) X(map_array_small) X(sk_storage_map) X(map_event_output)                       \
	X(map_reuseport_array) X(map_ringbuf) X(map_timer) X(map_kptr)

enum table_map {
#define X(name) TABLE_##name,
	TABLE_MAPS(X)
#undef X
	TABLE_MAP_COUNT,
};

struct table_run {
	uint32_t retval;
	const void *data;
	uint32_t size;
};

struct table_test {
	const char *file, *descr;
	const void *insns; /* struct bpf_insn */
	uint32_t insn_cnt;
	const int *fixups[TABLE_MAP_COUNT]; /* each ends with 0 */
	const char *kfuncs[8];
	int kfunc_insns[8];
	const char *errstr;  /* tab-separated; NULL or "": any */
	bool accept;
	bool verbose;        /* wants log level 2 */
	uint32_t prog_type, attach_type, prog_flags;
	int runs;
	struct table_run run[8];
	const char *kfunc;   /* what it attaches to */
	const void *func_info;
	uint32_t func_info_cnt;
	const void *btf_types; /* raw types and strings of the test's own BTF; NULL */
	uint32_t btf_types_len;
	const char *btf_strings;
	uint32_t btf_strings_len;
};

uint32_t table_count(void);
void table_get(uint32_t i, struct table_test *test);
/* The BTF that its special maps are made with. */
void table_map_btf(const void **types, uint32_t *types_len, const char **strings, uint32_t *strings_len);
#endif

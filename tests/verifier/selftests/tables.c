/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's verifier tables on both verifiers: same verdict, same errno, the expected words in the log, same results
 * of test runs.
 *
 * usage: tables [-v] [-l] [-n TEXT] [-u]   -v: both logs of each disagreement; -l: list disagreements of errno and
 * words too; -n: tests whose name contains TEXT; -u: our verifier alone, against the tables' expectations Exit status 1
 * when we accept what the kernel refuses.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/btf/btf.h"
#include "tables.h"
#include "tests/verifier/sides.h"

#define LOG_SIZE (16U << 20)

/* What a side answers to a test. */
struct answer {
	int err;	/* of the load; 0: accepted */
	bool no_oracle; /* a map or BTF could not be made, or policy refuses */
	bool words;	/* the log has the expected words */
	int run_err[8];
	u32 ret[8];
	char *log;
};

struct counts {
	u32 tests, both_accept, both_refuse, unsound, incomplete, lacking, other_errno, other_words, other_result;
};

static struct side sides[2] = {{.name = "kernel"}, {.name = "user"}};
static struct btf *vmlinux[2];
static bool verbose, list_all;

static int load_raw_btf(const struct side *side, const void *types, u32 types_len, const char *strings, u32 strings_len)
{
	struct btf_header hdr = {.magic = BTF_MAGIC,
				 .version = BTF_VERSION,
				 .hdr_len = sizeof(hdr),
				 .type_len = types_len,
				 .str_off = types_len,
				 .str_len = strings_len};
	u8 *raw = malloc(sizeof(hdr) + types_len + strings_len);
	int fd;

	memcpy(raw, &hdr, sizeof(hdr));
	memcpy(raw + sizeof(hdr), types, types_len);
	memcpy(raw + sizeof(hdr) + types_len, strings, strings_len);
	fd = side_btf(side, raw, (u32)sizeof(hdr) + types_len + strings_len);
	free(raw);
	return fd;
}

static int map_with_btf(const struct side *side, u32 type, u32 value, u32 entries, u32 flags, u32 value_type)
{
	const void *types;
	const char *strings;
	u32 types_len, strings_len;
	union bpf_attr attr;
	int btf, fd;

	table_map_btf(&types, &types_len, &strings, &strings_len);
	btf = load_raw_btf(side, types, types_len, strings, strings_len);
	if (btf < 0)
		return btf;
	memset(&attr, 0, sizeof(attr));
	attr.map_type = type;
	attr.key_size = 4;
	attr.value_size = value;
	attr.max_entries = entries;
	attr.map_flags = flags;
	attr.btf_fd = (u32)btf;
	attr.btf_key_type_id = 1;
	attr.btf_value_type_id = value_type;
	memcpy(attr.map_name, "test_map", 9);
	fd = skep_bpf(side->door, BPF_MAP_CREATE, &attr, sizeof(attr));
	close(btf);
	return fd;
}

#define INSN(c, d, s, o, i)                                                                                            \
	{                                                                                                              \
		.code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i)                                    \
	}

static int put_prog(const struct side *side, u32 type, int map, int key, const struct bpf_insn *insns, u32 n)
{
	struct load load = {.type = type, .insns = insns, .insn_cnt = n};
	int fd = side_load(side, &load), err;

	if (fd < 0)
		return fd;
	err = side_update(side, map, &key, &fd);
	close(fd);
	return err;
}

/* Slots: one program returns 42, one tail calls itself and else returns 41, one returns 24. */
static int prog_array(const struct side *side, u32 type, u32 entries, int first, int second, int third)
{
	int map = side_map(side, BPF_MAP_TYPE_PROG_ARRAY, 4, 4, entries, 0, 0), err;
	struct bpf_insn loop[] = {
	    INSN(BPF_ALU64 | BPF_MOV | BPF_K, 3, 0, 0, second),
	    INSN(BPF_LD | BPF_IMM | BPF_DW, 2, BPF_PSEUDO_MAP_FD, 0, map),
	    INSN(0, 0, 0, 0, 0),
	    INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_tail_call),
	    INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 41),
	    INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	struct bpf_insn simple[] = {INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 42),
				    INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)};

	if (map < 0)
		return map;
	err = put_prog(side, type, map, first, simple, 2);
	simple[0].imm = 24;
	err = err ?: put_prog(side, type, map, second, loop, ARRAY_SIZE(loop));
	err = err ?: put_prog(side, type, map, third, simple, 2);
	if (!err)
		return map;
	close(map);
	return err;
}

static int filled_array(const struct side *side, u32 value_size, u32 flags)
{
	int fd = side_map(side, BPF_MAP_TYPE_ARRAY, 4, value_size, 1, flags, 0), zero = 0;
	/* struct test_val: an index, then eleven ints of which the seventh is set */
	u32 value[12] = {28, 0, 0, 0, 0, 0, 0, 0xabcdef12};

	if (fd >= 0)
		side_update(side, fd, &zero, value);
	return fd;
}

static int map_in_map(const struct side *side)
{
	int inner = side_map(side, BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0, 0), fd;

	if (inner < 0)
		return inner;
	fd = side_map(side, BPF_MAP_TYPE_ARRAY_OF_MAPS, 4, 4, 1, 0, inner);
	close(inner);
	return fd;
}

static int make_map(const struct side *side, enum table_map kind, u32 prog_type)
{
	switch (kind) {
	case TABLE_map_hash_8b:
		return side_map(side, BPF_MAP_TYPE_HASH, 8, 8, 1, BPF_F_NO_PREALLOC, 0);
	case TABLE_map_hash_48b:
		return side_map(side, BPF_MAP_TYPE_HASH, 8, 48, 1, BPF_F_NO_PREALLOC, 0);
	case TABLE_map_hash_16b:
		return side_map(side, BPF_MAP_TYPE_HASH, 8, 16, 1, BPF_F_NO_PREALLOC, 0);
	case TABLE_map_array_48b:
		return filled_array(side, 48, 0);
	case TABLE_map_array_ro:
		return filled_array(side, 48, BPF_F_RDONLY_PROG);
	case TABLE_map_array_wo:
		return filled_array(side, 48, BPF_F_WRONLY_PROG);
	case TABLE_map_array_small:
		return filled_array(side, 1, 0);
	case TABLE_prog1:
		return prog_array(side, prog_type, 4, 0, 1, 2);
	case TABLE_prog2:
		return prog_array(side, prog_type, 8, 7, 1, 2);
	case TABLE_map_in_map:
		return map_in_map(side);
	case TABLE_cgroup_storage:
		return side_map(side, BPF_MAP_TYPE_CGROUP_STORAGE, sizeof(struct bpf_cgroup_storage_key), 64, 0, 0, 0);
	case TABLE_percpu_cgroup_storage:
		return side_map(side, BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, sizeof(struct bpf_cgroup_storage_key), 64, 0,
				0, 0);
	case TABLE_map_sockmap:
		return side_map(side, BPF_MAP_TYPE_SOCKMAP, 4, 4, 1, 0, 0);
	case TABLE_map_sockhash:
		return side_map(side, BPF_MAP_TYPE_SOCKHASH, 4, 4, 1, 0, 0);
	case TABLE_map_xskmap:
		return side_map(side, BPF_MAP_TYPE_XSKMAP, 4, 4, 1, 0, 0);
	case TABLE_map_stacktrace:
		return side_map(side, BPF_MAP_TYPE_STACK_TRACE, 4, 8, 1, 0, 0);
	case TABLE_map_event_output:
		return side_map(side, BPF_MAP_TYPE_PERF_EVENT_ARRAY, 4, 4, 1, 0, 0);
	case TABLE_map_reuseport_array:
		return side_map(side, BPF_MAP_TYPE_REUSEPORT_SOCKARRAY, 4, 8, 1, 0, 0);
	case TABLE_map_ringbuf:
		return side_map(side, BPF_MAP_TYPE_RINGBUF, 0, 0, 4096, 0, 0);
	case TABLE_map_spin_lock:
		return map_with_btf(side, BPF_MAP_TYPE_ARRAY, 8, 1, 0, 3);
	case TABLE_sk_storage_map:
		return map_with_btf(side, BPF_MAP_TYPE_SK_STORAGE, 8, 0, BPF_F_NO_PREALLOC, 3);
	case TABLE_map_timer:
		return map_with_btf(side, BPF_MAP_TYPE_ARRAY, 16, 1, 0, 5);
	case TABLE_map_kptr:
		return map_with_btf(side, BPF_MAP_TYPE_ARRAY, 24, 1, 0, 14);
	default:
		return -EINVAL;
	}
}

/* Id of a function in the side's kernel BTF; 0: none. */
static u32 kernel_func(u32 side, const char *name)
{
	return vmlinux[side] ? btf_find(vmlinux[side], name, BTF_KIND_FUNC) : 0;
}

static struct btf *read_vmlinux(const struct side *side)
{
	int fd = skep_open(side->door, "/sys/kernel/btf/vmlinux", O_RDONLY);
	size_t cap = 16U << 20, len = 0;
	u8 *raw = malloc(cap);
	ssize_t n;

	if (fd < 0 || !raw)
		return NULL;
	while ((n = read(fd, raw + len, cap - len)) > 0)
		len += (size_t)n;
	close(fd);
	return btf_parse(raw, (u32)len, NULL, NULL); /* raw stays: it is needed until exit */
}

static bool has_words(const char *log, const char *words)
{
	char part[512];

	while (words && *words) {
		size_t n = strcspn(words, "\t");

		snprintf(part, sizeof(part), "%.*s", (int)n, words);
		log = strstr(log, part);
		if (!log)
			return false;
		log += strlen(part);
		words += n + (words[n] == '\t');
	}
	return true;
}

/* Patch the program for this side; false when something that it needs cannot be made there. */
static bool prepare(u32 side, const struct table_test *t, struct bpf_insn *insns, int *fds)
{
	bool ok = true;

	for (u32 k = 0; k < TABLE_MAP_COUNT; k++) {
		fds[k] = -1;
		if (!t->fixups[k] || !t->fixups[k][0])
			continue;
		fds[k] = make_map(&sides[side], (enum table_map)k, t->prog_type);
		ok &= fds[k] >= 0;
		for (const int *at = t->fixups[k]; *at; at++)
			insns[*at].imm = fds[k];
	}
	for (u32 k = 0; k < 8 && t->kfuncs[k]; k++)
		insns[t->kfunc_insns[k]].imm = (s32)kernel_func(side, t->kfuncs[k]);
	return ok;
}

/* Not the verifier's opinion: the engine has no such helper. */
static bool lacks_helper(const char *log)
{
	return strstr(log, "program of this type cannot use helper") || strstr(log, "unknown func");
}

static void ask(u32 side, const struct table_test *t, struct answer *a)
{
	struct bpf_insn *insns = malloc(t->insn_cnt * sizeof(*insns));
	struct load load = {.type = t->prog_type,
			    .attach_type = t->attach_type,
			    .flags = t->prog_flags,
			    .insns = insns,
			    .insn_cnt = t->insn_cnt,
			    .log = a->log,
			    .log_size = LOG_SIZE,
			    .log_level = t->verbose ? 2
					 : verbose  ? 1
						    : 4,
			    .func_info = t->func_info_cnt ? t->func_info : NULL,
			    .func_info_cnt = t->func_info_cnt};
	int fds[TABLE_MAP_COUNT], fd;

	memcpy(insns, t->insns, t->insn_cnt * sizeof(*insns));
	a->no_oracle = !prepare(side, t, insns, fds);
	a->log[0] = 0;
	if (t->kfunc)
		load.attach_btf_id = kernel_func(side, t->kfunc);
	if (t->btf_types)
		load.btf_fd =
		    load_raw_btf(&sides[side], t->btf_types, t->btf_types_len, t->btf_strings, t->btf_strings_len);
	fd = side_load(&sides[side], &load);
	a->err = min_of(fd, 0);
	/* Policy refuses, or the side does not know the program type at all. */
	a->no_oracle |= (a->err == -EPERM || a->err == -EINVAL || a->err == -EOPNOTSUPP) && !a->log[0];
	a->words = has_words(a->log, t->errstr);
	for (int r = 0; fd >= 0 && r < t->runs && r < 8; r++)
		a->run_err[r] = side_test_run(&sides[side], fd, t->run[r].data, t->run[r].size, &a->ret[r]);
	if (fd >= 0)
		close(fd);
	if (load.btf_fd > 0)
		close(load.btf_fd);
	for (u32 k = 0; k < TABLE_MAP_COUNT; k++)
		if (fds[k] >= 0)
			close(fds[k]);
	free(insns);
}

static void report(const char *what, const struct table_test *t, const struct answer *a)
{
	printf("%s: %s: %s: kernel %s, ours %s\n", what, t->file, t->descr,
	       a[0].err ? errno_name(-a[0].err) : "accepts", a[1].err ? errno_name(-a[1].err) : "accepts");
	if (!verbose)
		return;
	for (u32 side = 0; side < 2; side++)
		printf("--- %s\n%.20000s\n", sides[side].name, a[side].log);
}

static bool same_results(const struct table_test *t, const struct answer *a)
{
	for (int r = 0; r < t->runs && r < 8; r++)
		if (a[0].run_err[r] != a[1].run_err[r] || (!a[0].run_err[r] && a[0].ret[r] != a[1].ret[r])) {
			printf("result: %s: %s: run %d: kernel %s %u, ours %s %u\n", t->file, t->descr, r,
			       errno_name(-a[0].run_err[r]), a[0].ret[r], errno_name(-a[1].run_err[r]), a[1].ret[r]);
			return false;
		}
	return true;
}

static void compare(const struct table_test *t, const struct answer *a, struct counts *c)
{
	if (a[0].no_oracle)
		return;
	c->tests++;
	if (a[1].no_oracle || (lacks_helper(a[1].log) && !lacks_helper(a[0].log))) {
		c->lacking++;
	} else if (a[0].err && !a[1].err) {
		c->unsound++;
		report("UNSOUND", t, a);
	} else if (!a[0].err && a[1].err) {
		c->incomplete++;
		report("refused", t, a);
	} else if (!a[0].err) {
		c->both_accept++;
		c->other_result += !same_results(t, a);
	} else {
		c->both_refuse++;
		if (a[0].err != a[1].err) {
			c->other_errno++;
			if (list_all)
				report("errno", t, a);
		} else if (a[0].words && !a[1].words) {
			c->other_words++;
			if (list_all)
				report("words", t, a);
		}
	}
}

static void print_counts(const char *name, const struct counts *c)
{
	printf("%-28s %5u tests  %5u same verdict (%u accepted, %u refused)", name, c->tests,
	       c->both_accept + c->both_refuse, c->both_accept, c->both_refuse);
	if (c->unsound)
		printf("  %u UNSOUND", c->unsound);
	if (c->incomplete)
		printf("  %u refused by us alone", c->incomplete);
	if (c->lacking)
		printf("  %u need maps, types or helpers that we lack", c->lacking);
	if (c->other_errno || c->other_words || c->other_result)
		printf("  (differ in errno %u, words %u, result %u)", c->other_errno, c->other_words, c->other_result);
	printf("\n");
}

static void add_counts(struct counts *sum, const struct counts *c)
{
	const u32 *from = (const u32 *)c;
	u32 *to = (u32 *)sum;

	for (size_t i = 0; i < sizeof(*c) / sizeof(u32); i++)
		to[i] += from[i];
}

int main(int argc, char **argv)
{
	struct answer a[2] = {{.log = malloc(LOG_SIZE)}, {.log = malloc(LOG_SIZE)}};
	struct counts sum = {0}, file = {0};
	const char *name = NULL, *in = NULL;
	int opt;

	while ((opt = getopt(argc, argv, "vln:")) != -1) {
		verbose |= opt == 'v';
		list_all |= opt == 'l';
		if (opt == 'n')
			name = optarg;
	}
	side_open_kernel(&sides[0]);
	if (!sides[0].door)
		return 77;
	side_open_user(&sides[1]);
	for (u32 side = 0; side < 2; side++)
		vmlinux[side] = read_vmlinux(&sides[side]);
	for (u32 i = 0; i < table_count(); i++) {
		struct table_test t;

		table_get(i, &t);
		if (in && strcmp(in, t.file)) {
			if (file.tests)
				print_counts(in, &file);
			add_counts(&sum, &file);
			file = (struct counts){0};
		}
		in = t.file;
		if (name && !strstr(t.descr, name))
			continue;
		ask(0, &t, &a[0]);
		ask(1, &t, &a[1]);
		compare(&t, a, &file);
		fflush(stdout);
	}
	print_counts(in, &file);
	add_counts(&sum, &file);
	print_counts("all", &sum);
	return sum.unsound ? 1 : 0;
}

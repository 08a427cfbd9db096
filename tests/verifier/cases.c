/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The differential habit: each case (case_file.h) is loaded and run on the kernel and on our engine. Verdicts, messages
 * and results must be as the case says, and where it does not say otherwise the same on both.
 *
 * usage: cases [-k | -u] [-v] [-n NAME] FILE...   -k, -u: that engine alone; -v: show logs; -n: cases whose name
 * contains NAME Exit status: 0; 1 when a case failed; 77 when all passed but the kernel could not be asked.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/isa/asm.h"
#include "tests/btf_build.h"
#include "tests/verifier/case_file.h"
#include "tests/verifier/sides.h"

#define LOG_SIZE   (4U << 20)
#define CASE_FUNCS 32

struct run {
	struct side sides[2];
	const char *name;
	bool verbose;
	const char *file;
	u32 cases, failed, log_lines, log_same;
	char *logs[2];
};

static int fail(struct run *run, const struct test_case *c, u32 side, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static int fail(struct run *run, const struct test_case *c, u32 side, const char *fmt, ...)
{
	va_list ap;

	printf("FAILED %s:%u: %s: %s: ", run->file, c->line, c->name, run->sides[side].name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	return 1;
}

/* The maps of one side, by index; what the assembler asks. */
struct maps {
	const struct test_case *c;
	int fds[CASE_MAPS];
};

static int map_fd(void *ctx, const char *name)
{
	const struct maps *maps = ctx;

	for (u32 i = 0; i < maps->c->map_cnt; i++)
		if (!strcmp(maps->c->maps[i].name, name))
			return maps->fds[i];
	return -1;
}

static int make_maps(const struct side *side, const struct test_case *c, struct maps *maps)
{
	maps->c = c;
	memset(maps->fds, -1, sizeof(maps->fds));
	for (u32 i = 0; i < c->map_cnt; i++) {
		const struct case_map *m = &c->maps[i];

		maps->fds[i] = side_map(side, m->type, m->key, m->value, m->entries, m->flags,
					m->inner < 0 ? 0 : maps->fds[m->inner]);
		if (maps->fds[i] < 0)
			return maps->fds[i];
	}
	for (u32 i = 0; i < c->set_cnt; i++) {
		int err = side_update(side, maps->fds[c->sets[i].map], c->sets[i].key, c->sets[i].value);

		if (err)
			return err;
	}
	return 0;
}

/* The end of a log that may be long. */
static const char *tail_of(const char *log)
{
	const char *at = log + strlen(log);

	for (u32 lines = 0; at > log && lines < 25; at--)
		lines += at[-1] == '\n';
	return at;
}

static int check_messages(struct run *run, const struct test_case *c, u32 side)
{
	const char *log = run->logs[side], *at = log;

	for (u32 i = 0; i < c->msg_cnt; i++) {
		at = strstr(at, c->msgs[i]);
		if (!at)
			return fail(run, c, side, "the log does not say \"%s\" but:\n%s", c->msgs[i], tail_of(log));
		at += strlen(c->msgs[i]);
	}
	return 0;
}

static int check_return(struct run *run, const struct test_case *c, u32 side, int prog)
{
	u32 ret;
	int err = side_test_run(&run->sides[side], prog, c->data, c->data_len, &ret);

	if (err)
		return fail(run, c, side, "test run: %s", errno_name(-err));
	return ret == c->ret ? 0 : fail(run, c, side, "returns %d, not %d", (s32)ret, (s32)c->ret);
}

static int check_loaded(struct run *run, const struct test_case *c, u32 side, int prog)
{
	const struct expectation *e = &c->expect[side];

	if (prog >= 0 && !e->accept)
		return fail(run, c, side, "accepted, not refused with %s\n%s", errno_name(e->err),
			    tail_of(run->logs[side]));
	if (prog < 0 && (e->accept || -prog != e->err))
		return fail(run, c, side, "refused with %s, not %s%s\n%s", errno_name(-prog),
			    e->accept ? "accepted" : "with ", e->accept ? "" : errno_name(e->err),
			    tail_of(run->logs[side]));
	return check_messages(run, c, side) || (prog >= 0 && c->has_ret && check_return(run, c, side, prog));
}

static int by_number(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

/* Where functions begin: at the start, and where calls and function references go. */
static u32 find_functions(const struct load *load, u32 *starts)
{
	u32 n = 1, left = 0;

	starts[0] = 0;
	for (u32 i = 0; i < load->insn_cnt && n < CASE_FUNCS; i += insn_slots(&load->insns[i]))
		if (insn_is_local_call(&load->insns[i]) || insn_is_func_ref(&load->insns[i]))
			starts[n++] = (u32)((s32)i + 1 + load->insns[i].imm);
	qsort(starts, n, sizeof(*starts), by_number);
	for (u32 i = 1; i < n; i++)
		if (starts[i] != starts[left])
			starts[++left] = starts[i];
	return left + 1;
}

/* BTF in which every function is `static int fN(void)`. */
static int add_btf(const struct side *side, struct load *load, struct bpf_func_info *infos)
{
	struct btf_build b = {0};
	u32 starts[CASE_FUNCS], n = find_functions(load, starts), type, proto;
	u8 raw[16384];
	u32 len;

	type = bb_int(&b, "int", 4, BTF_INT_SIGNED);
	proto = bb_type(&b, NULL, BB_INFO(BTF_KIND_FUNC_PROTO, 0, 0), type);
	for (u32 i = 0; i < n; i++) {
		char name[16];

		snprintf(name, sizeof(name), i ? "f%u" : "main", i);
		infos[i] = (struct bpf_func_info){
		    .insn_off = starts[i],
		    .type_id = bb_type(&b, name, BB_INFO(BTF_KIND_FUNC, 0, BTF_FUNC_STATIC), proto)};
	}
	len = bb_finish(&b, raw, sizeof(raw));
	load->func_info = infos;
	load->func_info_cnt = n;
	load->btf_fd = side_btf(side, raw, len);
	return min_of(load->btf_fd, 0);
}

static int run_side(struct run *run, const struct test_case *c, u32 side)
{
	struct maps maps;
	struct asm_opts opts = {.ctx = &maps, .map = map_fd};
	struct asm_error asm_err = {0};
	struct bpf_insn *insns = NULL;
	struct bpf_func_info infos[CASE_FUNCS];
	struct load load = {.type = c->type,
			    .attach_type = c->attach_type,
			    .flags = c->flags,
			    .license = c->license,
			    .log_level = c->quiet		       ? 4
					 : c->same_log || run->verbose ? 2
								       : 1,
			    .log = run->logs[side],
			    .log_size = LOG_SIZE};
	int err = make_maps(&run->sides[side], c, &maps), prog = -1;

	if (err)
		err = fail(run, c, side, "map: %s", errno_name(-err));
	else if (asm_text(c->code.s, &opts, &insns, &load.insn_cnt, &asm_err))
		err = fail(run, c, side, "program line %u: %s", asm_err.line, asm_err.text);
	load.insns = insns;
	if (!err && c->btf && add_btf(&run->sides[side], &load, infos))
		err = fail(run, c, side, "BTF: %s", errno_name(-load.btf_fd));
	if (!err) {
		prog = side_load(&run->sides[side], &load);
		if (run->verbose)
			printf("%s: %s: %s\n%s\n", c->name, run->sides[side].name,
			       prog < 0 ? errno_name(-prog) : "accepted", run->logs[side]);
		err = check_loaded(run, c, side, prog);
	}
	if (prog >= 0)
		close(prog);
	if (load.btf_fd > 0)
		close(load.btf_fd);
	for (u32 i = 0; i < c->map_cnt; i++)
		if (maps.fds[i] >= 0)
			close(maps.fds[i]);
	free(insns);
	return err;
}

/* The first line in which two logs differ, or NULL. */
static const char *first_difference(const char *a, const char *b)
{
	const char *line = a;

	for (; *a && *a == *b; a++, b++)
		if (*a == '\n')
			line = a + 1;
	return *a == *b ? NULL : line;
}

static int compare_logs(struct run *run, const struct test_case *c)
{
	const char *differ;

	log_normalise(run->logs[0]);
	log_normalise(run->logs[1]);
	differ = first_difference(run->logs[0], run->logs[1]);
	run->log_lines++;
	run->log_same += !differ;
	if (!differ || !c->same_log)
		return 0;
	return fail(run, c, 1, "the logs differ where the kernel says:\n%.*s\nours:\n%s", (int)strcspn(differ, "\n"),
		    differ, run->logs[1]);
}

static int run_case(const struct test_case *c, void *ctx)
{
	struct run *run = ctx;
	int err = 0;

	if (run->name && !strstr(c->name, run->name))
		return 0;
	for (u32 side = 0; side < 2; side++)
		if (run->sides[side].door)
			err |= run_side(run, c, side);
	if (!err && run->sides[0].door && run->sides[1].door)
		err = compare_logs(run, c);
	run->cases++;
	run->failed += !!err;
	return 0;
}

int main(int argc, char **argv)
{
	struct run run = {.sides = {{.name = "kernel"}, {.name = "user"}}};
	bool kernel = true, user = true, skipped;
	int opt, err = 0;

	while ((opt = getopt(argc, argv, "kuvn:")) != -1)
		switch (opt) {
		case 'k':
			user = false;
			break;
		case 'u':
			kernel = false;
			break;
		case 'v':
			run.verbose = true;
			break;
		case 'n':
			run.name = optarg;
			break;
		default:
			return 2;
		}
	run.logs[0] = malloc(LOG_SIZE);
	run.logs[1] = malloc(LOG_SIZE);
	if (!run.logs[0] || !run.logs[1])
		return 1;
	if (kernel)
		side_open_kernel(&run.sides[0]);
	if (user)
		side_open_user(&run.sides[1]);
	skipped = kernel && !run.sides[0].door;
	for (; !err && optind < argc; optind++) {
		run.file = argv[optind];
		err = cases_read(run.file, run_case, &run);
	}
	printf("%u cases, %u failed; %u of %u logs are the same line by line\n", run.cases, run.failed, run.log_same,
	       run.log_lines);
	side_close(&run.sides[0]);
	side_close(&run.sides[1]);
	free(run.logs[0]);
	free(run.logs[1]);
	return err || run.failed ? 1 : skipped ? 77 : 0;
}

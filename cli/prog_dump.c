/* SPDX-License-Identifier: BSD-2-Clause */
#include "cli/prog_dump.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/kallsyms.h"
#include "cli/objects.h"
#include "cli/prototype.h"
#include "common/isa/disasm.h"
#include "common/util/json.h"

struct dump {
	struct cli *cli;
	struct bpf_prog_info info;
	struct bpf_insn *insns;
	struct bpf_func_info *funcs;
	struct bpf_line_info *lines;
	u32 insn_cnt, func_cnt, line_cnt;
	struct btf *btf;
	struct kallsyms *syms; /* of the kernel, when it is the engine */
	bool opcodes, linum;
	struct strbuf out;
	struct json *j;
};

/* Ask twice: for the sizes, then for what fits in them. */
static int read_program(struct dump *d, int fd)
{
	struct bpf_prog_info *info = &d->info;
	int err = object_info(d->cli->door, fd, info, sizeof(*info));

	if (err)
		return err;
	d->insn_cnt = info->xlated_prog_len / sizeof(*d->insns);
	d->func_cnt = info->func_info_rec_size == sizeof(*d->funcs) ? info->nr_func_info : 0;
	d->line_cnt = info->line_info_rec_size == sizeof(*d->lines) ? info->nr_line_info : 0;
	d->insns = calloc(d->insn_cnt + 1, sizeof(*d->insns));
	d->funcs = calloc(d->func_cnt + 1, sizeof(*d->funcs));
	d->lines = calloc(d->line_cnt + 1, sizeof(*d->lines));
	if (!d->insns || !d->funcs || !d->lines)
		return -ENOMEM;
	memset(info, 0, sizeof(*info));
	info->xlated_prog_len = d->insn_cnt * (u32)sizeof(*d->insns);
	info->xlated_prog_insns = ptr_to_u64(d->insns);
	info->nr_func_info = d->func_cnt;
	info->func_info_rec_size = sizeof(*d->funcs);
	info->func_info = ptr_to_u64(d->funcs);
	info->nr_line_info = d->line_cnt;
	info->line_info_rec_size = sizeof(*d->lines);
	info->line_info = ptr_to_u64(d->lines);
	err = object_info(d->cli->door, fd, info, sizeof(*info));
	if (!err && info->btf_id)
		d->btf = object_btf(d->cli->door, info->btf_id);
	return err;
}

static bool imm64(void *ctx, struct strbuf *sb, const struct bpf_insn *insn, u64 imm)
{
	switch (insn->src_reg) {
	case BPF_PSEUDO_MAP_FD:
		strbuf_addf(sb, "map[id:%u]", (u32)insn->imm);
		return true;
	case BPF_PSEUDO_MAP_VALUE:
		strbuf_addf(sb, "map[id:%u][0]+%u", (u32)insn->imm, (u32)insn[1].imm);
		return true;
	case BPF_PSEUDO_MAP_IDX_VALUE:
		strbuf_addf(sb, "map[idx:%u]+%u", (u32)insn->imm, (u32)insn[1].imm);
		return true;
	case BPF_PSEUDO_FUNC:
		strbuf_addf(sb, "subprog[%+d]", insn->imm);
		return true;
	default:
		return false;
	}
}

/* A local call names the function that it enters, a call of the kernel what stands there. */
static bool call(void *ctx, struct strbuf *sb, const struct bpf_insn *insn)
{
	struct dump *d = ctx;
	const char *name = insn->src_reg ? NULL : kallsyms_call(d->syms, insn->imm);
	u32 target;

	if (name) {
		strbuf_addf(sb, "%s#%d", name, insn->imm);
		return true;
	}
	if (insn->src_reg != BPF_PSEUDO_CALL)
		return false;
	target = (u32)(insn - d->insns + insn->imm + 1);
	for (u32 i = 0; d->btf && i < d->func_cnt; i++)
		if (d->funcs[i].insn_off == target) {
			strbuf_addf(sb, "pc%+d#%s", insn->imm, btf_name(d->btf, d->funcs[i].type_id));
			return true;
		}
	return false;
}

static const struct bpf_line_info *line_at(const struct dump *d, u32 insn)
{
	for (u32 i = 0; i < d->line_cnt; i++)
		if (d->lines[i].insn_off == insn)
			return &d->lines[i];
	return NULL;
}

static void place_prototype(struct dump *d, u32 insn, struct strbuf *out)
{
	for (u32 i = 0; d->btf && i < d->func_cnt; i++)
		if (d->funcs[i].insn_off == insn)
			add_prototype(d->btf, d->funcs[i].type_id, out);
}

static const char *line_text(const struct dump *d, const struct bpf_line_info *line)
{
	const char *text = btf_str(d->btf, line->line_off);

	return text ? text + strspn(text, " \t") : "";
}

static void text_place(struct dump *d, u32 insn)
{
	const struct bpf_line_info *line = d->btf ? line_at(d, insn) : NULL;
	struct strbuf proto = STRBUF_INIT;

	place_prototype(d, insn, &proto);
	if (proto.len)
		strbuf_addf(&d->out, "%s:\n", strbuf_str(&proto));
	strbuf_free(&proto);
	if (!line)
		return;
	strbuf_addf(&d->out, "; %s", line_text(d, line));
	if (d->linum) {
		const char *file = btf_str(d->btf, line->file_name_off);

		strbuf_addf(&d->out, " [file:%s line_num:%u line_col:%u]", file ? file : "", BPF_LINE_INFO_LINE_NUM(line->line_col),
			    BPF_LINE_INFO_LINE_COL(line->line_col));
	}
	strbuf_addc(&d->out, '\n');
}

static void json_place(struct dump *d, u32 insn)
{
	const struct bpf_line_info *line = d->btf ? line_at(d, insn) : NULL;
	struct strbuf proto = STRBUF_INIT;

	place_prototype(d, insn, &proto);
	if (proto.len)
		json_key_str(d->j, "proto", strbuf_str(&proto));
	strbuf_free(&proto);
	if (!line)
		return;
	json_key_str(d->j, "src", line_text(d, line));
	if (d->linum) {
		const char *file = btf_str(d->btf, line->file_name_off);

		json_key_str(d->j, "file", file ? file : "");
		json_key_uint(d->j, "line_num", BPF_LINE_INFO_LINE_NUM(line->line_col));
		if (BPF_LINE_INFO_LINE_COL(line->line_col))
			json_key_uint(d->j, "line_col", BPF_LINE_INFO_LINE_COL(line->line_col));
	}
}

static void add_bytes(struct strbuf *out, const struct bpf_insn *insn, u32 slots)
{
	const u8 *b = (const u8 *)insn;

	for (u32 i = 0; i < slots * sizeof(*insn); i++)
		strbuf_addf(out, "%s%02x", i ? " " : "", b[i]);
}

static void print_insns(struct dump *d)
{
	struct disasm_opts opts = {.ctx = d, .call = call, .imm64 = imm64};

	for (u32 i = 0; i < d->insn_cnt; i++) {
		const struct bpf_insn *insn = &d->insns[i];
		u32 slots = insn->code == (BPF_LD | BPF_IMM | BPF_DW) && i + 1 < d->insn_cnt ? 2 : 1;
		struct strbuf text = STRBUF_INIT;

		disasm_insn(&text, insn, &opts);
		if (d->j) {
			json_begin(d->j, '{');
			json_place(d, i);
			json_key_str(d->j, "disasm", strbuf_str(&text));
			json_end(d->j, '}');
		} else {
			text_place(d, i);
			strbuf_addf(&d->out, "%4u: %s\n", i, strbuf_str(&text));
			if (d->opcodes) {
				strbuf_adds(&d->out, "       ");
				add_bytes(&d->out, insn, slots);
				strbuf_addc(&d->out, '\n');
			}
		}
		strbuf_free(&text);
		i += slots - 1;
	}
}

static int write_file(struct dump *d, const char *path)
{
	FILE *f = fopen(path, "we");
	bool ok = f && fwrite(d->insns, sizeof(*d->insns), d->insn_cnt, f) == d->insn_cnt;

	if (f)
		ok &= !fclose(f);
	return ok ? SKEP_OK : cli_fail(d->cli, SKEP_FAILED, "%s: cannot be written: %m", path);
}

static int dump_selected(struct dump *d, int fd, const char *path)
{
	struct json json = {.out = &d->out, .pretty = d->cli->pretty};
	int err = read_program(d, fd);

	if (err)
		return cli_fail(d->cli, SKEP_FAILED, "prog dump: %s", strerror(-err));
	if (path)
		return write_file(d, path);
	if (!d->info.xlated_prog_insns && d->insn_cnt)
		return cli_fail(d->cli, SKEP_FAILED, "prog dump: the engine does not show the instructions (not privileged)");
	if (d->cli->engine == ENGINE_KERNEL)
		d->syms = kallsyms_of_calls(d->insns, d->insn_cnt);
	if (d->cli->json) {
		d->j = &json;
		json_begin(&json, '[');
	}
	print_insns(d);
	if (d->j) {
		json_end(&json, ']');
		strbuf_addc(&d->out, '\n');
	}
	fputs(strbuf_str(&d->out), stdout);
	return SKEP_OK;
}

int prog_dump(struct cli *cli, struct args *args)
{
	struct dump d = {.cli = cli};
	const char *path = NULL;
	int fd, status;

	if (args_is(args, "jited"))
		return cli_fail(cli, SKEP_FAILED, "prog dump jited: not there yet; xlated is");
	if (!args_is(args, "xlated"))
		return cli_fail(cli, SKEP_USAGE, "prog dump: expected xlated, not '%s'", args->argc ? args->argv[0] : "nothing");
	fd = object_select(cli, args, OBJECT_PROG);
	if (fd < 0)
		return -fd;
	while (args->argc) {
		if (args_is(args, "opcodes"))
			d.opcodes = true;
		else if (args_is(args, "linum"))
			d.linum = true;
		else if (args_is(args, "file") && args->argc)
			path = args_take(args);
		else
			break;
	}
	status = args->argc ? cli_fail(cli, SKEP_USAGE, "prog dump: no option '%s'", args->argv[0]) : dump_selected(&d, fd, path);
	close(fd);
	free(d.insns);
	free(d.funcs);
	free(d.lines);
	kallsyms_free(d.syms);
	btf_free(d.btf);
	strbuf_free(&d.out);
	return status;
}

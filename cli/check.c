/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * skep check FILE ...: verify every program of every object, each by itself, without leaving anything loaded; explain each refusal at its
 * source line.
 */
#include <skep/engine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/object_file.h"
#include "common/util/json.h"

#define USAGE "FILE ... [-I DIR] [-D NAME]"

struct check {
	struct cli *cli;
	struct skep_door *door;
	struct skep_error *err;
	struct object_flags flags;
	struct json *j;
	int status; /* the worst so far */
	u32 good, bad;
};

static void worst(struct check *c, int status)
{
	c->status = max_of(c->status, status);
}

/* The compiler records where the source stood; when that is FILE, FILE as it was given says it better. */
static const char *shown_file(const char *file, const struct skep_source_line *line)
{
	size_t given = strlen(file), recorded;

	if (!line)
		return file;
	recorded = strlen(line->file);
	return recorded >= given && !strcmp(line->file + recorded - given, file) ? file : line->file;
}

static void add_place(struct strbuf *out, const char *file, const struct skep_source_line *line)
{
	strbuf_adds(out, shown_file(file, line));
	if (line)
		strbuf_addf(out, ":%u", line->line);
}

static const char *skip_space(const char *s)
{
	return s + strspn(s, " \t");
}

static void text_refusal(struct check *c, const char *file, const struct skep_program *prog, const struct skep_explanation *ex)
{
	const struct skep_source_line *line = skep_explanation_line(ex), *origin = skep_explanation_origin(ex);
	struct strbuf out = STRBUF_INIT;

	add_place(&out, file, line);
	strbuf_addf(&out, ": program %s is refused\n", skep_program_name(prog));
	if (line)
		strbuf_addf(&out, "  %5u | %s\n", line->line, skip_space(line->text));
	if (origin)
		strbuf_addf(&out, "  %5u | %s   (where it began)\n", origin->line, skip_space(origin->text));
	if (*skep_explanation_meaning(ex))
		strbuf_addf(&out, "  reason: %s\n", skep_explanation_meaning(ex));
	if (*skep_explanation_fix(ex))
		strbuf_addf(&out, "  fix:    %s\n", skep_explanation_fix(ex));
	strbuf_addf(&out, "  verifier: %s", skep_explanation_message(ex));
	if (skep_explanation_insn(ex) >= 0)
		strbuf_addf(&out, " (instruction %ld)", skep_explanation_insn(ex));
	puts(strbuf_str(&out));
	strbuf_free(&out);
}

static void json_line(struct json *j, const char *name, const struct skep_source_line *line)
{
	if (!line)
		return;
	json_key_begin(j, name, '{');
	json_key_str(j, "file", line->file);
	json_key_uint(j, "line", line->line);
	json_key_uint(j, "column", line->column);
	json_key_str(j, "text", skip_space(line->text));
	json_end(j, '}');
}

static void json_refusal(struct json *j, const struct skep_explanation *ex)
{
	json_key_str(j, "verdict", "refused");
	json_line(j, "source", skep_explanation_line(ex));
	json_line(j, "origin", skep_explanation_origin(ex));
	json_key_str(j, "kind", skep_explanation_name(ex));
	json_key_str(j, "reason", skep_explanation_meaning(ex));
	json_key_str(j, "fix", skep_explanation_fix(ex));
	json_key_str(j, "verifier", skep_explanation_message(ex));
	if (skep_explanation_insn(ex) >= 0)
		json_key_int(j, "instruction", skep_explanation_insn(ex));
}

/* What is no refusal: a relocation that cannot be done, a map that cannot be made. Or one that the log does not explain. */
static void report_failure(struct check *c, const struct skep_program *prog)
{
	if (c->j) {
		json_key_str(c->j, "verdict", "failed");
		json_key_str(c->j, "error", skep_error_text(c->err));
	} else {
		cli_fail(c->cli, 0, "%s", skep_error_text(c->err));
	}
}

static void report(struct check *c, const char *file, const struct skep_program *prog, bool ok)
{
	const char *log = skep_error_log(c->err);
	/* Other failures may have a log too (a relocation that could not be done is what the verifier stumbles over). */
	struct skep_explanation *ex = ok || skep_error_status(c->err) != SKEP_REFUSED ? NULL : skep_explain(prog, log);

	if (c->j) {
		json_begin(c->j, '{');
		json_key_str(c->j, "file", file);
		json_key_str(c->j, "program", skep_program_name(prog));
		json_key_str(c->j, "type", prog_type_name(skep_program_type(prog)));
	}
	if (ok && c->j)
		json_key_str(c->j, "verdict", "accepted");
	else if (ok)
		printf("%s: program %s is accepted\n", file, skep_program_name(prog));
	else if (!ex)
		report_failure(c, prog);
	else if (c->j)
		json_refusal(c->j, ex);
	else
		text_refusal(c, file, prog, ex);
	if (!ok && log && c->cli->verbose && !c->j)
		printf("%s\n", log);
	if (c->j) {
		if (!ok && log)
			json_key_str(c->j, "log", log);
		json_end(c->j, '}');
	}
	skep_explanation_free(ex);
}

/* What is wrong with a file as a whole. */
static void report_file(struct check *c, const char *path, int status, const char *text, const char *log)
{
	worst(c, status);
	if (!c->j) {
		cli_fail(c->cli, status, "%s", text);
		if (log && *log)
			fprintf(stderr, "%s%s", log, log[strlen(log) - 1] == '\n' ? "" : "\n");
		return;
	}
	json_begin(c->j, '{');
	json_key_str(c->j, "file", path);
	json_key_str(c->j, "verdict", "failed");
	json_key_str(c->j, "error", text);
	if (log)
		json_key_str(c->j, "log", log);
	json_end(c->j, '}');
}

static void report_error(struct check *c, const char *path)
{
	report_file(c, path, (int)skep_error_status(c->err), skep_error_text(c->err), skep_error_log(c->err));
}

/* Load the object with only its n-th program: 1, or 0 when there is no such program, or -1 for a file that cannot be opened. */
static int check_program(struct check *c, const struct object_file *file, u32 n)
{
	struct skep_object *obj = object_file_open(file, c->err);
	struct skep_program *prog = NULL, *chosen = NULL;
	int err;

	if (!obj) {
		report_error(c, file->path);
		return -1;
	}
	for (u32 i = 0; (prog = skep_object_next_program(obj, prog)); i++) {
		if (i == n)
			chosen = prog;
		skep_program_set_autoload(prog, i == n);
	}
	if (chosen) {
		err = skep_object_load(obj, c->door, NULL, c->err);
		report(c, file->path, chosen, !err);
		if (err)
			worst(c, (int)skep_error_status(c->err));
		c->good += !err;
		c->bad += !!err;
	}
	skep_object_close(obj);
	return chosen != NULL;
}

static void check_file(struct check *c, const char *path)
{
	struct object_file file;
	char none[4200];
	u32 n = 0;
	int more;

	if (object_file_prepare(&file, path, &c->flags, c->err)) {
		report_error(c, path);
		return;
	}
	while ((more = check_program(c, &file, n)) > 0)
		n++;
	if (!n && !more) {
		snprintf(none, sizeof(none), "%s: no program in it", path);
		report_file(c, path, SKEP_BAD_OBJECT, none, NULL);
	}
	object_file_free(&file);
}

struct check_files {
	const char *names[1024];
	u32 n;
};

static int parse_check(struct check *c, struct args *args, struct check_files *files)
{
	const char *word;

	while ((word = args_take(args))) {
		if (!strncmp(word, "-I", 2) || !strncmp(word, "-D", 2)) {
			if (!object_flags_add(&c->flags, word, args))
				return cli_fail(c->cli, SKEP_USAGE, "check: cannot take flag '%s'", word);
		} else if (*word == '-') {
			return cli_fail(c->cli, SKEP_USAGE, "check: no option '%s' (usage: skep check %s)", word, USAGE);
		} else if (files->n == ARRAY_SIZE(files->names)) {
			return cli_fail(c->cli, SKEP_USAGE, "check: more than %zu files", ARRAY_SIZE(files->names));
		} else {
			files->names[files->n++] = word;
		}
	}
	return files->n ? SKEP_OK : cli_fail(c->cli, SKEP_USAGE, "check: no FILE (usage: skep check %s)", USAGE);
}

static int check_files(struct check *c, const struct check_files *files)
{
	struct strbuf text = STRBUF_INIT;
	struct json j = {.out = &text, .pretty = c->cli->pretty};

	c->door = cli_own_door(c->cli, &c->status);
	if (!c->door)
		return c->status;
	if (c->cli->json) {
		c->j = &j;
		json_begin(&j, '[');
	}
	for (u32 i = 0; i < files->n; i++)
		check_file(c, files->names[i]);
	if (c->cli->json) {
		json_end(&j, ']');
		puts(strbuf_str(&text));
	} else if (c->good + c->bad > 1) {
		printf("%u accepted, %u refused\n", c->good, c->bad);
	}
	strbuf_free(&text);
	return c->status;
}

static int do_check(struct cli *cli, struct args *args)
{
	struct check c = {.cli = cli, .err = skep_error_new()};
	struct check_files files = {.n = 0};
	int status;

	if (!c.err)
		return cli_fail(cli, SKEP_FAILED, "out of memory");
	status = parse_check(&c, args, &files);
	if (!status)
		status = check_files(&c, &files);
	skep_error_free(c.err);
	return status;
}

static const struct verb verbs[] = {{"", do_check, USAGE}, {0}};
const struct noun noun_check = {"check", verbs, "verify programs without loading them anywhere; explain each refusal"};

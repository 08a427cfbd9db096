/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Programs of object files on both verifiers: each is loaded by itself, through our loader, into the kernel and into
 * our engine. Same verdict; for programs with the tags of the kernel's selftests (BTF declaration tags) also their
 * words in the log and their result.
 *
 * usage: progs [-v] [-l] [-s] [-n TEXT] OBJECT...   -v: both logs of each disagreement; -l: list disagreements of errno and
 * words, and what our engine lacks; -s: instructions processed and time of what both accept;
 * -n: programs whose name contains TEXT Exit status 1 when we accept what the kernel
 * refuses.
 */
#include <ctype.h>
#include <errno.h>
#include <regex.h>
#include <skep/skep.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/btf/btf.h"
#include "tests/verifier/sides.h"

#define MSGS 32

/* What a program's tags expect. */
struct tags {
	bool failure, success, auxiliary, has_retval;
	u32 retval, log_level, flags;
	const char *msgs[MSGS];
	u32 msg_cnt;
};

enum answer_kind { ANSWER_ACCEPT, ANSWER_REFUSE, ANSWER_NONE };

struct answer {
	enum answer_kind kind;
	int err;
	char *log, *why;
	bool words, ran;
	int run_err;
	u32 ret;
};

struct counts {
	u32 programs, accept, refuse, unsound, incomplete, lacking, other_errno, other_words, other_result, tag_agrees,
	    tag_differs;
};

static struct side sides[2];
static bool verbose, list_all, show_work;
static const char *only;

/* "comment:test_expect_msg=2=text": the value, after the number when `numbered`. */
static const char *tag_value(const char *tag, const char *key, bool numbered)
{
	size_t n = strlen(key);

	if (strncmp(tag, "comment:", 8))
		return NULL;
	tag += 8;
	if (strncmp(tag, key, n))
		return NULL;
	tag += n;
	if (numbered) {
		const char *p = tag;

		while (isdigit((unsigned char)*p))
			p++;
		if (p > tag && *p == '=')
			tag = p + 1;
	}
	return tag;
}

static void read_tag(const char *tag, struct tags *t)
{
	const char *v;

	if ((v = tag_value(tag, "test_expect_failure", false)) && !*v)
		t->failure = true;
	else if ((v = tag_value(tag, "test_expect_success", false)) && !*v)
		t->success = true;
	else if ((v = tag_value(tag, "test_auxiliary", false)) && !*v)
		t->auxiliary = true;
	else if ((v = tag_value(tag, "test_retval=", false)))
		t->retval = (u32)strtoll(v, NULL, 0), t->has_retval = true;
	else if ((v = tag_value(tag, "test_log_level=", false)))
		t->log_level = (u32)strtoul(v, NULL, 0);
	else if ((v = tag_value(tag, "test_prog_flags=", false)) && isdigit((unsigned char)*v))
		t->flags |= (u32)strtoul(v, NULL, 0);
	else if ((v = tag_value(tag, "test_prog_flags=BPF_F_STRICT_ALIGNMENT", false)))
		t->flags |= BPF_F_STRICT_ALIGNMENT;
	else if ((v = tag_value(tag, "test_prog_flags=BPF_F_ANY_ALIGNMENT", false)))
		t->flags |= BPF_F_ANY_ALIGNMENT;
	else if ((v = tag_value(tag, "test_prog_flags=BPF_F_TEST_STATE_FREQ", false)))
		t->flags |= BPF_F_TEST_STATE_FREQ;
	else if ((v = tag_value(tag, "test_expect_msg=", true)) && t->msg_cnt < MSGS)
		t->msgs[t->msg_cnt++] = v;
}

/* Tags of the function of that name, in the order of their ids. */
static void read_tags(const struct btf *btf, const char *name, struct tags *t)
{
	s32 func = btf ? btf_find(btf, name, BTF_KIND_FUNC) : -1;

	*t = (struct tags){0};
	for (u32 id = 1; func > 0 && id < btf_count(btf); id++) {
		const struct btf_type *type = btf_type(btf, id);

		if (btf_kind(type) == BTF_KIND_DECL_TAG && type->type == (u32)func &&
		    *(const s32 *)btf_payload(type) == -1)
			read_tag(btf_name(btf, id), t);
	}
}

/* Where the words are found in the log, past them; NULL: nowhere. {{...}} is a regular expression. */
static const char *find_words(const char *log, const char *words)
{
	char pattern[2048];
	size_t n = 0;
	regmatch_t match;
	regex_t re;
	bool in_re = false, found;

	if (!strstr(words, "{{")) {
		const char *at = strstr(log, words);

		return at ? at + strlen(words) : NULL;
	}
	for (; *words && n < sizeof(pattern) - 3; words++) {
		if (!strncmp(words, in_re ? "}}" : "{{", 2)) {
			pattern[n++] = in_re ? ')' : '(';
			in_re = !in_re;
			words++;
			continue;
		}
		if (!in_re && strchr("^$.[]|()*+?{}\\", *words))
			pattern[n++] = '\\';
		pattern[n++] = *words;
	}
	pattern[n] = 0;
	if (regcomp(&re, pattern, REG_EXTENDED | REG_NEWLINE))
		return NULL;
	found = !regexec(&re, log, 1, &match, 0);
	regfree(&re);
	return found ? log + match.rm_eo : NULL;
}

static bool has_words(const char *log, const struct tags *t)
{
	for (u32 i = 0; i < t->msg_cnt && log; i++)
		log = find_words(log, t->msgs[i]);
	return log;
}

static void run_loaded(const struct side *side, const struct skep_program *prog, const struct tags *t, struct answer *a)
{
	u8 data[64] = {0};

	a->ran = t->has_retval;
	if (t->has_retval)
		a->run_err = side_test_run(side, skep_program_fd(prog), data, sizeof(data), &a->ret);
}

/* Load that program alone of the object. */
static void ask(const struct side *side, const char *path, const char *name, const struct tags *t, struct answer *a)
{
	struct skep_error *err = skep_error_new();
	struct skep_object *obj = skep_object_open_file(path, NULL, err);
	struct skep_object_load_opts opts = {.sz = sizeof(opts), .log_level = (t->log_level ?: 1) | 4};
	struct skep_program *prog, *target = NULL;
	int ret;

	*a = (struct answer){.kind = ANSWER_NONE};
	for (prog = NULL; obj && (prog = skep_object_next_program(obj, prog));) {
		bool this = !strcmp(skep_program_name(prog), name);

		skep_program_set_autoload(prog, this);
		if (this)
			target = prog;
	}
	if (target) {
		skep_program_set_flags(target, skep_program_flags(target) | t->flags);
		ret = skep_object_load(obj, side->door, &opts, err);
		if (!ret) {
			a->kind = ANSWER_ACCEPT;
			a->log = strdup(skep_program_log(target) ?: "");
			run_loaded(side, target, t, a);
		} else {
			a->err = ret;
			a->why = strdup(skep_error_text(err));
			a->log = strdup(skep_error_log(err) ?: "");
			if (skep_error_status(err) == SKEP_REFUSED && a->log[0] && ret != -EOPNOTSUPP)
				a->kind = ANSWER_REFUSE;
		}
		a->words = has_words(a->log, t);
	}
	if (obj)
		skep_object_close(obj);
	skep_error_free(err);
}

static const char *answer_text(const struct answer *a)
{
	return a->kind == ANSWER_ACCEPT ? "accepts" : errno_name(-a->err);
}

static void report(const char *what, const char *path, const char *name, const struct answer *a)
{
	const char *file = strrchr(path, '/');

	printf("%s: %s: %s: kernel %s,", what, file ? file + 1 : path, name, answer_text(&a[0]));
	printf(" ours %s %s\n", answer_text(&a[1]), a[1].why ?: "");
	for (u32 s = 0; verbose && s < 2; s++)
		printf("--- %s %s\n%.20000s\n", sides[s].name, a[s].why ?: "", a[s].log ?: "");
}

/* Not the verifier's opinion: the engine has no such helper or kfunc. */
static bool lacks_helper(const char *log)
{
	return log && (strstr(log, "program of this type cannot use helper") || strstr(log, "unknown func") ||
		       strstr(log, "kernel btf_id"));
}

/* Policy of some kernels (lockdown), not of the verifier: helpers that write where they should not. */
static bool is_policy(const char *log)
{
	return log && (strstr(log, "cannot use helper bpf_probe_write_user") || strstr(log, "cannot use helper bpf_override_return"));
}

/* A number of the log's statistics. */
static unsigned long stat_of(const char *log, const char *before)
{
	const char *p = log ? strstr(log, before) : NULL;

	return p ? strtoul(p + strlen(before), NULL, 10) : 0;
}

/* How much work each side had: instructions processed, microseconds. */
static void report_work(const char *path, const char *name, const struct answer *a)
{
	const char *file = strrchr(path, '/');
	unsigned long n[2], us[2];

	for (u32 s = 0; s < 2; s++) {
		n[s] = stat_of(a[s].log, "processed ");
		us[s] = stat_of(a[s].log, "verification time ");
	}
	printf("work: %s: %s: kernel %lu insns %lu us, ours %lu insns %lu us%s\n", file ? file + 1 : path, name, n[0], us[0], n[1],
	       us[1], n[0] == n[1] ? "" : " DIFFERS");
}

static void compare(const char *path, const char *name, const struct tags *t, const struct answer *a, struct counts *c)
{
	if (a[0].kind == ANSWER_NONE || is_policy(a[0].log))
		return;
	c->programs++;
	if (a[1].kind == ANSWER_NONE || (lacks_helper(a[1].log) && !lacks_helper(a[0].log))) {
		c->lacking++;
		if (list_all)
			report("lacks", path, name, a);
		return;
	}
	if (t->success || t->failure)
		*(t->failure == (a[1].kind == ANSWER_REFUSE) ? &c->tag_agrees : &c->tag_differs) += 1;
	if (a[0].kind == ANSWER_REFUSE && a[1].kind == ANSWER_ACCEPT) {
		c->unsound++;
		report("UNSOUND", path, name, a);
	} else if (a[0].kind == ANSWER_ACCEPT && a[1].kind == ANSWER_REFUSE) {
		c->incomplete++;
		report("refused", path, name, a);
	} else if (a[0].kind == ANSWER_ACCEPT) {
		c->accept++;
		if (show_work)
			report_work(path, name, a);
		if (a[0].ran && (a[0].run_err != a[1].run_err || (!a[0].run_err && a[0].ret != a[1].ret))) {
			c->other_result++;
			printf("result: %s: kernel %d %u, ours %d %u\n", name, a[0].run_err, a[0].ret, a[1].run_err,
			       a[1].ret);
		}
	} else {
		c->refuse++;
		if (a[0].err != a[1].err) {
			c->other_errno++;
			if (list_all)
				report("errno", path, name, a);
		}
	}
	if (a[0].kind == a[1].kind && a[0].words && !a[1].words) {
		c->other_words++;
		if (list_all)
			report("words", path, name, a);
	}
}

static void try_object(const char *path, struct counts *c)
{
	struct skep_error *err = skep_error_new();
	struct skep_object *obj = skep_object_open_file(path, NULL, err);

	if (!obj)
		printf("not opened: %s: %s\n", path, skep_error_text(err));
	for (struct skep_program *prog = NULL; obj && (prog = skep_object_next_program(obj, prog));) {
		const char *name = skep_program_name(prog);
		struct answer a[2];
		struct tags tags;

		if (only && !strstr(name, only))
			continue;
		read_tags(skep_object_btf(obj), name, &tags);
		if (tags.auxiliary)
			continue;
		for (u32 s = 0; s < 2; s++)
			ask(&sides[s], path, name, &tags, &a[s]);
		compare(path, name, &tags, a, c);
		for (u32 s = 0; s < 2; s++) {
			free(a[s].log);
			free(a[s].why);
		}
	}
	if (obj)
		skep_object_close(obj);
	skep_error_free(err);
}

static void print_counts(const char *name, const struct counts *c)
{
	printf("%-40s %4u programs  %4u same verdict (%u accepted, %u refused)", name, c->programs,
	       c->accept + c->refuse, c->accept, c->refuse);
	if (c->unsound)
		printf("  %u UNSOUND", c->unsound);
	if (c->incomplete)
		printf("  %u refused by us alone", c->incomplete);
	if (c->lacking)
		printf("  %u not asked", c->lacking);
	if (c->other_errno || c->other_words || c->other_result)
		printf("  (differ in errno %u, words %u, result %u)", c->other_errno, c->other_words, c->other_result);
	printf("  tags %u right %u wrong\n", c->tag_agrees, c->tag_differs);
	fflush(stdout);
}

/* In a process of its own, with an engine of its own: what one object does to it does not reach the next. */
static struct counts try_apart(const char *path)
{
	struct counts c = {0};
	int pipe_fd[2], status;
	pid_t pid;

	fflush(stdout);
	if (pipe(pipe_fd) || (pid = fork()) < 0) {
		perror("fork");
		exit(1);
	}
	if (!pid) {
		alarm(300);
		side_open_user(&sides[1]);
		try_object(path, &c);
		fflush(stdout);
		_exit(write(pipe_fd[1], &c, sizeof(c)) != sizeof(c));
	}
	close(pipe_fd[1]);
	if (read(pipe_fd[0], &c, sizeof(c)) != sizeof(c))
		printf("CRASHED: %s\n", path);
	close(pipe_fd[0]);
	waitpid(pid, &status, 0);
	return c;
}

int main(int argc, char **argv)
{
	struct counts sum = {0};
	int opt;

	while ((opt = getopt(argc, argv, "vlsn:")) != -1) {
		verbose |= opt == 'v';
		list_all |= opt == 'l';
		show_work |= opt == 's';
		if (opt == 'n')
			only = optarg;
	}
	side_open_kernel(&sides[0]);
	sides[1].name = "user";
	if (!sides[0].door)
		return 77;
	for (; optind < argc; optind++) {
		struct counts c = try_apart(argv[optind]);
		const char *name = strrchr(argv[optind], '/');

		for (size_t i = 0; i < sizeof(c) / sizeof(u32); i++)
			((u32 *)&sum)[i] += ((u32 *)&c)[i];
		if (c.programs)
			print_counts(name ? name + 1 : argv[optind], &c);
	}
	print_counts("all", &sum);
	return sum.unsound ? 1 : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving programs to the engine, and telling why it refused one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/load/load.h"
#include "user/object/sections.h"

#define LOG_FIRST (1U << 16)
#define LOG_MAX (UINT32_MAX >> 2) /* the kernel takes no larger one */

/* What the name of a BTF target looks like in the kernel's types. */
static const struct {
	u32 attach_type;
	const char *prefix;
	u32 kind;
} btf_targets[] = {
	{BPF_TRACE_RAW_TP, "btf_trace_", BTF_KIND_TYPEDEF}, {BPF_TRACE_FENTRY, "", BTF_KIND_FUNC},
	{BPF_TRACE_FEXIT, "", BTF_KIND_FUNC},		    {BPF_MODIFY_RETURN, "", BTF_KIND_FUNC},
	{BPF_LSM_MAC, "bpf_lsm_", BTF_KIND_FUNC},	    {BPF_LSM_CGROUP, "bpf_lsm_", BTF_KIND_FUNC},
	{BPF_TRACE_ITER, "bpf_iter_", BTF_KIND_FUNC},
};

static bool needs_btf_target(const struct skep_program *p)
{
	return (p->type == BPF_PROG_TYPE_TRACING || p->type == BPF_PROG_TYPE_LSM) && p->target_fd < 0;
}

static int find_btf_target(struct load *l, struct skep_program *p)
{
	const char *name = p->target ? p->target : p->def ? sec_def_rest(p->def, p->section) : "";
	const struct btf *vmlinux;
	char full[256];

	p->attach_btf_id = 0;
	if (!needs_btf_target(p))
		return 0;
	if (!*name)
		return error_set(l->err, SKEP_BAD_OBJECT, -EINVAL, "%s: program %s: section %s names no target: write SEC(\"%s/NAME\")", l->obj->name, p->name,
				 p->section, p->section);
	vmlinux = load_vmlinux(l);
	if (!vmlinux)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(btf_targets); i++) {
		s32 id;

		if (btf_targets[i].attach_type != p->attach_type)
			continue;
		snprintf(full, sizeof(full), "%s%s", btf_targets[i].prefix, name);
		id = btf_find(vmlinux, full, btf_targets[i].kind);
		if (id < 0)
			return error_set(l->err, SKEP_BAD_OBJECT, -ENOENT, "%s: program %s: section %s: this engine has no %s in its types: "
					 "`skep btf dump` shows what it has", l->obj->name, p->name, p->section, full);
		p->attach_btf_id = (u32)id;
	}
	return 0;
}

/* What the verifier prints besides the reason. */
static bool is_aside(const char *line)
{
	static const char *const asides[] = {"processed ", "verification time", "stack depth", "max_states", "mark_precise", "cur state:", "old state:", ";"};

	for (size_t i = 0; i < ARRAY_SIZE(asides); i++)
		if (!strncmp(line, asides[i], strlen(asides[i])))
			return true;
	return false;
}

/* The last thing that the verifier said before its statistics. */
static char *last_line(const char *log)
{
	const char *end = log + strlen(log);

	while (end > log) {
		const char *line;
		size_t n;

		while (end > log && end[-1] == '\n')
			end--;
		line = end;
		while (line > log && line[-1] != '\n')
			line--;
		n = (size_t)(end - line);
		if (n && !is_aside(line))
			return strndup(line, n);
		end = line;
	}
	return NULL;
}

/* The last instruction that the log tells of: lines like "12: (85) call ..." or "12: R0=...". */
static s64 last_insn(const char *log)
{
	s64 last = -1;

	for (const char *s = log; s && *s; s = strchr(s, '\n') ? strchr(s, '\n') + 1 : NULL) {
		char *end;
		unsigned long n;

		if (*s < '0' || *s > '9')
			continue;
		n = strtoul(s, &end, 10);
		if (end[0] == ':' && end[1] == ' ' && end[2] == '(')
			last = (s64)n;
	}
	return last;
}

static const struct core_failure *find_failure(const struct load *l, const char *log)
{
	static const char mark[] = "invalid func unknown#";
	const char *at = NULL;

	for (const char *s = log; (s = strstr(s, mark)); s++)
		at = s;
	if (at) {
		unsigned long n = strtoul(at + sizeof(mark) - 1, NULL, 10);

		if (n >= POISON_BASE && n - POISON_BASE < l->failures.count)
			return &l->failures.list[n - POISON_BASE];
	}
	return NULL;
}

static int explain(struct load *l, const struct skep_program *p, int code, char *log)
{
	const struct core_failure *failure = log ? find_failure(l, log) : NULL;
	struct skep_source_line line = {.sz = sizeof(line)};
	_cleanup_free_ char *why = log ? last_line(log) : NULL;
	s64 insn = log ? last_insn(log) : -1;

	if (failure) {
		for (u32 i = 0; i < p->nr_parts; i++)
			if (p->parts[i].func == failure->func)
				insn = p->parts[i].start + failure->insn;
		code = error_set(l->err, SKEP_BAD_OBJECT, -ESRCH, "%s: %s (program %s, insn %lld)", l->obj->name, failure->text, p->name, (long long)insn);
	} else if (!p->type) {
		code = error_set(l->err, SKEP_BAD_OBJECT, code, "%s: program %s: section %s does not say what type it is: name a type, or use SEC(\"xdp\"), SEC(\"tp/...\") ...",
				 l->obj->name, p->name, p->section);
	} else if (!why) {
		code = error_set(l->err, code == -EPERM || code == -EACCES || code == -ENOMEM || code == -EOPNOTSUPP ? SKEP_FAILED : SKEP_REFUSED, code,
				 "%s: program %s: %s%s", l->obj->name, p->name, error_str(code),
				 code == -EPERM ? ": this machine does not let you load it: try as root, or the user engine" :
						  ": the engine refused it without a word (type, attach type or flags?)");
	} else if (insn >= 0 && !skep_program_source_line(p, (size_t)insn, &line)) {
		const char *file = strrchr(line.file, '/') ? strrchr(line.file, '/') + 1 : line.file;

		code = error_set(l->err, SKEP_REFUSED, code, "%s: %s:%u: %s (program %s, insn %lld)", l->obj->name, file, line.line, why, p->name,
				 (long long)insn);
	} else {
		code = error_set(l->err, SKEP_REFUSED, code, "%s: program %s: %s", l->obj->name, p->name, why);
	}
	error_set_program(l->err, p->name);
	error_set_log(l->err, log && *log ? log : (free(log), NULL));
	return code;
}

/* Load with a log as large as it takes. *log is malloc'd, or NULL when there is no memory for it. */
static int load_with_log(struct load *l, struct sys_prog_load *args, u32 level, char **log)
{
	u32 size = LOG_FIRST;
	int fd = -ENOMEM;

	for (;;) {
		free(*log);
		*log = calloc(1, size);
		if (!*log)
			return fd;
		args->log_level = level;
		args->log = *log;
		args->log_size = size;
		args->log_true_size = 0;
		fd = sys_prog_load(l->door, args);
		if (fd != -ENOSPC || size == LOG_MAX)
			return fd;
		size = args->log_true_size > size && args->log_true_size <= LOG_MAX ? args->log_true_size : size > LOG_MAX / 4 ? LOG_MAX : size * 4;
	}
}

static int load_program(struct load *l, struct skep_program *p)
{
	struct prog_info info = {};
	struct sys_prog_load args = {
		.type = p->type,
		.expected_attach_type = p->attach_type,
		.flags = p->flags,
		.kern_version = l->obj->kern_version,
		.name = p->name,
		.license = l->obj->license,
		.insns = p->insns,
		.insn_cnt = p->nr_insns,
	};
	char *log = NULL;
	int fd = find_btf_target(l, p);

	if (fd)
		return fd;
	if (prog_info_make(p, &info)) {
		prog_info_free(&info);
		return error_nomem(l->err);
	}
	args.attach_btf_id = p->attach_btf_id;
	args.attach_fd = max_of(p->target_fd, 0);
	if (l->obj->btf_fd >= 0) {
		args.btf_fd = l->obj->btf_fd;
		args.func_info = info.funcs;
		args.func_info_cnt = info.nr_funcs;
		args.func_info_rec_size = info.nr_funcs ? sizeof(*info.funcs) : 0;
		args.line_info = info.lines;
		args.line_info_cnt = info.nr_lines;
		args.line_info_rec_size = info.nr_lines ? sizeof(*info.lines) : 0;
	}
	if (l->opts.log_level)
		fd = load_with_log(l, &args, l->opts.log_level, &log);
	else
		fd = sys_prog_load(l->door, &args);
	if (fd == -EPERM && load_lift_memlock(l))
		fd = sys_prog_load(l->door, &args);
	if (fd < 0 && !log)
		fd = load_with_log(l, &args, 1, &log);
	prog_info_free(&info);
	if (fd < 0)
		return explain(l, p, fd, log);
	free(p->log);
	p->log = log;
	p->fd = fd;
	p->door = l->door;
	return 0;
}

int load_programs(struct load *l)
{
	int ret = 0;

	for (u32 i = 0; i < l->obj->nr_progs && !ret; i++)
		if (l->obj->progs[i].autoload)
			ret = load_program(l, &l->obj->progs[i]);
	return ret;
}

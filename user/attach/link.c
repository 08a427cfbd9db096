/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/attach/attach.h"
#include "user/door/sys.h"
#include "user/object/object.h"
#include "user/object/sections.h"

const char *attach_target(const struct skep_program *prog, const struct skep_attach_opts *opts)
{
	if (opts->target)
		return opts->target;
	if (prog->target)
		return prog->target;
	return prog->def ? sec_def_rest(prog->def, prog->section) : "";
}

struct skep_link *attach_link_new(const struct skep_program *prog, const char *target, struct skep_error *err)
{
	struct skep_link *link = calloc(1, sizeof(*link));

	if (link) {
		*link = (struct skep_link){.door = prog->door, .fd = -1, .event_fd = -1, .prog_fd = -1, .target_fd = -1, .attach_type = prog->attach_type};
		link->target = strdup(target);
		if (link->target)
			return link;
		free(link);
	}
	error_nomem(err);
	errno = ENOMEM;
	return NULL;
}

struct skep_link *attach_fail(struct skep_link *link, const struct skep_program *prog, struct skep_error *err, int code, const char *fmt, ...)
{
	struct strbuf why = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&why, fmt, ap);
	va_end(ap);
	error_set(err, SKEP_NOT_ATTACHED, code, "%s: program %s: %s: %s", prog->obj->name, prog->name, prog->section, strbuf_str(&why));
	error_set_program(err, prog->name);
	strbuf_free(&why);
	skep_link_destroy(link);
	errno = -code;
	return NULL;
}

static struct skep_link *event_failed(struct skep_link *link, const struct skep_program *prog, struct skep_error *err, int code)
{
	/* Of the reasons for EACCES only one is left once the program has been loaded and the event opened. */
	if (code == -EACCES && prog->type == BPF_PROG_TYPE_TRACEPOINT)
		return attach_fail(link, prog, err, code, "cannot be put on %s: it reads more of its context than the fields which that tracepoint has",
				   link->target);
	return attach_fail(link, prog, err, code, "cannot be put on %s: %s", link->target, error_str(code));
}

struct skep_link *attach_event(struct skep_link *link, int event_fd, const struct skep_program *prog, const struct skep_attach_opts *opts,
				struct skep_error *err)
{
	const struct door_ops *ops = link->door->ops;
	union bpf_attr attr = {.link_create = {.prog_fd = (u32)prog->fd, .target_fd = (u32)event_fd, .attach_type = BPF_PERF_EVENT}};
	int ret;

	attr.link_create.perf_event.bpf_cookie = opts->cookie;
	link->event_fd = event_fd;
	link->fd = sys_link_create(link->door, &attr);
	if (link->fd < 0) {
		if (opts->cookie)
			return event_failed(link, prog, err, link->fd);
		link->fd = -1;
		ret = ops->ioctl(link->door, event_fd, PERF_EVENT_IOC_SET_BPF, (unsigned long)prog->fd);
		if (ret < 0)
			return event_failed(link, prog, err, ret);
		link->fd = event_fd;
		link->event_fd = -1;
	}
	ret = ops->ioctl(link->door, event_fd, PERF_EVENT_IOC_ENABLE, 0);
	return ret < 0 ? event_failed(link, prog, err, ret) : link;
}

struct skep_link *attach_none(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	return attach_fail(NULL, prog, err, -EOPNOTSUPP, "sections of this name are not attached automatically");
}

struct skep_link *skep_program_attach(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	struct skep_attach_opts copy = {.sz = sizeof(copy)};

	if (opts)
		memcpy(&copy, opts, min_of(opts->sz, sizeof(copy)));
	if (prog->fd < 0)
		return attach_fail(NULL, prog, err, -EINVAL, "not loaded");
	if (!prog->def)
		return attach_fail(NULL, prog, err, -EOPNOTSUPP, "the section does not say what to attach to");
	return prog->def->attach(prog, &copy, err);
}

int skep_link_fd(const struct skep_link *link)
{
	return link->fd;
}

const char *skep_link_target(const struct skep_link *link)
{
	return link->target;
}

void skep_link_destroy(struct skep_link *link)
{
	if (!link)
		return;
	if (link->undo)
		link->undo(link);
	if (link->fd >= 0)
		close(link->fd);
	if (link->event_fd >= 0)
		close(link->event_fd);
	if (link->prog_fd >= 0)
		close(link->prog_fd);
	if (link->target_fd >= 0)
		close(link->target_fd);
	free(link->target);
	free(link);
}

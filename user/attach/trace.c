/* SPDX-License-Identifier: BSD-2-Clause */
/* Tracepoints, in their three forms, and iterators. */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/attach/attach.h"
#include "user/door/sys.h"
#include "user/object/object.h"

#define EVENTS "/sys/kernel/tracing/events/"

struct skep_link *attach_tracepoint(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .sample_period = 1, .wakeup_events = 1};
	const char *target = attach_target(prog, opts);
	struct skep_link *link;
	char path[512];
	u32 id;
	int ret, fd;

	if (!strchr(target, '/') || strstr(target, "..") || (size_t)snprintf(path, sizeof(path), EVENTS "%s/id", target) >= sizeof(path))
		return attach_fail(NULL, prog, err, -EINVAL, "a tracepoint is named CATEGORY/NAME: write SEC(\"tp/syscalls/sys_enter_execve\")");
	ret = door_read_number(prog->door, path, &id);
	if (ret == -ENOENT) {
		fd = prog->door->ops->open(prog->door, EVENTS "header_page", 0);
		if (fd >= 0)
			close(fd);
		if (fd < 0 && !strcmp(prog->door->ops->name, "kernel"))
			return attach_fail(NULL, prog, err, ret, "no tracefs: mount -t tracefs nodev /sys/kernel/tracing");
		return attach_fail(NULL, prog, err, ret, "this engine has no tracepoint %s", target);
	}
	if (ret)
		return attach_fail(NULL, prog, err, ret, "%s: %s", path, error_str(ret));
	link = attach_link_new(prog, target, err);
	if (!link)
		return NULL;
	attr.config = id;
	fd = prog->door->ops->perf_event_open(prog->door, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return attach_fail(link, prog, err, fd, "cannot open tracepoint %s: %s", target, error_str(fd));
	return attach_event(link, fd, prog, opts, err);
}

struct skep_link *attach_raw_tracepoint(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	const char *target = attach_target(prog, opts);
	struct skep_link *link;
	int fd;

	if (!*target)
		return attach_fail(NULL, prog, err, -EINVAL, "no tracepoint is named: write SEC(\"raw_tp/sys_enter\")");
	link = attach_link_new(prog, target, err);
	if (!link)
		return NULL;
	fd = sys_raw_tracepoint_open(prog->door, target, prog->fd, opts->cookie);
	if (fd < 0)
		return attach_fail(link, prog, err, fd, fd == -ENOENT ? "this engine has no raw tracepoint %s" : "%s: %s", target, error_str(fd));
	link->fd = fd;
	return link;
}

/* What it is attached to was settled when it was verified. */
struct skep_link *attach_tracing(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	union bpf_attr attr = {.link_create = {.prog_fd = (u32)prog->fd, .attach_type = prog->attach_type}};
	const char *target = attach_target(prog, opts);
	struct skep_link *link = attach_link_new(prog, target, err);
	int fd;

	if (!link)
		return NULL;
	attr.link_create.tracing.cookie = opts->cookie;
	fd = opts->cookie ? sys_link_create(prog->door, &attr) : sys_raw_tracepoint_open(prog->door, NULL, prog->fd, 0);
	if (fd < 0)
		return attach_fail(link, prog, err, fd, "%s: %s", target, error_str(fd));
	link->fd = fd;
	return link;
}

struct skep_link *attach_freplace(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	return attach_tracing(prog, opts, err);
}

struct skep_link *attach_iter(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	union bpf_attr attr = {.link_create = {.prog_fd = (u32)prog->fd, .attach_type = BPF_TRACE_ITER}};
	union bpf_iter_link_info info = {};
	struct skep_link *link = attach_link_new(prog, attach_target(prog, opts), err);
	int fd;

	if (!link)
		return NULL;
	if (opts->target_fd) { /* iterators over a map's elements */
		info.map.map_fd = (u32)opts->target_fd;
		attr.link_create.iter_info = ptr_to_u64(&info);
		attr.link_create.iter_info_len = sizeof(info);
	}
	fd = sys_link_create(prog->door, &attr);
	if (fd < 0)
		return attach_fail(link, prog, err, fd, "iterator %s: %s", link->target, error_str(fd));
	link->fd = fd;
	return link;
}

struct skep_link *attach_perf_event(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	struct skep_link *link;
	int fd;

	if (opts->target_fd <= 0)
		return attach_fail(NULL, prog, err, -EINVAL, "needs a perf event (target_fd)");
	fd = fcntl(opts->target_fd, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return attach_fail(NULL, prog, err, -errno, "%s", strerror(errno));
	link = attach_link_new(prog, "a perf event", err);
	if (!link) {
		close(fd);
		return NULL;
	}
	return attach_event(link, fd, prog, opts, err);
}

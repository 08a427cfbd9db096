/* SPDX-License-Identifier: BSD-2-Clause */
/* Hooks that packets, sockets and cgroups go through. All need to be told where: an interface, or a descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "user/attach/attach.h"
#include "user/door/sys.h"
#include "user/object/object.h"

#ifndef SO_ATTACH_REUSEPORT_EBPF
#define SO_ATTACH_REUSEPORT_EBPF 52
#endif
#ifndef SO_DETACH_REUSEPORT_BPF
#define SO_DETACH_REUSEPORT_BPF 68
#endif

static struct skep_link *create(const struct skep_program *prog, const struct skep_attach_opts *opts, u32 where, const char *target, struct skep_error *err)
{
	union bpf_attr attr = {
		.link_create = {.prog_fd = (u32)prog->fd, .target_fd = where, .attach_type = prog->attach_type, .flags = opts->flags}};
	struct skep_link *link = attach_link_new(prog, target, err);
	int fd;

	if (!link)
		return NULL;
	fd = sys_link_create(prog->door, &attr);
	if (fd < 0)
		return attach_fail(link, prog, err, fd, "%s: %s%s", target, error_str(fd),
				 fd == -EBUSY || fd == -EEXIST ? ": another program is there: detach it first" : fd == -ENODEV ? ": no such interface" : "");
	link->fd = fd;
	return link;
}

static struct skep_link *on_interface(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	u32 ifindex = opts->ifindex;
	char target[64];

	if (!ifindex && opts->target) {
		ifindex = if_nametoindex(opts->target);
		if (!ifindex)
			return attach_fail(NULL, prog, err, -ENODEV, "no interface %s", opts->target);
	}
	if (!ifindex)
		return attach_fail(NULL, prog, err, -EINVAL, "needs an interface");
	if (opts->target)
		snprintf(target, sizeof(target), "%s", opts->target);
	else
		snprintf(target, sizeof(target), "interface %u", ifindex);
	return create(prog, opts, ifindex, target, err);
}

static struct skep_link *on_descriptor(const struct skep_program *prog, const struct skep_attach_opts *opts, const char *what, struct skep_error *err)
{
	if (opts->target_fd <= 0)
		return attach_fail(NULL, prog, err, -EINVAL, "needs a %s (target_fd)", what);
	return create(prog, opts, (u32)opts->target_fd, what, err);
}

struct skep_link *attach_xdp(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	return on_interface(prog, opts, err);
}

struct skep_link *attach_tcx(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	return on_interface(prog, opts, err);
}

struct skep_link *attach_netkit(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	return on_interface(prog, opts, err);
}

struct skep_link *attach_cgroup(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	return on_descriptor(prog, opts, "cgroup", err);
}

struct skep_link *attach_netns(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	return on_descriptor(prog, opts, "network namespace", err);
}

static void undo_prog_attach(struct skep_link *link)
{
	sys_prog_detach(link->door, link->prog_fd, link->target_fd, link->attach_type);
}

static void undo_socket_filter(struct skep_link *link)
{
	int none = 0;

	setsockopt(link->target_fd, SOL_SOCKET, SO_DETACH_BPF, &none, sizeof(none));
}

static void undo_reuseport(struct skep_link *link)
{
	int none = 0;

	setsockopt(link->target_fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &none, sizeof(none));
}

/* A link that takes the program off again when it ends: it holds what that needs. */
static struct skep_link *undoable(const struct skep_program *prog, const struct skep_attach_opts *opts, const char *what, struct skep_error *err)
{
	struct skep_link *link;

	if (opts->target_fd <= 0)
		return attach_fail(NULL, prog, err, -EINVAL, "needs a %s (target_fd)", what);
	link = attach_link_new(prog, what, err);
	if (!link)
		return NULL;
	link->prog_fd = fcntl(prog->fd, F_DUPFD_CLOEXEC, 3);
	link->target_fd = fcntl(opts->target_fd, F_DUPFD_CLOEXEC, 3);
	if (link->prog_fd < 0 || link->target_fd < 0)
		return attach_fail(link, prog, err, -errno, "%s", strerror(errno));
	return link;
}

static struct skep_link *by_prog_attach(const struct skep_program *prog, const struct skep_attach_opts *opts, const char *what, struct skep_error *err)
{
	struct skep_link *link = undoable(prog, opts, what, err);
	int ret;

	if (!link)
		return NULL;
	ret = sys_prog_attach(prog->door, prog->fd, opts->target_fd, prog->attach_type, opts->flags);
	if (ret)
		return attach_fail(link, prog, err, ret, "%s: %s", what, error_str(ret));
	link->undo = undo_prog_attach;
	return link;
}

struct skep_link *attach_sockmap(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	return by_prog_attach(prog, opts, "map of sockets", err);
}

struct skep_link *attach_lirc(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	return by_prog_attach(prog, opts, "lirc device", err);
}

static struct skep_link *by_sockopt(const struct skep_program *prog, const struct skep_attach_opts *opts, int option, void (*undo)(struct skep_link *),
				    struct skep_error *err)
{
	struct skep_link *link = undoable(prog, opts, "socket", err);

	if (!link)
		return NULL;
	if (setsockopt(link->target_fd, SOL_SOCKET, option, &prog->fd, sizeof(prog->fd)))
		return attach_fail(link, prog, err, -errno, "%s", strerror(errno));
	link->undo = undo;
	return link;
}

struct skep_link *attach_socket(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	return by_sockopt(prog, opts, SO_ATTACH_BPF, undo_socket_filter, err);
}

struct skep_link *attach_reuseport(const struct skep_program *prog, const struct skep_attach_opts *opts, struct skep_error *err)
{
	return by_sockopt(prog, opts, SO_ATTACH_REUSEPORT_EBPF, undo_reuseport, err);
}

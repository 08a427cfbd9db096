/* SPDX-License-Identifier: BSD-2-Clause */
/* The door to an engine of another process: common/wire.h, from the client's end. */
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <pthread.h>
#include <skep/skep.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/uapi/bpf.h"
#include "common/util/mmap_pieces.h"
#include "common/util/util.h"
#include "common/wire.h"
#include "user/door/door.h"

struct remote_door {
	struct skep_door door;
	pthread_mutex_t lock; /* one request at a time */
	int sock;
	int err;        /* the connection is over */
	bool bad_write; /* the engine wrote where this process has no memory */
};

static struct remote_door *remote_of(struct skep_door *door)
{
	return container_of(door, struct remote_door, door);
}

/* This process's memory by way of the kernel, so that a bad address is an error and not a crash. How much could be read. */
static size_t peek(void *dst, u64 addr, size_t n)
{
	struct iovec to = {dst, n}, from = {u64_to_ptr(addr), n};
	ssize_t got = n ? process_vm_readv(getpid(), &to, 1, &from, 1, 0) : 0;

	return got < 0 ? 0 : (size_t)got;
}

static bool poke(u64 addr, const void *src, size_t n)
{
	struct iovec from = {(void *)(uintptr_t)src, n}, to = {u64_to_ptr(addr), n};

	return process_vm_writev(getpid(), &from, 1, &to, 1, 0) == (ssize_t)n;
}

static int answer_read(struct remote_door *r, const struct wire_msg *ask)
{
	struct wire_msg msg = {.op = WIRE_DATA};
	_cleanup_free_ void *data = NULL;

	if (ask->len || ask->a[1] > WIRE_MAX_LEN)
		return -EPROTO;
	data = malloc(ask->a[1] + 1);
	if (!data || peek(data, ask->a[0], ask->a[1]) != ask->a[1])
		msg.ret = -EFAULT;
	else
		msg.len = (u32)ask->a[1];
	return wire_send(r->sock, &msg, data, NULL);
}

static int answer_write(struct remote_door *r, const struct wire_msg *ask)
{
	_cleanup_free_ void *data = malloc(ask->len + 1);
	int err;

	if (!data)
		return -ENOMEM;
	err = wire_recv_payload(r->sock, data, ask->len);
	if (!err && !poke(ask->a[0], data, ask->len))
		r->bad_write = true;
	return err;
}

static int answer_take(struct remote_door *r, const struct wire_msg *ask)
{
	struct wire_msg msg = {.op = WIRE_FD};
	int fd = (int)ask->a[0];

	if (ask->len)
		return -EPROTO;
	if (fd < 0 || fcntl(fd, F_GETFD) < 0)
		msg.ret = -EBADF;
	else
		msg.nr_fds = 1;
	return wire_send(r->sock, &msg, NULL, &fd);
}

/* Serve what the engine asks until its reply is there. */
static int await_reply(struct remote_door *r, struct wire_msg *msg, int fds[WIRE_MAX_FDS])
{
	for (;;) {
		int err = wire_recv(r->sock, msg, fds);

		if (err)
			return err;
		if (msg->op == WIRE_REPLY)
			return 0;
		if (msg->nr_fds) {
			wire_close_fds(msg, fds);
			return -EPROTO;
		}
		switch (msg->op) {
		case WIRE_READ:
			err = answer_read(r, msg);
			break;
		case WIRE_WRITE:
			err = answer_write(r, msg);
			break;
		case WIRE_TAKE:
			err = answer_take(r, msg);
			break;
		default:
			err = -EPROTO;
		}
		if (err)
			return err;
	}
}

/* Request and reply, with the lock held. 0, or -errno when the connection is over. */
static int exchange(struct remote_door *r, struct wire_msg *msg, const void *payload, const int *send_fds, int fds[WIRE_MAX_FDS])
{
	if (r->err)
		return r->err;
	r->bad_write = false;
	r->err = wire_send(r->sock, msg, payload, send_fds);
	if (!r->err)
		r->err = await_reply(r, msg, fds);
	if (r->err == -EPIPE || r->err == -ECONNRESET)
		r->err = -ENOTCONN; /* the engine is gone */
	return r->err;
}

/* A call whose result is a number or a descriptor. */
static int call(struct remote_door *r, struct wire_msg *msg, const void *payload, const int *send_fd)
{
	int fds[WIRE_MAX_FDS], ret;

	pthread_mutex_lock(&r->lock);
	ret = exchange(r, msg, payload, send_fd, fds);
	if (!ret && (msg->len || msg->nr_fds != (msg->a[0] ? 1 : 0))) {
		wire_close_fds(msg, fds);
		ret = r->err = -EPROTO;
	} else if (!ret) {
		ret = (int)msg->ret;
		if (r->bad_write)
			ret = -EFAULT;
		if (msg->nr_fds) {
			if (ret < 0)
				close(fds[0]);
			else
				ret = fds[0];
		}
	}
	pthread_mutex_unlock(&r->lock);
	return ret;
}

/* What a command will surely want: its object's descriptor, and keys and values as far as they can be guessed. */
struct guess {
	int fd; /* -1: none */
	struct {
		u64 addr;
		u32 len;
	} mem[2];
};

#define GUESS_KEY   64
#define GUESS_VALUE 256

static struct guess guess_of(int cmd, const union bpf_attr *attr)
{
	struct guess g = {.fd = -1};

	switch (cmd) {
	case BPF_MAP_UPDATE_ELEM:
		g.mem[1].addr = attr->value;
		g.mem[1].len = GUESS_VALUE;
		__attribute__((fallthrough));
	case BPF_MAP_LOOKUP_ELEM:
	case BPF_MAP_DELETE_ELEM:
	case BPF_MAP_GET_NEXT_KEY:
	case BPF_MAP_LOOKUP_AND_DELETE_ELEM:
		g.mem[0].addr = attr->key;
		g.mem[0].len = GUESS_KEY;
		__attribute__((fallthrough));
	case BPF_MAP_FREEZE:
		g.fd = (int)attr->map_fd;
		break;
	case BPF_MAP_LOOKUP_BATCH:
	case BPF_MAP_LOOKUP_AND_DELETE_BATCH:
	case BPF_MAP_UPDATE_BATCH:
	case BPF_MAP_DELETE_BATCH:
		g.fd = (int)attr->batch.map_fd;
		break;
	case BPF_OBJ_GET_INFO_BY_FD:
		g.fd = (int)attr->info.bpf_fd;
		g.mem[0].addr = attr->info.info;
		g.mem[0].len = min_of(attr->info.info_len, (u32)GUESS_VALUE);
		break;
	case BPF_PROG_TEST_RUN:
		g.fd = (int)attr->test.prog_fd;
		break;
	default:
		break;
	}
	return g;
}

static size_t add_chunk(u8 *payload, size_t at, u64 addr, u32 len)
{
	struct wire_chunk head = {.addr = addr};

	if (!addr || !len)
		return at;
	head.len = (u32)peek(payload + at + sizeof(head), addr, len);
	if (!head.len)
		return at;
	memcpy(payload + at, &head, sizeof(head));
	return at + sizeof(head) + round_up_u64(head.len, 8);
}

static int remote_bpf(struct skep_door *door, int cmd, union bpf_attr *attr, unsigned int size)
{
	u8 payload[sizeof(*attr) + 2 * (sizeof(struct wire_chunk) + GUESS_VALUE) + 64];
	struct wire_msg msg = {.op = WIRE_BPF, .a = {(u64)cmd, size, ptr_to_u64(attr)}};
	union bpf_attr known;
	struct guess g;
	size_t at, n = min_of(size, (unsigned int)sizeof(*attr));

	memset(payload, 0, sizeof(payload));
	memset(&known, 0, sizeof(known));
	at = peek(payload, ptr_to_u64(attr), n);
	if (at != n) {
		n = at = 0;
	}
	memcpy(&known, payload, n);
	g = guess_of(cmd, &known);
	msg.a[3] = n;
	at = round_up_u64(at, 8);
	for (size_t i = 0; i < ARRAY_SIZE(g.mem); i++)
		at = add_chunk(payload, at, g.mem[i].addr, g.mem[i].len);
	msg.len = (u32)at;
	if (g.fd >= 0 && fcntl(g.fd, F_GETFD) >= 0) {
		msg.nr_fds = 1;
		msg.a[4] = (u32)g.fd;
	}
	return call(remote_of(door), &msg, payload, &g.fd);
}

static int remote_perf_event_open(struct skep_door *door, struct perf_event_attr *attr, pid_t pid, int cpu, int group_fd,
				  unsigned long flags)
{
	struct wire_msg msg = {.op = WIRE_PERF_EVENT_OPEN,
			       .a = {ptr_to_u64(attr), (u64)(s64)pid, (u64)(s64)cpu, (u64)(s64)group_fd, flags}};

	return call(remote_of(door), &msg, NULL, NULL);
}

static int remote_ioctl(struct skep_door *door, int fd, unsigned long request, unsigned long arg)
{
	struct wire_msg msg = {.op = WIRE_IOCTL, .a = {(u64)(s64)fd, request, arg}};

	return call(remote_of(door), &msg, NULL, NULL);
}

static int remote_path(struct skep_door *door, u32 op, const char *path, int flags)
{
	struct wire_msg msg = {.op = op, .a = {(u64)flags}};
	size_t n = strlen(path) + 1;

	if (n > WIRE_MAX_PATH)
		return -ENAMETOOLONG;
	msg.len = (u32)n;
	return call(remote_of(door), &msg, path, NULL);
}

static int remote_open(struct skep_door *door, const char *path, int flags)
{
	return remote_path(door, WIRE_OPEN, path, flags);
}

static int remote_unlink(struct skep_door *door, const char *path)
{
	return remote_path(door, WIRE_UNLINK, path, 0);
}

/* The pieces of a mapping that came with the reply. */
static void *map_reply(struct remote_door *r, const struct wire_msg *msg, const int *fds, size_t length, int prot)
{
	struct wire_piece wire[WIRE_MAX_FDS];
	struct map_piece pieces[WIRE_MAX_FDS];

	if (!msg->nr_fds || msg->len != msg->nr_fds * sizeof(wire[0])) {
		r->err = -EPROTO;
		errno = EPROTO;
		return NULL;
	}
	r->err = wire_recv_payload(r->sock, wire, msg->len);
	if (r->err) {
		errno = -r->err;
		return NULL;
	}
	for (u32 i = 0; i < msg->nr_fds; i++)
		pieces[i] = (struct map_piece){fds[i], wire[i].at, wire[i].len, (off_t)wire[i].offset};
	return mmap_pieces(length, prot, pieces, (int)msg->nr_fds);
}

static void *remote_mmap(struct skep_door *door, size_t length, int prot, int flags, int fd, off_t offset)
{
	struct remote_door *r = remote_of(door);
	struct wire_msg msg = {.op = WIRE_MMAP, .a = {length, (u64)prot, (u64)flags, (u64)(s64)fd, (u64)offset}};
	int fds[WIRE_MAX_FDS], err;
	void *p = NULL;

	pthread_mutex_lock(&r->lock);
	err = exchange(r, &msg, NULL, NULL, fds);
	if (!err) {
		if (msg.ret)
			err = (int)msg.ret;
		else
			p = map_reply(r, &msg, fds, length, prot);
		if (!err && !p)
			err = -errno;
		wire_close_fds(&msg, fds);
	}
	pthread_mutex_unlock(&r->lock);
	errno = -err;
	return p;
}

static void remote_free(struct skep_door *door)
{
	struct remote_door *r = remote_of(door);

	close(r->sock);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

static const struct door_ops remote_ops = {
	.name = "user",
	.bpf = remote_bpf,
	.perf_event_open = remote_perf_event_open,
	.ioctl = remote_ioctl,
	.mmap = remote_mmap,
	.open = remote_open,
	.unlink = remote_unlink,
	.free = remote_free,
};

static int connect_to(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int sock;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, path, strlen(path));
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -errno;
	if (connect(sock, (struct sockaddr *)&addr, sizeof(addr))) {
		int err = -errno;

		close(sock);
		return err;
	}
	return sock;
}

struct skep_door *skep_door_connect(const char *path)
{
	struct wire_msg hello = {.op = WIRE_HELLO, .a = {WIRE_VERSION}};
	struct remote_door *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return NULL;
	r->door.ops = &remote_ops;
	r->sock = connect_to(path);
	if (r->sock < 0) {
		errno = -r->sock;
		free(r);
		return NULL;
	}
	pthread_mutex_init(&r->lock, NULL);
	ret = call(r, &hello, NULL, NULL);
	if (ret == WIRE_VERSION)
		return &r->door;
	remote_free(&r->door);
	errno = ret < 0 ? -ret : EPROTO;
	return NULL;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Serving an engine to other processes: a caller whose memory and descriptors are at the other end of a connection. What the
 * client sends is not trusted beyond what its own process may do.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/wire.h"
#include "engine/engine.h"
#include "engine/object/table.h"
#include "engine/sys/commands.h"
#include "engine/sys/syscalls.h"

struct chunk {
	u64 addr;
	u32 len;
	const u8 *data;
};

struct connection {
	struct caller caller;
	int sock;
	int err;        /* the connection is over */
	u8 *payload;    /* of the request */
	struct chunk chunks[WIRE_MAX_CHUNKS];
	u32 nr_chunks;
	int hint_number, hint_fd; /* a descriptor that came with the request; -1: none */
	int result_fd;  /* the descriptor that goes with the reply; -1: none */
};

static struct connection *conn_of(struct caller *caller)
{
	return container_of(caller, struct connection, caller);
}

/* Ask the client and get the header of its answer. 0 or -errno, which ends the connection. */
static int ask(struct connection *conn, struct wire_msg *msg, enum wire_op answer, int fds[WIRE_MAX_FDS])
{
	if (!conn->err)
		conn->err = wire_send(conn->sock, msg, NULL, NULL);
	if (!conn->err)
		conn->err = wire_recv(conn->sock, msg, fds);
	if (!conn->err && (msg->op != answer || msg->nr_fds > 1 || (answer != WIRE_FD && msg->nr_fds))) {
		wire_close_fds(msg, fds);
		conn->err = -EPROTO;
	}
	return conn->err;
}

static const u8 *find_chunk(const struct connection *conn, u64 addr, size_t n)
{
	for (u32 i = 0; i < conn->nr_chunks; i++) {
		const struct chunk *c = &conn->chunks[i];
		u64 off = addr - c->addr;

		if (off < c->len && n <= c->len - off)
			return c->data + off;
	}
	return NULL;
}

static int conn_read(struct caller *caller, void *dst, u64 addr, size_t n)
{
	struct connection *conn = conn_of(caller);
	const u8 *here = find_chunk(conn, addr, n);
	int fds[WIRE_MAX_FDS];

	if (here) {
		memcpy(dst, here, n);
		return 0;
	}
	for (size_t done = 0, part; done < n; done += part) {
		struct wire_msg msg = {.op = WIRE_READ};

		part = min_of(n - done, (size_t)WIRE_MAX_LEN);
		msg.a[0] = addr + done;
		msg.a[1] = part;
		if (ask(conn, &msg, WIRE_DATA, fds))
			return -EFAULT;
		if (msg.len != (msg.ret ? 0 : part)) {
			conn->err = -EPROTO;
			return -EFAULT;
		}
		if (msg.ret)
			return -EFAULT;
		conn->err = wire_recv_payload(conn->sock, (u8 *)dst + done, part);
		if (conn->err)
			return -EFAULT;
	}
	return 0;
}

static int conn_write(struct caller *caller, u64 addr, const void *src, size_t n)
{
	struct connection *conn = conn_of(caller);

	for (size_t done = 0, part; done < n && !conn->err; done += part) {
		struct wire_msg msg = {.op = WIRE_WRITE};

		part = min_of(n - done, (size_t)WIRE_MAX_LEN);
		msg.len = (u32)part;
		msg.a[0] = addr + done;
		conn->err = wire_send(conn->sock, &msg, (const u8 *)src + done, NULL);
	}
	/* What came along may no longer be what the caller has. */
	conn->nr_chunks = 0;
	return conn->err ? -EFAULT : 0;
}

static int conn_fd_take(struct caller *caller, int fd)
{
	struct connection *conn = conn_of(caller);
	struct wire_msg msg = {.op = WIRE_TAKE};
	int fds[WIRE_MAX_FDS];

	if (conn->hint_fd >= 0 && fd == conn->hint_number) {
		int copy = fcntl(conn->hint_fd, F_DUPFD_CLOEXEC, 0);

		return copy < 0 ? -errno : copy;
	}
	msg.a[0] = (u32)fd;
	if (ask(conn, &msg, WIRE_FD, fds))
		return -EBADF;
	if (msg.len || msg.nr_fds != !msg.ret) {
		wire_close_fds(&msg, fds);
		conn->err = -EPROTO;
		return -EBADF;
	}
	return msg.ret ? -EBADF : fds[0];
}

static int conn_fd_stat(struct caller *caller, int fd, struct stat *st, int *flags)
{
	struct connection *conn = conn_of(caller);
	bool hinted = conn->hint_fd >= 0 && fd == conn->hint_number;
	int here = hinted ? conn->hint_fd : conn_fd_take(caller, fd), err = 0;

	if (here < 0)
		return -EBADF;
	if (fstat(here, st) || (flags && (*flags = fcntl(here, F_GETFL)) < 0))
		err = -EBADF;
	if (!hinted)
		close(here);
	return err;
}

/* A descriptor is always the result of the call: it goes with the reply, and gets its number there. */
static int conn_fd_give(struct caller *caller, int fd)
{
	struct connection *conn = conn_of(caller);

	if (conn->result_fd >= 0) {
		close(fd);
		return -EMFILE;
	}
	conn->result_fd = fd;
	return 0;
}

static const struct caller_ops conn_ops = {
	.read = conn_read,
	.write = conn_write,
	.fd_stat = conn_fd_stat,
	.fd_take = conn_fd_take,
	.fd_give = conn_fd_give,
};

/* attr and the chunks behind it, as places in the payload. -EPROTO when they do not add up. */
static int parse_chunks(struct connection *conn, const struct wire_msg *msg)
{
	u64 attr_len = msg->a[3], at = round_up_u64(attr_len, 8);

	conn->nr_chunks = 0;
	if (attr_len > msg->len)
		return -EPROTO;
	conn->chunks[conn->nr_chunks++] = (struct chunk){msg->a[2], (u32)attr_len, conn->payload};
	while (at < msg->len) {
		struct wire_chunk head;

		if (msg->len - at < sizeof(head) || conn->nr_chunks == WIRE_MAX_CHUNKS)
			return -EPROTO;
		memcpy(&head, conn->payload + at, sizeof(head));
		at += sizeof(head);
		if (head.len > msg->len - at)
			return -EPROTO;
		conn->chunks[conn->nr_chunks++] = (struct chunk){head.addr, head.len, conn->payload + at};
		at += round_up_u64(head.len, 8);
	}
	return 0;
}

static s64 do_bpf(struct connection *conn, const struct wire_msg *msg, const int *fds)
{
	conn->err = parse_chunks(conn, msg);
	if (conn->err)
		return 0;
	if (msg->nr_fds) {
		conn->hint_number = (int)msg->a[4];
		conn->hint_fd = fds[0];
	}
	return sys_bpf(&conn->caller, (int)msg->a[0], msg->a[2], (u32)msg->a[1]);
}

static int reply_mmap(struct connection *conn, const struct wire_msg *msg)
{
	struct wire_msg reply = {.op = WIRE_REPLY};
	struct wire_piece pieces[MAP_MAX_PIECES];
	struct mmap_plan plan;
	int fds[MAP_MAX_PIECES], err;

	_Static_assert(MAP_MAX_PIECES <= WIRE_MAX_FDS, "one descriptor a piece");
	err = mmap_plan_make(&plan, &conn->caller, msg->a[0], (int)msg->a[1], (int)msg->a[2], (int)msg->a[3], msg->a[4]);
	if (conn->err) {
		if (!err)
			mmap_plan_drop(&plan);
		return conn->err;
	}
	if (err) {
		reply.ret = err;
		return wire_send(conn->sock, &reply, NULL, NULL);
	}
	for (int i = 0; i < plan.nr_pieces; i++) {
		pieces[i] = (struct wire_piece){plan.pieces[i].at, plan.pieces[i].len, (u64)plan.pieces[i].segment_offset};
		fds[i] = plan.pieces[i].fd;
	}
	reply.nr_fds = (u32)plan.nr_pieces;
	reply.len = (u32)plan.nr_pieces * (u32)sizeof(pieces[0]);
	err = wire_send(conn->sock, &reply, pieces, fds);
	mmap_plan_drop(&plan);
	return err;
}

/* A request's path; NULL unless it is NUL-terminated and alone. */
static const char *path_of(const struct connection *conn, const struct wire_msg *msg)
{
	if (!msg->len || msg->len > WIRE_MAX_PATH || memchr(conn->payload, 0, msg->len) != conn->payload + msg->len - 1)
		return NULL;
	return (const char *)conn->payload;
}

static s64 do_path(struct connection *conn, const struct wire_msg *msg)
{
	const char *path = path_of(conn, msg);
	int fd;

	if (!path) {
		conn->err = -EPROTO;
		return 0;
	}
	if (msg->op == WIRE_UNLINK)
		return skep_engine_unlink(conn->caller.engine, path);
	fd = skep_engine_open(conn->caller.engine, path, (int)msg->a[0]);
	return fd < 0 ? fd : conn_fd_give(&conn->caller, fd);
}

static s64 dispatch(struct connection *conn, const struct wire_msg *msg, const int *fds)
{
	switch (msg->op) {
	case WIRE_HELLO:
		return msg->a[0] == WIRE_VERSION ? WIRE_VERSION : -EPROTONOSUPPORT;
	case WIRE_BPF:
		return do_bpf(conn, msg, fds);
	case WIRE_PERF_EVENT_OPEN:
		return sys_perf_event_open(&conn->caller, msg->a[0], (pid_t)msg->a[1], (int)msg->a[2], (int)msg->a[3], msg->a[4]);
	case WIRE_IOCTL:
		return sys_ioctl(&conn->caller, (int)msg->a[0], msg->a[1], msg->a[2]);
	case WIRE_OPEN:
	case WIRE_UNLINK:
		return do_path(conn, msg);
	default:
		conn->err = -EPROTO;
		return 0;
	}
}

static void send_reply(struct connection *conn, s64 ret)
{
	struct wire_msg reply = {.op = WIRE_REPLY, .ret = ret};

	if (conn->result_fd >= 0 && ret >= 0) {
		reply.nr_fds = 1;
		reply.a[0] = 1;
	}
	if (!conn->err)
		conn->err = wire_send(conn->sock, &reply, NULL, &conn->result_fd);
	if (conn->result_fd >= 0)
		close(conn->result_fd);
}

static int serve_one(struct connection *conn)
{
	struct wire_msg msg;
	int fds[WIRE_MAX_FDS];

	conn->err = wire_recv(conn->sock, &msg, fds);
	if (conn->err)
		return conn->err;
	conn->nr_chunks = 0;
	conn->hint_fd = conn->result_fd = -1;
	conn->payload = NULL;
	if (msg.nr_fds > (msg.op == WIRE_BPF))
		conn->err = -EPROTO;
	if (!conn->err && msg.len) {
		conn->payload = malloc(msg.len);
		conn->err = conn->payload ? wire_recv_payload(conn->sock, conn->payload, msg.len) : -ENOMEM;
	}
	if (!conn->err && msg.op == WIRE_MMAP)
		conn->err = reply_mmap(conn, &msg);
	else if (!conn->err)
		send_reply(conn, dispatch(conn, &msg, fds));
	free(conn->payload);
	wire_close_fds(&msg, fds);
	return conn->err;
}

int skep_engine_serve(struct skep_engine *engine, int connection)
{
	struct connection conn = {.sock = connection, .result_fd = -1, .hint_fd = -1};
	socklen_t len = sizeof(struct ucred);
	struct ucred peer;

	if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		return -errno;
	if (peer.uid != geteuid())
		return -EPERM;
	conn.caller = (struct caller){.ops = &conn_ops, .engine = engine, .uid = peer.uid, .pid = peer.pid};
	while (!serve_one(&conn))
		;
	/* What the client held open went with it. */
	handle_reap(engine);
	return conn.err == -EPIPE || conn.err == -ECONNRESET ? 0 : conn.err;
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "common/wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union fd_control {
	struct cmsghdr align;
	char space[CMSG_SPACE(WIRE_MAX_FDS * sizeof(int))];
};

static int send_rest(int sock, struct iovec *iov, int n)
{
	while (n) {
		struct msghdr hdr = {.msg_iov = iov, .msg_iovlen = (size_t)n};
		ssize_t sent = sendmsg(sock, &hdr, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -errno;
		for (; n && (size_t)sent >= iov->iov_len; iov++, n--)
			sent -= (ssize_t)iov->iov_len;
		if (n) {
			iov->iov_base = (char *)iov->iov_base + sent;
			iov->iov_len -= (size_t)sent;
		}
	}
	return 0;
}

int wire_send(int sock, struct wire_msg *msg, const void *payload, const int *fds)
{
	struct iovec iov[2] = {{msg, sizeof(*msg)}, {(void *)(uintptr_t)payload, msg->len}};
	union fd_control control = {.align = {0}};
	struct msghdr hdr = {.msg_iov = iov, .msg_iovlen = msg->len ? 2 : 1};
	ssize_t sent;
	int i;

	msg->magic = WIRE_MAGIC;
	if (msg->len > WIRE_MAX_LEN || msg->nr_fds > WIRE_MAX_FDS)
		return -EPROTO;
	if (msg->nr_fds) {
		struct cmsghdr *c;

		hdr.msg_control = &control;
		hdr.msg_controllen = CMSG_SPACE(msg->nr_fds * sizeof(int));
		c = CMSG_FIRSTHDR(&hdr);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(msg->nr_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, msg->nr_fds * sizeof(int));
	}
	do
		sent = sendmsg(sock, &hdr, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return -errno;
	for (i = 0; i < 2 && (size_t)sent >= iov[i].iov_len; i++)
		sent -= (ssize_t)iov[i].iov_len;
	if (i == 2)
		return 0;
	iov[i].iov_base = (char *)iov[i].iov_base + sent;
	iov[i].iov_len -= (size_t)sent;
	return send_rest(sock, iov + i, 2 - i);
}

/* Take over the descriptors of a control message; more than we allow are closed. Their number. */
static u32 take_fds(struct msghdr *hdr, int fds[WIRE_MAX_FDS], u32 have)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(hdr); c; c = CMSG_NXTHDR(hdr, c)) {
		size_t n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (have < WIRE_MAX_FDS)
				fds[have++] = fd;
			else
				close(fd);
		}
	}
	return have;
}

int wire_recv(int sock, struct wire_msg *msg, int fds[WIRE_MAX_FDS])
{
	size_t done = 0;
	u32 nr_fds = 0;
	int err = 0;

	while (done < sizeof(*msg)) {
		struct iovec iov = {(char *)msg + done, sizeof(*msg) - done};
		union fd_control control;
		struct msghdr hdr = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
		ssize_t n = recvmsg(sock, &hdr, MSG_CMSG_CLOEXEC);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			err = n < 0 ? -errno : -EPIPE;
			break;
		}
		nr_fds = take_fds(&hdr, fds, nr_fds);
		if (hdr.msg_flags & MSG_CTRUNC) {
			err = -EPROTO;
			break;
		}
		done += (size_t)n;
	}
	if (!err && (msg->magic != WIRE_MAGIC || msg->len > WIRE_MAX_LEN || msg->nr_fds != nr_fds))
		err = -EPROTO;
	if (err)
		for (u32 i = 0; i < nr_fds; i++)
			close(fds[i]);
	return err;
}

int wire_recv_payload(int sock, void *dst, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = recv(sock, (char *)dst + done, n - done, MSG_WAITALL);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EPIPE;
		done += (size_t)got;
	}
	return 0;
}

void wire_close_fds(const struct wire_msg *msg, const int *fds)
{
	for (u32 i = 0; i < msg->nr_fds; i++)
		close(fds[i]);
}

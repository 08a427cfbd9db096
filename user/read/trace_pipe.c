/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_pipe: what bpf_trace_printk wrote. Reading takes the lines away from other readers, as the kernel has it. */
#include <errno.h>
#include <fcntl.h>
#include <skep/skep.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/util/strbuf.h"
#include "common/util/util.h"
#include "user/door/door.h"

#define TRACE_PIPE "/sys/kernel/tracing/trace_pipe"
#define LINE_MAX_LEN 65536 /* a line without an end is cut here */

struct skep_trace_pipe {
	int fd;
	struct strbuf pending; /* the beginning of a line */
};

struct skep_trace_pipe *skep_trace_pipe_open(struct skep_door *door)
{
	struct skep_trace_pipe *pipe = calloc(1, sizeof(*pipe));

	if (!pipe)
		return NULL;
	pipe->fd = door->ops->open(door, TRACE_PIPE, O_RDONLY | O_NONBLOCK);
	if (pipe->fd < 0) {
		errno = -pipe->fd;
		free(pipe);
		return NULL;
	}
	return pipe;
}

int skep_trace_pipe_fd(const struct skep_trace_pipe *pipe)
{
	return pipe->fd;
}

static int hand_over(struct skep_trace_pipe *pipe, void (*line)(void *ctx, const char *text), void *ctx)
{
	char *s = pipe->pending.s, *end;
	int count = 0;

	while ((end = memchr(s, '\n', pipe->pending.len - (size_t)(s - pipe->pending.s)))) {
		*end = '\0';
		line(ctx, s);
		count++;
		s = end + 1;
	}
	pipe->pending.len -= (size_t)(s - pipe->pending.s);
	memmove(pipe->pending.s, s, pipe->pending.len + 1);
	if (pipe->pending.len > LINE_MAX_LEN) {
		line(ctx, pipe->pending.s);
		count++;
		strbuf_reset(&pipe->pending);
	}
	return count;
}

int skep_trace_pipe_read(struct skep_trace_pipe *pipe, void (*line)(void *ctx, const char *text), void *ctx)
{
	char buf[4096];
	int count = 0;

	for (;;) {
		ssize_t n = read(pipe->fd, buf, sizeof(buf));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return -errno;
		if (n <= 0)
			return count;
		strbuf_add(&pipe->pending, buf, (size_t)n);
		if (pipe->pending.oom)
			return -ENOMEM;
		count += hand_over(pipe, line, ctx);
	}
}

void skep_trace_pipe_close(struct skep_trace_pipe *pipe)
{
	if (!pipe)
		return;
	close(pipe->fd);
	strbuf_free(&pipe->pending);
	free(pipe);
}

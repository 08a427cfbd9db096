/* SPDX-License-Identifier: BSD-2-Clause */
/* The trace log: readers are stream sockets whose other end their owner reads. */
#include "engine/helpers/trace_log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "common/util/strbuf.h"
#include "engine/engine.h"
#include "engine/run.h"
#include "engine/sys/files.h"

#define BACKLOG_MAX  (64U << 10)
#define PENDING_MAX  (16U << 10)
#define READER_ROOM  (1 << 20)
#define READERS_MAX  64

struct trace_reader {
	int fd;
	u64 lost; /* lines, since the last that it took */
	struct trace_reader *next;
};

struct trace_log {
	pthread_mutex_t lock;
	struct trace_reader *readers;
	u32 nr_readers;
	struct strbuf backlog; /* while nobody reads */
	struct strbuf pending; /* whole lines of runs that are under way: given to readers when these end */
	u32 pending_lines, pending_cpu;
};

int trace_log_init(struct skep_engine *engine)
{
	struct trace_log *log = calloc(1, sizeof(*log));
	int err;

	if (!log)
		return -ENOMEM;
	pthread_mutex_init(&log->lock, NULL);
	engine->trace = log;
	err = file_register_open(engine, "/sys/kernel/tracing/trace_pipe", trace_log_open);
	if (err)
		trace_log_exit(engine);
	return err;
}

void trace_log_exit(struct skep_engine *engine)
{
	struct trace_log *log = engine->trace;

	while (log->readers) {
		struct trace_reader *r = log->readers;

		log->readers = r->next;
		close(r->fd);
		free(r);
	}
	strbuf_free(&log->backlog);
	strbuf_free(&log->pending);
	pthread_mutex_destroy(&log->lock);
	free(log);
	engine->trace = NULL;
}

static bool send_all(int fd, const char *text, size_t len)
{
	return send(fd, text, len, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)len;
}

/* False: the reader is gone. */
static bool reader_give(struct trace_reader *r, u32 cpu, const struct strbuf *text, u32 lines)
{
	if (r->lost) {
		struct strbuf note = STRBUF_INIT;
		bool told;

		strbuf_addf(&note, "CPU:%u [LOST %llu EVENTS]\n", cpu, (unsigned long long)r->lost);
		told = send_all(r->fd, strbuf_str(&note), note.len);
		strbuf_free(&note);
		if (!told) {
			r->lost += lines;
			return errno == EAGAIN;
		}
		r->lost = 0;
	}
	if (send_all(r->fd, text->s, text->len))
		return true;
	r->lost += lines;
	return errno == EAGAIN || errno == ENOBUFS || errno == EINTR;
}

/* Drop the oldest lines until `more` bytes fit. */
static void backlog_make_room(struct strbuf *backlog, size_t more)
{
	size_t drop = 0;

	while (backlog->len - drop && backlog->len - drop + more > BACKLOG_MAX) {
		const char *nl = memchr(backlog->s + drop, '\n', backlog->len - drop);

		drop = nl ? (size_t)(nl + 1 - backlog->s) : backlog->len;
	}
	if (!drop)
		return;
	memmove(backlog->s, backlog->s + drop, backlog->len - drop);
	strbuf_truncate(backlog, backlog->len - drop);
}

static void give_all(struct trace_log *log, u32 cpu, const struct strbuf *text, u32 lines)
{
	for (struct trace_reader **p = &log->readers, *r; (r = *p);) {
		if (reader_give(r, cpu, text, lines)) {
			p = &r->next;
			continue;
		}
		*p = r->next;
		close(r->fd);
		free(r);
		log->nr_readers--;
	}
	if (!log->readers) {
		backlog_make_room(&log->backlog, text->len);
		strbuf_add(&log->backlog, text->s, text->len);
	}
}

/* Hand over what runs have written so far. */
static void flush(void *arg)
{
	struct trace_log *log = arg;

	pthread_mutex_lock(&log->lock);
	if (log->pending.len)
		give_all(log, log->pending_cpu, &log->pending, log->pending_lines);
	strbuf_reset(&log->pending);
	log->pending_lines = 0;
	pthread_mutex_unlock(&log->lock);
}

static void log_line(struct trace_log *log, u32 cpu, const struct strbuf *line)
{
	bool full;

	pthread_mutex_lock(&log->lock);
	strbuf_add(&log->pending, line->s, line->len);
	log->pending_lines++;
	log->pending_cpu = cpu;
	full = log->pending.len > PENDING_MAX;
	pthread_mutex_unlock(&log->lock);
	if (full || run_later(flush, log) == RUN_NOW)
		flush(log);
}

void trace_log_printk(struct skep_engine *engine, const char *comm, u32 pid, u32 cpu, const char *text, size_t len)
{
	struct strbuf line = STRBUF_INIT;
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	strbuf_addf(&line, "%16.15s-%-7u [%03u] ..... %5llu.%06lu: bpf_trace_printk: ", comm, pid, cpu,
		    (unsigned long long)ts.tv_sec, (unsigned long)ts.tv_nsec / 1000);
	strbuf_add(&line, text, len);
	strbuf_addc(&line, '\n');
	if (!line.oom)
		log_line(engine->trace, cpu, &line);
	strbuf_free(&line);
}

int trace_log_open(struct skep_engine *engine, int flags)
{
	struct trace_log *log = engine->trace;
	struct trace_reader *r = calloc(1, sizeof(*r));
	int pair[2], room = READER_ROOM;

	if (!r)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		free(r);
		return -errno;
	}
	shutdown(pair[1], SHUT_WR);
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (flags & O_NONBLOCK)
		fcntl(pair[1], F_SETFL, O_NONBLOCK);
	r->fd = pair[0];
	pthread_mutex_lock(&log->lock);
	if (log->nr_readers >= READERS_MAX) {
		pthread_mutex_unlock(&log->lock);
		close(pair[0]);
		close(pair[1]);
		free(r);
		return -EBUSY;
	}
	if (log->backlog.len)
		(void)send_all(r->fd, log->backlog.s, log->backlog.len);
	strbuf_reset(&log->backlog);
	r->next = log->readers;
	log->readers = r;
	log->nr_readers++;
	pthread_mutex_unlock(&log->lock);
	return pair[1];
}

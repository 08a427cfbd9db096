/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Handles: making descriptors, finding the object behind one, seeing that one was closed. The table is keyed by (st_dev, st_ino)
 * of the caller's descriptor; all descriptions of one memfd share a key, and each holds an OFD lock on a byte of its own.
 */
#include "engine/object/handle.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/uapi/bpf.h"
#include "engine/engine.h"
#include "engine/maps/map.h"
#include "engine/object/table.h"
#include "engine/sys/caller.h"
#include "engine/run.h"

#define HANDLE_MIN_BUCKETS 64

struct handle {
	struct obj *obj;
	dev_t dev;
	ino_t ino;
	unsigned int flags;
	int kept;    /* our end of the socket pair; -1: a description of a memfd */
	off_t lock;  /* byte locked by the description */
	struct handle *next;     /* in its bucket */
	struct handle *obj_next; /* of the same object */
	struct handle *mem_next, **mem_prev; /* memfd handles */
};

struct handle_table {
	pthread_mutex_t lock;
	int epoll;
	off_t last_lock;
	size_t count, nr_buckets;
	struct handle **buckets;
	struct handle *mem;
};

struct handle_table *handle_table_new(void)
{
	struct handle_table *table = calloc(1, sizeof(*table));

	if (!table)
		return NULL;
	table->nr_buckets = HANDLE_MIN_BUCKETS;
	table->buckets = calloc(table->nr_buckets, sizeof(*table->buckets));
	table->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (!table->buckets || table->epoll < 0) {
		if (table->epoll >= 0)
			close(table->epoll);
		free(table->buckets);
		free(table);
		return NULL;
	}
	pthread_mutex_init(&table->lock, NULL);
	return table;
}

int handle_table_reap_fd(const struct handle_table *table)
{
	return table->epoll;
}

static struct handle **bucket_of(struct handle_table *table, dev_t dev, ino_t ino)
{
	u64 h = ((u64)ino ^ ((u64)dev << 32)) * 0x9e3779b97f4a7c15ULL;

	return &table->buckets[(h >> 32) & (table->nr_buckets - 1)];
}

static void table_grow(struct handle_table *table)
{
	size_t old_nr = table->nr_buckets;
	struct handle **old = table->buckets, **buckets = calloc(old_nr * 2, sizeof(*buckets));

	if (!buckets) /* longer chains, no harm */
		return;
	table->buckets = buckets;
	table->nr_buckets = old_nr * 2;
	for (size_t i = 0; i < old_nr; i++)
		for (struct handle *h = old[i], *next; h; h = next) {
			struct handle **bucket = bucket_of(table, h->dev, h->ino);

			next = h->next;
			h->next = *bucket;
			*bucket = h;
		}
	free(old);
}

static void table_add(struct handle_table *table, struct handle *h)
{
	struct handle **bucket;

	if (table->count >= table->nr_buckets)
		table_grow(table);
	bucket = bucket_of(table, h->dev, h->ino);
	h->next = *bucket;
	*bucket = h;
	h->obj_next = h->obj->handles;
	h->obj->handles = h;
	if (h->kept < 0) {
		h->mem_next = table->mem;
		h->mem_prev = &table->mem;
		if (table->mem)
			table->mem->mem_prev = &h->mem_next;
		table->mem = h;
	}
	table->count++;
}

static void table_remove(struct handle_table *table, struct handle *h)
{
	struct handle **p;

	for (p = bucket_of(table, h->dev, h->ino); *p != h; p = &(*p)->next)
		;
	*p = h->next;
	for (p = &h->obj->handles; *p != h; p = &(*p)->obj_next)
		;
	*p = h->obj_next;
	if (h->kept < 0) {
		*h->mem_prev = h->mem_next;
		if (h->mem_next)
			h->mem_next->mem_prev = h->mem_prev;
	}
	table->count--;
}

/* Out of the table already: close our end and drop the reference that the handle held. */
static void handle_destroy(struct handle *h)
{
	struct obj *obj = h->obj;

	if (h->kept >= 0)
		close(h->kept);
	free(h);
	obj_user_put(obj);
}

void handle_table_drop(struct handle_table *table)
{
	for (size_t i = 0; i < table->nr_buckets; i++)
		while (table->buckets[i]) {
			struct handle *h = table->buckets[i];

			table_remove(table, h);
			handle_destroy(h);
		}
}

void handle_table_free(struct handle_table *table)
{
	if (!table)
		return;
	handle_table_drop(table);
	close(table->epoll);
	free(table->buckets);
	pthread_mutex_destroy(&table->lock);
	free(table);
}

/* A socket pair: *fd is the caller's end. A buffer of the smallest size: its fill only says "data". */
static int open_pair(struct handle_table *table, struct handle *h, int *fd)
{
	struct epoll_event event = {.events = EPOLLRDHUP, .data.ptr = h};
	int pair[2], small = 1;
	struct stat st;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair))
		return -errno;
	if (fstat(pair[1], &st)) {
		int err = -errno;

		close(pair[0]);
		close(pair[1]);
		return err;
	}
	setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	if (epoll_ctl(table->epoll, EPOLL_CTL_ADD, pair[0], &event)) {
		int err = -errno;

		close(pair[0]);
		close(pair[1]);
		return err;
	}
	h->kept = pair[0];
	h->dev = st.st_dev;
	h->ino = st.st_ino;
	*fd = pair[1];
	return 0;
}

/* A description of the map's memfd of its own, so that the descriptor can be mapped with mmap(2). */
static int open_memfd(struct handle_table *table, struct handle *h, int memfd, int *fd)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
	int mode = O_RDWR, probe;
	char path[32];
	struct stat st;

	if (h->flags & HANDLE_WRONLY)
		mode = O_WRONLY;
	if (h->flags & HANDLE_RDONLY) {
		mode = O_RDONLY;
		lock.l_type = F_RDLCK;
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", memfd);
	probe = open(path, mode | O_CLOEXEC);
	if (probe < 0)
		return -errno;
	h->lock = lock.l_start = ++table->last_lock;
	if (fcntl(probe, F_OFD_SETLK, &lock) || fstat(probe, &st)) {
		int err = -errno;

		close(probe);
		return err;
	}
	h->kept = -1;
	h->dev = st.st_dev;
	h->ino = st.st_ino;
	*fd = probe;
	return 0;
}

static int obj_memfd(const struct obj *obj)
{
	const struct bpf_map *map = container_of(obj, struct bpf_map, obj);

	if (obj->kind != OBJ_MAP || !(map->map_flags & BPF_F_MMAPABLE))
		return -1;
	return map->memfd;
}

int handle_new(struct caller *caller, struct obj *obj, unsigned int flags)
{
	struct handle_table *table = obj->engine->handles;
	struct handle *h = calloc(1, sizeof(*h));
	int memfd = obj_memfd(obj), fd = -1, err;

	if (!h)
		return -ENOMEM;
	h->obj = obj;
	h->flags = flags;
	pthread_mutex_lock(&table->lock);
	err = memfd >= 0 ? open_memfd(table, h, memfd, &fd) : open_pair(table, h, &fd);
	if (err) {
		free(h);
	} else {
		table_add(table, h);
		atomic_fetch_add(&obj->user_refs, 1);
	}
	pthread_mutex_unlock(&table->lock);
	if (err)
		return err;
	err = caller->ops->fd_give(caller, fd);
	if (err >= 0)
		return err;
	/* The descriptor is gone and with it the handle; the caller keeps the reference. */
	obj_get(obj);
	handle_reap(obj->engine);
	return err;
}

static unsigned int memfd_flags(int open_flags)
{
	switch (open_flags & O_ACCMODE) {
	case O_RDONLY:
		return HANDLE_RDONLY;
	case O_WRONLY:
		return HANDLE_WRONLY;
	default:
		return 0;
	}
}

struct obj *handle_obj_any(struct caller *caller, int fd, unsigned int *flags)
{
	struct handle_table *table = caller->engine->handles;
	struct obj *obj = NULL;
	struct handle *h;
	struct stat st;
	bool memfd = false;
	int open_flags, err;

	err = caller->ops->fd_stat(caller, fd, &st, NULL);
	if (err) {
		errno = -err;
		return NULL;
	}
	pthread_mutex_lock(&table->lock);
	for (h = *bucket_of(table, st.st_dev, st.st_ino); h; h = h->next)
		if (h->dev == st.st_dev && h->ino == st.st_ino)
			break;
	if (h) {
		obj = h->obj;
		obj_get(obj);
		memfd = h->kept < 0;
		if (flags)
			*flags = h->flags;
	}
	pthread_mutex_unlock(&table->lock);
	if (!obj) {
		errno = EINVAL;
	} else if (memfd && flags) {
		/* All descriptions of the memfd look alike, but for the mode that they were opened with. */
		err = caller->ops->fd_stat(caller, fd, &st, &open_flags);
		if (!err)
			*flags = memfd_flags(open_flags);
		if (err) {
			obj_put(obj);
			obj = NULL;
			errno = -err;
		}
	}
	return obj;
}

struct obj *handle_obj(struct caller *caller, int fd, enum obj_kind kind, unsigned int *flags)
{
	struct obj *obj = handle_obj_any(caller, fd, flags);

	if (obj && obj->kind != kind) {
		obj_put(obj);
		errno = EINVAL;
		return NULL;
	}
	return obj;
}

static void signal_now(struct obj *obj)
{
	struct handle_table *table = obj->engine->handles;

	pthread_mutex_lock(&table->lock);
	for (struct handle *h = obj->handles; h; h = h->obj_next)
		if (h->kept >= 0)
			/* Full means that the reader has been told and has not looked yet. */
			(void)!send(h->kept, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	pthread_mutex_unlock(&table->lock);
}

static void signal_late(void *obj)
{
	signal_now(obj);
	obj_put(obj);
}

void handle_signal(struct obj *obj)
{
	switch (run_later(signal_late, obj)) {
	case RUN_NOW:
		signal_now(obj);
		break;
	case RUN_LATER:
		obj_get(obj);
		break;
	case RUN_LATER_ALREADY:
		break;
	}
}

/* Whether a description still holds the handle's lock. F_OFD_GETLK wants l_pid 0. */
static bool memfd_handle_open(const struct handle *h)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = h->lock, .l_len = 1};

	return fcntl(obj_memfd(h->obj), F_OFD_GETLK, &lock) || lock.l_type != F_UNLCK;
}

static void reap_add(struct handle_table *table, struct handle *h, struct handle **dead)
{
	table_remove(table, h);
	h->next = *dead;
	*dead = h;
}

void handle_reap(struct skep_engine *engine)
{
	struct handle_table *table = engine->handles;
	struct epoll_event events[64];
	struct handle *dead = NULL;
	int n;

	pthread_mutex_lock(&table->lock);
	do {
		n = epoll_wait(table->epoll, events, ARRAY_SIZE(events), 0);
		for (int i = 0; i < n; i++) {
			struct handle *h = events[i].data.ptr;

			epoll_ctl(table->epoll, EPOLL_CTL_DEL, h->kept, NULL);
			reap_add(table, h, &dead);
		}
	} while (n == ARRAY_SIZE(events));
	for (struct handle *h = table->mem, *next; h; h = next) {
		next = h->mem_next;
		if (!memfd_handle_open(h))
			reap_add(table, h, &dead);
	}
	pthread_mutex_unlock(&table->lock);
	while (dead) {
		struct handle *h = dead;

		dead = h->next;
		handle_destroy(h);
	}
}

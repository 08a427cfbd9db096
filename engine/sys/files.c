/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that a kernel would show: the table of paths, and memfds with their contents. */
#include "engine/sys/files.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/btf/btf.h"
#include "engine/engine.h"

#define TRACEFS	      "/sys/kernel/tracing/"
#define DEBUG_TRACEFS "/sys/kernel/debug/tracing/"

struct file_entry {
	const char *path;
	size_t len;
	file_show show;
	file_open open;
	struct file_entry *next;
};

struct file_table {
	pthread_mutex_t lock;
	struct file_entry *entries;
};

struct file_table *file_table_new(void)
{
	struct file_table *table = calloc(1, sizeof(*table));

	if (table)
		pthread_mutex_init(&table->lock, NULL);
	return table;
}

void file_table_free(struct file_table *table)
{
	if (!table)
		return;
	while (table->entries) {
		struct file_entry *next = table->entries->next;

		free(table->entries);
		table->entries = next;
	}
	pthread_mutex_destroy(&table->lock);
	free(table);
}

static int add_entry(struct skep_engine *engine, const char *path, file_show show, file_open open)
{
	struct file_table *table = engine->files;
	struct file_entry *e = malloc(sizeof(*e));

	if (!e)
		return -ENOMEM;
	*e = (struct file_entry){.path = path, .len = strlen(path), .show = show, .open = open};
	pthread_mutex_lock(&table->lock);
	e->next = table->entries;
	table->entries = e;
	pthread_mutex_unlock(&table->lock);
	return 0;
}

int file_register(struct skep_engine *engine, const char *path, file_show show)
{
	return add_entry(engine, path, show, NULL);
}

int file_register_open(struct skep_engine *engine, const char *path, file_open open)
{
	return add_entry(engine, path, NULL, open);
}

static bool entry_matches(const struct file_entry *e, const char *path)
{
	if (e->path[e->len - 1] == '/')
		return !strncmp(path, e->path, e->len);
	return !strcmp(path, e->path);
}

/* A memfd that holds the bytes, positioned at its start and read-only for whoever gets it. */
static int bytes_fd(const void *data, size_t len)
{
	int fd = memfd_create("skep", MFD_CLOEXEC | MFD_ALLOW_SEALING), err;

	if (fd < 0)
		return -errno;
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, (const char *)data + done, len - done);

		if (n < 0) {
			err = -errno;
			close(fd);
			return err;
		}
		done += (size_t)n;
	}
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) || lseek(fd, 0, SEEK_SET) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	return fd;
}

static int open_vmlinux(struct skep_engine *engine)
{
	const struct btf *btf = engine_vmlinux(engine);
	const void *raw;
	size_t len;

	if (!btf)
		return -ENOENT;
	raw = btf_raw(btf, &len);
	return bytes_fd(raw, len);
}

static int open_entry(struct skep_engine *engine, const struct file_entry *e, const char *rest, int flags)
{
	struct strbuf out = STRBUF_INIT;
	int err;

	if (e->open)
		return e->open(engine, flags);
	err = e->show(engine, rest, &out);
	if (!err && out.oom)
		err = -ENOMEM;
	if (!err)
		err = bytes_fd(strbuf_str(&out), out.len);
	strbuf_free(&out);
	return err;
}

int skep_engine_open(struct skep_engine *engine, const char *path, int flags)
{
	struct file_entry found = {0}, *e;
	char plain[512];

	if ((flags & O_ACCMODE) != O_RDONLY)
		return -EACCES;
	if (!strcmp(path, "/sys/kernel/btf/vmlinux"))
		return open_vmlinux(engine);
	if (!strncmp(path, DEBUG_TRACEFS, strlen(DEBUG_TRACEFS))) {
		const char *rest = path + strlen(DEBUG_TRACEFS);
		size_t n = strlen(rest);

		if (n >= sizeof(plain) - strlen(TRACEFS))
			return -ENAMETOOLONG;
		memcpy(plain, TRACEFS, strlen(TRACEFS));
		memcpy(plain + strlen(TRACEFS), rest, n + 1);
		path = plain;
	}
	pthread_mutex_lock(&engine->files->lock);
	for (e = engine->files->entries; e && !entry_matches(e, path); e = e->next)
		;
	if (e)
		found = *e;
	pthread_mutex_unlock(&engine->files->lock);
	return found.path ? open_entry(engine, &found, path + found.len, flags) : -ENOENT;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Engines of this user's processes, found by their sockets: PID.sock in $XDG_RUNTIME_DIR/skep and in /tmp/skep-UID. A socket that
 * nobody listens on was left behind by a process that died; whoever lists removes it.
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <skep/skep.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/util/util.h"

#define DIR_MAX 96 /* so that a path of a socket fits into sun_path */

/* The directories in the order of preference; those that do not exist or do not fit are empty. */
static void instance_dirs(char dirs[2][DIR_MAX])
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	struct stat st;

	dirs[0][0] = 0;
	if (runtime && runtime[0] == '/' && !stat(runtime, &st) && S_ISDIR(st.st_mode) && !access(runtime, W_OK) &&
	    snprintf(dirs[0], DIR_MAX, "%s/skep", runtime) >= DIR_MAX)
		dirs[0][0] = 0;
	snprintf(dirs[1], DIR_MAX, "/tmp/skep-%u", (unsigned int)geteuid());
}

int skep_instance_path(pid_t pid, char *path, size_t size)
{
	char dirs[2][DIR_MAX];
	int n;

	instance_dirs(dirs);
	n = snprintf(path, size, "%s/%d.sock", dirs[0][0] ? dirs[0] : dirs[1], (int)pid);
	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

/* "1234.sock": 1234; 0 for other names. */
static pid_t pid_of_name(const char *name)
{
	char *end;
	long pid;

	if (!isdigit((unsigned char)name[0]))
		return 0;
	errno = 0;
	pid = strtol(name, &end, 10);
	return errno || strcmp(end, ".sock") || pid <= 0 || pid > INT32_MAX ? 0 : (pid_t)pid;
}

/* 0: somebody listens; -ECONNREFUSED: nobody does; another -errno when that cannot be said. */
static int probe(const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int sock, err = 0;

	memcpy(addr.sun_path, path, strlen(path) + 1);
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock < 0)
		return -errno;
	if (connect(sock, (struct sockaddr *)&addr, sizeof(addr)) && errno != EAGAIN)
		err = -errno;
	close(sock);
	return err;
}

static int add_instance(struct skep_instance **list, size_t *n, const char *path, pid_t pid, const struct stat *st)
{
	struct skep_instance *more = reallocarray(*list, *n + 1, sizeof(*more)), *in;

	if (!more)
		return -ENOMEM;
	*list = more;
	in = &more[(*n)++];
	memset(in, 0, sizeof(*in));
	in->pid = pid;
	in->started_ns = (uint64_t)st->st_mtim.tv_sec * 1000000000 + (uint64_t)st->st_mtim.tv_nsec;
	memcpy(in->path, path, min_of(strlen(path), sizeof(in->path) - 1));
	return 0;
}

static int list_dir(const char *dir, struct skep_instance **list, size_t *n)
{
	struct dirent *entry;
	struct stat st;
	int err = 0;
	DIR *d;

	/* Somebody else's directory by that name is no place to look at. */
	if (!dir[0] || lstat(dir, &st) || !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
		return 0;
	d = opendir(dir);
	while (d && !err && (entry = readdir(d))) {
		char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
		pid_t pid = pid_of_name(entry->d_name);
		int alive;

		if (!pid || (size_t)snprintf(path, sizeof(path), "%s/%d.sock", dir, (int)pid) >= sizeof(path))
			continue;
		if (lstat(path, &st) || !S_ISSOCK(st.st_mode))
			continue;
		alive = probe(path);
		if (!alive)
			err = add_instance(list, n, path, pid, &st);
		else if (alive == -ECONNREFUSED)
			unlink(path);
	}
	if (d)
		closedir(d);
	return err;
}

static int newest_first(const void *a, const void *b)
{
	const struct skep_instance *x = a, *y = b;

	return x->started_ns < y->started_ns ? 1 : x->started_ns > y->started_ns ? -1 : 0;
}

int skep_instances(struct skep_instance **list)
{
	char dirs[2][DIR_MAX];
	size_t n = 0;
	int err;

	*list = NULL;
	instance_dirs(dirs);
	err = list_dir(dirs[0], list, &n);
	if (!err)
		err = list_dir(dirs[1], list, &n);
	if (err) {
		free(*list);
		*list = NULL;
		return err;
	}
	if (n)
		qsort(*list, n, sizeof(**list), newest_first);
	return (int)n;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The socket by which other processes of the user find the engine. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/engine.h"

/* The directory is ours alone; made when it is not there. */
static int private_dir(const char *path)
{
	const char *slash = strrchr(path, '/');
	_cleanup_free_ char *dir = slash && slash != path ? strndup(path, (size_t)(slash - path)) : NULL;
	struct stat st;

	if (!dir)
		return -EINVAL;
	if (mkdir(dir, 0700) && errno != EEXIST)
		return -errno;
	if (lstat(dir, &st))
		return -errno;
	if (!S_ISDIR(st.st_mode))
		return -ENOTDIR;
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		return -EPERM;
	return 0;
}

static bool is_stale(const struct sockaddr_un *addr)
{
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool stale;

	if (sock < 0)
		return false;
	stale = connect(sock, (const struct sockaddr *)addr, sizeof(*addr)) && errno == ECONNREFUSED;
	close(sock);
	return stale;
}

static int bind_and_listen(int sock, const struct sockaddr_un *addr)
{
	if (bind(sock, (const struct sockaddr *)addr, sizeof(*addr))) {
		if (errno != EADDRINUSE || !is_stale(addr))
			return -errno;
		/* Left behind by a process that died. */
		if (unlink(addr->sun_path) || bind(sock, (const struct sockaddr *)addr, sizeof(*addr)))
			return -errno;
	}
	if (chmod(addr->sun_path, 0600) || listen(sock, 16)) {
		int err = -errno;

		unlink(addr->sun_path);
		return err;
	}
	return 0;
}

int skep_engine_listen(struct skep_engine *engine, const char *path)
{
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	int sock, err;

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	memcpy(addr.sun_path, path, strlen(path));
	err = private_dir(path);
	if (err)
		return err;
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (sock < 0)
		return -errno;
	err = bind_and_listen(sock, &addr);
	if (err) {
		close(sock);
		return err;
	}
	return sock;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A command forked and held at a gate before its one execve(2). */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <skep/source.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/util/util.h"

extern char **environ;

/* What opens the gate: the filter's length, then its instructions. */
struct gate_message {
	u32 filter_len;
};

static int check_executable(const char *path)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (!S_ISREG(st.st_mode) || access(path, X_OK))
		return -EACCES;
	return 0;
}

/* Find `name` as execvp(3) would, into path; the best error of all directories tried. */
static int resolve(const char *name, char *path, size_t size)
{
	const char *dirs = getenv("PATH");
	int best = -ENOENT;
	struct stat st;

	if (strchr(name, '/')) {
		if ((size_t)snprintf(path, size, "%s", name) >= size)
			return -ENAMETOOLONG;
		return check_executable(path);
	}
	if (!*name)
		return -ENOENT;
	if (!dirs || !*dirs)
		dirs = "/usr/local/bin:/usr/bin:/bin";
	for (;;) {
		size_t len = strcspn(dirs, ":");
		int n = len ? snprintf(path, size, "%.*s/%s", (int)len, dirs, name) : snprintf(path, size, "./%s", name);

		if (n > 0 && (size_t)n < size) {
			int err = check_executable(path);

			if (!err)
				return 0;
			if (err == -EACCES && !stat(path, &st)) /* not: a directory that may not be searched */
				best = err;
		}
		if (!dirs[len])
			return best;
		dirs += len + 1;
	}
}

static bool read_full(int fd, void *buf, size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t got = read(fd, (char *)buf + done, n - done);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		done += (size_t)got;
	}
	return true;
}

static int install_filter(int gate)
{
	struct gate_message msg;
	struct sock_filter *insns;
	struct sock_fprog prog;

	if (!read_full(gate, &msg, sizeof(msg)))
		_exit(127); /* the one who held the gate is gone */
	if (!msg.filter_len)
		return 0;
	insns = calloc(msg.filter_len, sizeof(*insns));
	if (!insns || !read_full(gate, insns, msg.filter_len * sizeof(*insns)))
		return -ENOMEM;
	prog = (struct sock_fprog){.len = (unsigned short)msg.filter_len, .filter = insns};
	if (!syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog))
		return 0;
	if (errno != EACCES || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) ? -errno : 0;
}

static void __attribute__((noreturn)) child(const char *path, char *const *argv, int gate, int failure)
{
	sigset_t none;
	int err;

	prctl(PR_SET_NAME, "skep", 0, 0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	err = install_filter(gate);
	if (!err) {
		execve(path, argv, environ);
		err = -errno;
	}
	err = -err;
	if (write(failure, &err, sizeof(err)) != sizeof(err))
		_exit(126);
	_exit(127);
}

int skep_spawn(struct skep_spawn *spawn, char *const *argv)
{
	int gate[2] = {-1, -1}, failure[2] = {-1, -1}, err;
	char path[4096];
	pid_t pid;

	err = resolve(argv[0], path, sizeof(path));
	if (err)
		return err;
	if (pipe2(gate, O_CLOEXEC) || pipe2(failure, O_CLOEXEC)) {
		err = -errno;
		goto fail;
	}
	pid = fork();
	if (pid < 0) {
		err = -errno;
		goto fail;
	}
	if (!pid) {
		close(gate[1]);
		child(path, argv, gate[0], failure[1]);
	}
	close(gate[0]);
	close(failure[1]);
	*spawn = (struct skep_spawn){.pid = pid, .gate = gate[1], .failure = failure[0]};
	return 0;
fail:
	for (int i = 0; i < 2; i++) {
		if (gate[i] >= 0)
			close(gate[i]);
		if (failure[i] >= 0)
			close(failure[i]);
	}
	return err;
}

static int write_full(int fd, const void *buf, size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t put = write(fd, (const char *)buf + done, n - done);

		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return -errno;
		done += (size_t)put;
	}
	return 0;
}

int skep_spawn_open(struct skep_spawn *spawn, const struct sock_fprog *filter)
{
	struct gate_message msg = {.filter_len = filter ? filter->len : 0};
	int err = write_full(spawn->gate, &msg, sizeof(msg));

	if (!err && filter)
		err = write_full(spawn->gate, filter->filter, filter->len * sizeof(*filter->filter));
	close(spawn->gate);
	spawn->gate = -1;
	return err;
}

int skep_spawn_result(struct skep_spawn *spawn)
{
	int err = 0;
	bool failed = read_full(spawn->failure, &err, sizeof(err));

	close(spawn->failure);
	spawn->failure = -1;
	return failed ? -err : 0;
}

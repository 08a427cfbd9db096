/* SPDX-License-Identifier: BSD-2-Clause */
/* Running clang on a BPF C source. */
#include "user/compile/compile.h"
#include "user/compile/hide.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/error.h"

extern char **environ;

#define NEWEST_CLANG 30
#define OLDEST_CLANG 10
#define MAX_TRIES 8 /* clang gives up after 20 errors: there may be more collisions than it says at once */

#if defined(__x86_64__)
#define TARGET_ARCH "-D__TARGET_ARCH_x86"
#define MULTIARCH "x86_64-linux-gnu"
#elif defined(__aarch64__)
#define TARGET_ARCH "-D__TARGET_ARCH_arm64"
#define MULTIARCH "aarch64-linux-gnu"
#else
#define TARGET_ARCH "-D__TARGET_ARCH_riscv"
#define MULTIARCH "riscv64-linux-gnu"
#endif

static bool is_in_path(const char *name)
{
	const char *path = getenv("PATH");
	char full[PATH_MAX];

	if (strchr(name, '/'))
		return !access(name, X_OK);
	for (const char *s = path ? path : "/usr/bin:/bin"; *s;) {
		size_t n = strcspn(s, ":");

		if ((size_t)snprintf(full, sizeof(full), "%.*s/%s", (int)n, s, name) < sizeof(full) && n && !access(full, X_OK))
			return true;
		s += n + (s[n] == ':');
	}
	return false;
}

/* The compiler's name in buf, or -ENOENT with its line. */
static int find_clang(const struct skep_compile_opts *opts, const char *source, char *buf, size_t size, struct skep_error *err)
{
	const char *asked = opts->clang ? opts->clang : getenv("SKEP_CLANG");

	if (asked && *asked) {
		if ((size_t)snprintf(buf, size, "%s", asked) < size && is_in_path(buf))
			return 0;
		return error_set(err, SKEP_FAILED, -ENOENT, "%s: no compiler %s: install it, or set SKEP_CLANG to the one that there is", source, asked);
	}
	snprintf(buf, size, "clang");
	if (is_in_path(buf))
		return 0;
	for (int n = NEWEST_CLANG; n >= OLDEST_CLANG; n--) {
		snprintf(buf, size, "clang-%d", n);
		if (is_in_path(buf))
			return 0;
	}
	return error_set(err, SKEP_FAILED, -ENOENT, "%s: no clang to compile it with: install clang (apt-get install clang), or set SKEP_CLANG", source);
}

struct argv {
	char **list; /* strings of its own, NULL-terminated */
	u32 count;
	bool oom;
};

__attribute__((format(printf, 2, 3))) static void arg(struct argv *a, const char *fmt, ...)
{
	char **list = realloc(a->list, (a->count + 2) * sizeof(*list));
	struct strbuf sb = STRBUF_INIT;
	va_list ap;

	if (!list) {
		a->oom = true;
		return;
	}
	a->list = list;
	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	a->list[a->count] = strbuf_detach(&sb);
	a->oom |= !a->list[a->count];
	a->list[++a->count] = NULL;
}

static void free_args(struct argv *a)
{
	for (u32 i = 0; i < a->count; i++)
		free(a->list[i]);
	free(a->list);
}

/* Where a source finds its headers; NULL for what there is not. */
struct dirs {
	char *headers; /* bpf/ */
	char *vmlinux;
	char *hidden;  /* a vmlinux.h that stands before the real one */
};

static void free_dirs(struct dirs *dirs)
{
	free(dirs->headers);
	free(dirs->vmlinux);
	free(dirs->hidden);
}

static void add_args(struct argv *a, const char *clang, const char *source, const struct skep_compile_opts *opts,
		     const struct dirs *dirs)
{
	const char *slash = strrchr(source, '/');

	arg(a, "%s", clang);
	arg(a, "-g");
	arg(a, "-O2");
	arg(a, "-target");
	arg(a, "bpf");
	arg(a, TARGET_ARCH);
	for (size_t i = 0; opts->flags && opts->flags[i]; i++)
		arg(a, "%s", opts->flags[i]);
	if (dirs->hidden)
		arg(a, "-I%s", dirs->hidden);
	arg(a, "-I%.*s", slash ? (int)max_of(slash - source, (ptrdiff_t)1) : 1, slash ? source : ".");
	if (opts->include_dir)
		arg(a, "-I%s", opts->include_dir);
	arg(a, "-I%s", dirs->headers);
	if (dirs->vmlinux)
		arg(a, "-I%s", dirs->vmlinux);
	/* <asm/types.h> and its like are where the machine's own compiler looks, which -target bpf makes clang forget. */
	arg(a, "-idirafter");
	arg(a, "/usr/include/" MULTIARCH);
	arg(a, "-c");
	arg(a, "%s", source);
	arg(a, "-o");
	arg(a, "-");
}

/* The compiler's exit status, or -errno. out and messages are descriptors. */
static int run(char **argv, int out, int messages)
{
	posix_spawn_file_actions_t actions;
	int status, ret;
	pid_t pid;

	ret = posix_spawn_file_actions_init(&actions);
	if (ret)
		return -ret;
	ret = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (!ret)
		ret = posix_spawn_file_actions_adddup2(&actions, messages, STDERR_FILENO);
	if (!ret)
		ret = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (ret)
		return -ret;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* What was written to a memory file, as a string besides. */
static int take(int fd, char **data, size_t *len)
{
	struct stat st;
	size_t done = 0;

	if (fstat(fd, &st))
		return -errno;
	*len = (size_t)st.st_size;
	*data = malloc(*len + 1);
	if (!*data)
		return -ENOMEM;
	while (done < *len) {
		ssize_t n = pread(fd, *data + done, *len - done, (off_t)done);

		if (n <= 0) {
			free(*data);
			*data = NULL;
			return n ? -errno : -EIO;
		}
		done += (size_t)n;
	}
	(*data)[*len] = '\0';
	return 0;
}

/* One attempt. *text becomes what the compiler said. */
static int run_clang(struct argv *a, const char *source, void **object, size_t *len, char **text, struct skep_error *err)
{
	int out = memfd_create("skep-object", MFD_CLOEXEC), messages = memfd_create("skep-messages", MFD_CLOEXEC);
	size_t text_len;
	int ret;

	if (out < 0 || messages < 0) {
		ret = error_set(err, SKEP_FAILED, -errno, "%s: %s", source, strerror(errno));
		goto out;
	}
	ret = run(a->list, out, messages);
	take(messages, text, &text_len);
	if (ret < 0)
		ret = error_set(err, SKEP_FAILED, ret, "%s: cannot run %s: %s", source, a->list[0], strerror(-ret));
	else if (ret)
		ret = error_set(err, SKEP_BAD_OBJECT, -EINVAL, "%s: does not compile (%s, exit status %d)", source, a->list[0], ret);
	else
		ret = take(out, (char **)object, len);
out:
	if (out >= 0)
		close(out);
	if (messages >= 0)
		close(messages);
	return ret;
}

/* Compile; where the source's names collide with the kernel's, again with these hidden. */
static int compile(const char *clang, const char *source, const struct skep_compile_opts *opts, struct cache *cache, struct dirs *dirs,
		   void **object, size_t *len, char **text, struct skep_error *err)
{
	struct hidden hidden = {};
	int ret = 0;

	for (int tries = 0; tries < MAX_TRIES; tries++) {
		struct argv a = {};

		free(*text);
		*text = NULL;
		add_args(&a, clang, source, opts, dirs);
		ret = a.oom ? error_nomem(err) : run_clang(&a, source, object, len, text, err);
		free_args(&a);
		if (!ret || !*text || !hidden_add(&hidden, *text))
			break;
		free(dirs->hidden);
		dirs->hidden = NULL;
		if (hidden_dir(cache, &hidden, &dirs->hidden))
			break;
	}
	hidden_free(&hidden);
	return ret;
}

/* The compiler's own words: kept, or passed on as if it had our stderr. */
static void pass_on(char *text, bool collect, struct skep_error *err)
{
	for (size_t done = 0, len = text && !collect ? strlen(text) : 0; done < len;) {
		ssize_t n = write(STDERR_FILENO, text + done, len - done);

		if (n < 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	if (collect)
		error_set_log(err, text);
	else
		free(text);
}

int skep_compile_file(const char *source, const struct skep_compile_opts *given, void **object, size_t *len, struct skep_error *err)
{
	struct skep_compile_opts opts = {.sz = sizeof(opts)};
	struct dirs dirs = {};
	char clang[PATH_MAX], *text = NULL;
	struct cache cache;
	int ret;

	*object = NULL;
	*len = 0;
	if (given)
		memcpy(&opts, given, min_of(given->sz, sizeof(opts)));
	if (access(source, R_OK))
		return error_set(err, SKEP_FAILED, -errno, "%s: %s", source, strerror(errno));
	ret = find_clang(&opts, source, clang, sizeof(clang), err);
	if (ret)
		return ret;
	ret = cache_open(&cache);
	if (!ret)
		ret = headers_dir(&cache, &dirs.headers);
	if (ret) {
		error_set(err, SKEP_FAILED, ret, "%s: no place for headers: %s: set XDG_CACHE_HOME or TMPDIR to a directory that can be written", source,
			  strerror(-ret));
	} else if (!opts.include_dir) {
		/* A source that includes no vmlinux.h compiles without; one that does gets the compiler's own complaint. */
		ret = vmlinux_dir(&cache, &opts, &dirs.vmlinux, err);
		if (ret == -ENOENT || ret == -EACCES)
			ret = 0;
	}
	if (!ret)
		ret = compile(clang, source, &opts, &cache, &dirs, object, len, &text, err);
	pass_on(text, opts.collect, err);
	free_dirs(&dirs);
	cache_close(&cache);
	return ret;
}

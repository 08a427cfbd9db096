/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/compile/compile.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* FNV-1a, 64 bits: names of cache entries, not a safeguard against anybody. */
u64 hash_bytes(u64 seed, const void *data, size_t len)
{
	u64 h = seed ? seed : 0xcbf29ce484222325ULL;

	for (size_t i = 0; i < len; i++)
		h = (h ^ ((const u8 *)data)[i]) * 0x100000001b3ULL;
	return h;
}

__attribute__((format(printf, 1, 2))) static char *format(const char *fmt, ...)
{
	struct strbuf sb = STRBUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	strbuf_vaddf(&sb, fmt, ap);
	va_end(ap);
	return strbuf_detach(&sb);
}

/* mkdir -p, of this user alone. */
static int make_dirs(char *path)
{
	for (char *s = path + 1;; s++) {
		char c = *s;
		int ret;

		if (c && c != '/')
			continue;
		*s = '\0';
		ret = mkdir(path, 0700);
		*s = c;
		if (ret && errno != EEXIST)
			return -errno;
		if (!c)
			return 0;
	}
}

int cache_make_temporary(struct cache *cache)
{
	const char *tmp = getenv("TMPDIR");
	char *dir = format("%s/skep-XXXXXX", tmp && tmp[0] == '/' ? tmp : "/tmp");

	if (!dir)
		return -ENOMEM;
	if (!mkdtemp(dir)) {
		free(dir);
		return -errno;
	}
	free(cache->dir);
	cache->dir = dir;
	cache->temporary = true;
	return 0;
}

int cache_open(struct cache *cache)
{
	const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
	struct stat st;

	*cache = (struct cache){};
	if (xdg && xdg[0] == '/')
		cache->dir = format("%s/skep", xdg);
	else if (home && home[0] == '/')
		cache->dir = format("%s/.cache/skep", home);
	if (cache->dir && !make_dirs(cache->dir) && !stat(cache->dir, &st) && st.st_uid == geteuid() && !access(cache->dir, W_OK))
		return 0;
	return cache_make_temporary(cache);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	remove(path);
	return 0;
}

void cache_close(struct cache *cache)
{
	if (cache->temporary)
		nftw(cache->dir, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	free(cache->dir);
}

bool cache_has(const struct cache *cache, const char *sub, const char *name)
{
	_cleanup_free_ char *path = format("%s/%s/%s", cache->dir, sub, name);
	struct stat st;

	return path && !lstat(path, &st) && S_ISREG(st.st_mode) && st.st_uid == geteuid() && st.st_size;
}

static int write_all(int fd, const char *text, size_t len)
{
	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

int cache_write(const struct cache *cache, const char *sub, const char *name, const char *text, size_t len)
{
	_cleanup_free_ char *dir = format("%s/%s", cache->dir, sub);
	_cleanup_free_ char *path = format("%s/%s/%s", cache->dir, sub, name);
	_cleanup_free_ char *tmp = format("%s/%s/.XXXXXX", cache->dir, sub);
	int fd, ret;

	if (!dir || !path || !tmp)
		return -ENOMEM;
	ret = make_dirs(dir);
	if (ret)
		return ret;
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = write_all(fd, text, len);
	if (close(fd) && !ret)
		ret = -errno;
	/* Whoever reads it while we write finds the whole file or none. */
	if (!ret && rename(tmp, path))
		ret = -errno;
	if (ret)
		unlink(tmp);
	return ret;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The headers that BPF programs include: ours, written out from the library, and vmlinux.h, made from a kernel's types. */
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/btf/dump.h"
#include "common/btf/file.h"
#include "user/compile/compile.h"
#include "user/door/sys.h"
#include "user/error.h"

#define VMLINUX "/sys/kernel/btf/vmlinux"

static char *join(const char *dir, const char *sub)
{
	struct strbuf sb = STRBUF_INIT;

	strbuf_addf(&sb, "%s/%s", dir, sub);
	return strbuf_detach(&sb);
}

/* Into the cache, or, when that fails for want of room or rights, into a temporary one. */
static int put(struct cache *cache, const char *sub, const char *name, const char *text, size_t len)
{
	int ret = cache_write(cache, sub, name, text, len);

	if (ret && !cache->temporary)
		ret = cache_make_temporary(cache) ? ret : cache_write(cache, sub, name, text, len);
	return ret;
}

int headers_dir(struct cache *cache, char **dir)
{
	char sub[64], bpf[80];
	u64 key = 0;
	int ret = 0;

	for (const struct compile_header *h = compile_headers; h->name; h++)
		key = hash_bytes(key, h->text, strlen(h->text));
	snprintf(sub, sizeof(sub), "headers-%016llx", (unsigned long long)key);
	snprintf(bpf, sizeof(bpf), "%s/bpf", sub);
	for (const struct compile_header *h = compile_headers; h->name && !ret; h++)
		if (!cache_has(cache, bpf, h->name))
			ret = put(cache, bpf, h->name, h->text, strlen(h->text));
	/* A cache that became temporary half-way is filled from the start. */
	for (const struct compile_header *h = compile_headers; h->name && !ret; h++)
		if (!cache_has(cache, bpf, h->name))
			ret = put(cache, bpf, h->name, h->text, strlen(h->text));
	*dir = ret ? NULL : join(cache->dir, sub);
	return ret ? ret : *dir ? 0 : -ENOMEM;
}

static int read_types(const struct skep_compile_opts *opts, struct strbuf *out)
{
	const char *path = opts->btf ? opts->btf : VMLINUX;
	struct skep_door *files = skep_door_kernel();
	int ret = files ? door_read_file(files, path, out) : -ENOMEM;

	skep_door_free(files);
	if (ret && !opts->btf && opts->btf_data) {
		strbuf_reset(out);
		strbuf_add(out, opts->btf_data, opts->btf_data_len);
		ret = out->oom ? -ENOMEM : 0;
	}
	return ret;
}

static int make_vmlinux(struct cache *cache, const char *sub, const char *path, const struct strbuf *types, struct skep_error *err)
{
	struct strbuf why = STRBUF_INIT, text = STRBUF_INIT;
	struct btf *btf = btf_parse(types->s ? types->s : "", types->len, NULL, &why);
	struct btf_c_opts opts = {.kfuncs = true};
	int ret;

	if (!btf) {
		ret = error_set(err, SKEP_BAD_OBJECT, -errno, "%s: %s", path, strbuf_str(&why));
	} else {
		ret = btf_dump_c(btf, &opts, &text);
		if (!ret && text.oom)
			ret = -ENOMEM;
		if (!ret)
			ret = put(cache, sub, "vmlinux.h", strbuf_str(&text), text.len);
		if (ret)
			error_set(err, SKEP_FAILED, ret, "%s: cannot make vmlinux.h from it: %s", path, strerror(-ret));
	}
	btf_free(btf);
	strbuf_free(&why);
	strbuf_free(&text);
	return ret;
}

/* A kernel's image (or any ELF file with types) in place of its types. */
static int take_from_elf(const char *path, struct strbuf *types, struct skep_error *err)
{
	struct strbuf why = STRBUF_INIT;
	const char *raw;
	struct btf *btf;
	size_t len;
	int ret = 0;

	if (types->len < SELFMAG || memcmp(types->s, ELFMAG, SELFMAG))
		return 0;
	btf = btf_load_file(path, NULL, NULL, &why);
	if (!btf) {
		ret = error_set(err, SKEP_BAD_OBJECT, -errno, "%s: %s", path, strbuf_str(&why));
	} else {
		raw = btf_raw(btf, &len);
		strbuf_reset(types);
		strbuf_add(types, raw, len);
		ret = types->oom ? error_nomem(err) : 0;
	}
	btf_free(btf);
	strbuf_free(&why);
	return ret;
}

int vmlinux_dir(struct cache *cache, const struct skep_compile_opts *opts, char **dir, struct skep_error *err)
{
	const char *path = opts->btf ? opts->btf : VMLINUX;
	struct strbuf types = STRBUF_INIT;
	char sub[64];
	int ret = read_types(opts, &types);

	*dir = NULL;
	if (ret) {
		strbuf_free(&types);
		return error_set(err, SKEP_FAILED, ret == -ENOENT && opts->btf ? -EINVAL : ret, "%s: %s", path, strerror(-ret));
	}
	ret = take_from_elf(path, &types, err);
	if (ret) {
		strbuf_free(&types);
		return ret;
	}
	snprintf(sub, sizeof(sub), "vmlinux-%016llx", (unsigned long long)hash_bytes(hash_bytes(0, SKEP_VERSION, strlen(SKEP_VERSION)), types.s, types.len));
	if (!cache_has(cache, sub, "vmlinux.h"))
		ret = make_vmlinux(cache, sub, path, &types, err);
	strbuf_free(&types);
	if (!ret) {
		*dir = join(cache->dir, sub);
		ret = *dir ? 0 : error_nomem(err);
	}
	return ret;
}

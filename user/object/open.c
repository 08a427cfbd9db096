/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening an object: the driver of the stages, and what every object has (name, licence, version, types). */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/object/object.h"

void *array_add(void **array, u32 *count, size_t elem_size)
{
	u32 n = *count;
	void *grown, *elem;
	size_t bytes;

	if (!(n & (n - 1))) { /* full: the room is the next power of two */
		if (n > UINT32_MAX / 4 || __builtin_mul_overflow((size_t)(n ? n * 2 : 1), elem_size, &bytes))
			return NULL;
		grown = realloc(*array, bytes);
		if (!grown)
			return NULL;
		*array = grown;
	}
	elem = (char *)*array + n * elem_size;
	memset(elem, 0, elem_size);
	*count = n + 1;
	return elem;
}

/* Text of a section that holds one string, such as "license"; NULL when there is no memory. */
static char *section_string(const struct elf_section *s)
{
	return strndup(s->data ? (const char *)s->data : "", s->data ? s->size : 0);
}

static int read_license(struct skep_object *obj, struct skep_error *err)
{
	u32 license = elf_file_section(&obj->elf, "license");
	u32 version = elf_file_section(&obj->elf, "version");

	obj->license = license ? section_string(&obj->elf.sections[license]) : strdup("");
	if (!obj->license)
		return error_nomem(err);
	if (version) {
		const struct elf_section *s = &obj->elf.sections[version];

		if (s->size != sizeof(u32) || !s->data)
			return error_set(err, SKEP_BAD_OBJECT, -EINVAL,
					 "%s: section version: %llu bytes, a kernel version has 4: drop it, it is not needed any more", obj->name,
					 (unsigned long long)s->size);
		memcpy(&obj->kern_version, s->data, sizeof(u32));
	}
	return 0;
}

int object_read_btf(struct skep_object *obj, struct skep_error *err)
{
	u32 btf = elf_file_section(&obj->elf, ".BTF"), ext = elf_file_section(&obj->elf, ".BTF.ext");
	struct strbuf why = STRBUF_INIT;
	const struct elf_section *s;
	int ret = 0;

	if (!btf)
		return 0;
	s = &obj->elf.sections[btf];
	obj->btf = btf_parse(s->data ? s->data : (const u8 *)"", s->data ? s->size : 0, NULL, &why);
	if (!obj->btf) {
		ret = error_set(err, SKEP_BAD_OBJECT, -errno, "%s: section .BTF: %s: compile it again with clang -g -O2 -target bpf", obj->name,
				strbuf_str(&why));
	} else if (ext) {
		s = &obj->elf.sections[ext];
		obj->ext = btf_ext_parse(s->data ? s->data : (const u8 *)"", s->data ? s->size : 0, obj->btf, &why);
		if (!obj->ext)
			ret = error_set(err, SKEP_BAD_OBJECT, -errno, "%s: section .BTF.ext: %s: compile it again with clang -g -O2 -target bpf",
					obj->name, strbuf_str(&why));
	}
	strbuf_free(&why);
	return ret;
}

const struct btf_type *object_datasec(const struct skep_object *obj, const char *name, u32 *id)
{
	s32 found = obj->btf ? btf_find(obj->btf, name, BTF_KIND_DATASEC) : -ENOENT;

	if (found < 0)
		return NULL;
	if (id)
		*id = (u32)found;
	return btf_type(obj->btf, (u32)found);
}

static int open_stages(struct skep_object *obj, const void *data, size_t len, struct skep_error *err)
{
	static int (*const stages[])(struct skep_object *, struct skep_error *) = {
		read_license,
		object_read_btf,
		object_find_funcs,
		object_find_externs,
		object_find_legacy_maps,
		object_find_btf_maps,
		object_find_data_maps,
		object_find_map_slots,
		object_find_relocs,
		object_find_core_relocs,
		object_find_programs,
	};
	int ret = elf_file_open(&obj->elf, obj->name, data, len, err);

	for (size_t i = 0; !ret && i < ARRAY_SIZE(stages); i++)
		ret = stages[i](obj, err);
	return ret;
}

struct skep_object *skep_object_open_mem(const void *data, size_t len, const struct skep_object_open_opts *opts, struct skep_error *err)
{
	const char *name = opts && opts->name ? opts->name : "object";
	const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	struct skep_object *obj = calloc(1, sizeof(*obj));
	int ret;

	if (!obj)
		goto nomem;
	obj->btf_fd = -1;
	obj->kconfig_map = -1;
	obj->name = strdup(name);
	obj->stem = strndup(base, strcspn(base, "."));
	if (!obj->name || !obj->stem)
		goto nomem;
	ret = open_stages(obj, data, len, err);
	if (!ret)
		return obj;
	skep_object_close(obj);
	errno = -ret;
	return NULL;
nomem:
	if (obj)
		skep_object_close(obj);
	errno = ENOMEM;
	error_nomem(err);
	return NULL;
}

static int read_file(const char *path, char **data, size_t *len)
{
	struct strbuf buf = STRBUF_INIT;
	char chunk[16384];
	int fd = open(path, O_RDONLY | O_CLOEXEC), ret = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -errno;
	while (n) {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno != EINTR) {
			ret = -errno;
			break;
		}
		if (n > 0)
			strbuf_add(&buf, chunk, (size_t)n);
	}
	close(fd);
	*len = buf.len;
	*data = buf.oom || ret ? NULL : strbuf_detach(&buf);
	strbuf_free(&buf);
	return ret ? ret : *data ? 0 : -ENOMEM;
}

struct skep_object *skep_object_open_file(const char *path, const struct skep_object_open_opts *opts, struct skep_error *err)
{
	struct skep_object_open_opts named = {.sz = sizeof(named), .name = opts && opts->name ? opts->name : path};
	_cleanup_free_ char *data = NULL;
	size_t len;
	int ret = read_file(path, &data, &len);

	if (ret) {
		error_set(err, SKEP_FAILED, ret, "%s: %s", path, strerror(-ret));
		errno = -ret;
		return NULL;
	}
	return skep_object_open_mem(data, len, &named, err);
}

static void free_map(struct skep_map *m)
{
	if (m->mmapped)
		munmap(m->mmapped, round_up_u64(m->data_len, (u64)sysconf(_SC_PAGESIZE)));
	if (m->fd >= 0)
		close(m->fd);
	free(m->name);
	free(m->sys_name);
	free(m->slots);
	free(m->pin_path);
	free(m->data);
}

static void free_program(struct skep_program *p)
{
	if (p->fd >= 0)
		close(p->fd);
	free(p->target);
	free(p->log);
	free(p->insns);
	free(p->parts);
}

void skep_object_close(struct skep_object *obj)
{
	if (!obj)
		return;
	for (u32 i = 0; i < obj->nr_progs; i++)
		free_program(&obj->progs[i]);
	for (u32 i = 0; i < obj->nr_maps; i++)
		free_map(&obj->maps[i]);
	for (u32 i = 0; i < obj->nr_funcs; i++) {
		free(obj->funcs[i].relocs);
		free(obj->funcs[i].cores);
	}
	if (obj->btf_fd >= 0)
		close(obj->btf_fd);
	btf_ext_free(obj->ext);
	btf_free(obj->record_types);
	btf_free(obj->btf);
	elf_file_close(&obj->elf);
	free(obj->progs);
	free(obj->maps);
	free(obj->funcs);
	free(obj->externs);
	free(obj->license);
	free(obj->name);
	free(obj->stem);
	free(obj);
}

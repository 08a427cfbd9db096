/* SPDX-License-Identifier: BSD-2-Clause */
/* Loading an object: the driver of the stages, and the types of the engine that several of them need. */
#include "user/load/load.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/btf/file.h"

#define VMLINUX "/sys/kernel/btf/vmlinux"

void load_note(struct load *l, const char *fmt, ...)
{
	struct strbuf text = STRBUF_INIT;
	va_list ap;

	if (!l->opts.note)
		return;
	va_start(ap, fmt);
	strbuf_vaddf(&text, fmt, ap);
	va_end(ap);
	l->opts.note(l->opts.note_ctx, strbuf_str(&text));
	strbuf_free(&text);
}

static struct btf *parse_types(struct load *l, const char *where, const struct strbuf *data)
{
	struct strbuf why = STRBUF_INIT;
	struct btf *btf = btf_parse(data->s ? data->s : "", data->len, NULL, &why);

	if (!btf)
		error_set(l->err, SKEP_BAD_OBJECT, -errno, "%s: %s", where, strbuf_str(&why));
	strbuf_free(&why);
	return btf;
}

const struct btf *load_vmlinux(struct load *l)
{
	struct strbuf data = STRBUF_INIT;
	int ret;

	if (l->vmlinux)
		return l->vmlinux;
	ret = door_read_file(l->door, VMLINUX, &data);
	if (ret)
		error_set(l->err, SKEP_FAILED, ret, "%s: %s: %s: this engine shows no types of its own: give them with a file (target_btf)", l->obj->name,
			  VMLINUX, error_str(ret));
	else
		l->vmlinux = parse_types(l, VMLINUX, &data);
	strbuf_free(&data);
	return l->vmlinux;
}

/* A file of raw BTF, or an ELF file with a .BTF section. */
static struct btf *read_custom(struct load *l, const char *path)
{
	struct strbuf why = STRBUF_INIT;
	struct btf *btf = btf_load_file(path, NULL, NULL, &why);

	if (!btf)
		error_set(l->err, errno == EINVAL || errno == ENODATA ? SKEP_BAD_OBJECT : SKEP_FAILED, -errno, "%s: %s", path, strbuf_str(&why));
	strbuf_free(&why);
	return btf;
}

struct core_target *load_target(struct load *l)
{
	if (!l->target.btf && l->opts.target_btf)
		l->target.btf = l->custom = read_custom(l, l->opts.target_btf);
	else if (!l->target.btf)
		l->target.btf = load_vmlinux(l);
	return l->target.btf ? &l->target : NULL;
}

/* Back to what the object was when it was opened; programs keep their instructions for those who explain a refusal. */
static void unload(struct skep_object *obj)
{
	for (u32 i = 0; i < obj->nr_progs; i++) {
		struct skep_program *p = &obj->progs[i];

		if (p->fd >= 0)
			close(p->fd);
		p->fd = -1;
	}
	for (u32 i = 0; i < obj->nr_maps; i++) {
		struct skep_map *m = &obj->maps[i];

		if (m->mmapped)
			munmap(m->mmapped, round_up_u64(m->data_len, (u64)sysconf(_SC_PAGESIZE)));
		m->mmapped = NULL;
		if (m->fd >= 0 && !m->reused)
			close(m->fd);
		if (!m->reused)
			m->fd = -1;
	}
	if (obj->btf_fd >= 0)
		close(obj->btf_fd);
	obj->btf_fd = -1;
	obj->door = NULL;
}

/* Linux before 5.11 counts maps and programs as locked memory, and says EPERM, even to root, when there is more than 64 KiB of it. */
bool load_lift_memlock(struct load *l)
{
	struct rlimit limit;

	if (l->lifted || strcmp(l->door->ops->name, "kernel") != 0 || getrlimit(RLIMIT_MEMLOCK, &l->memlock) ||
	    l->memlock.rlim_cur == RLIM_INFINITY)
		return false;
	limit = (struct rlimit){.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
	if (setrlimit(RLIMIT_MEMLOCK, &limit)) {
		limit = (struct rlimit){.rlim_cur = l->memlock.rlim_max, .rlim_max = l->memlock.rlim_max};
		if (l->memlock.rlim_cur == l->memlock.rlim_max || setrlimit(RLIMIT_MEMLOCK, &limit))
			return false;
	}
	l->lifted = true;
	return true;
}

static void end_load(struct load *l)
{
	/* Memory is counted when it is asked for: what is there stays. */
	if (l->lifted)
		setrlimit(RLIMIT_MEMLOCK, &l->memlock);
	for (u32 i = 0; i < l->obj->nr_funcs && l->resolved; i++)
		free(l->resolved[i]);
	free(l->resolved);
	core_failures_free(&l->failures);
	core_target_free(&l->target);
	btf_free(l->vmlinux);
	btf_free(l->custom);
}

int skep_object_load(struct skep_object *obj, struct skep_door *door, const struct skep_object_load_opts *opts, struct skep_error *err)
{
	static int (*const stages[])(struct load *) = {
		load_btf, load_externs, load_maps, load_link, load_programs, load_slots,
	};
	struct load l = {.obj = obj, .door = door, .err = err};
	int ret = 0;

	if (obj->door)
		return error_set(err, SKEP_USAGE, -EBUSY, "%s: already loaded", obj->name);
	if (opts)
		memcpy(&l.opts, opts, min_of(opts->sz, sizeof(l.opts)));
	l.resolved = calloc(obj->nr_funcs + 1, sizeof(*l.resolved));
	if (!l.resolved)
		return error_nomem(err);
	obj->door = door;
	for (size_t i = 0; i < ARRAY_SIZE(stages) && !ret; i++)
		ret = stages[i](&l);
	end_load(&l);
	if (ret)
		unload(obj);
	return ret;
}

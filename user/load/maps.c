/* SPDX-License-Identifier: BSD-2-Clause */
/* Making an object's maps: inner models, pins, first values, and elements that hold other maps or programs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "user/load/load.h"

static const char *map_type_name(u32 type)
{
	static const char *const names[] = {
#define BPF_MAP_TYPE(name, value, text) [value] = text,
#include "common/uapi/map_types.def"
#undef BPF_MAP_TYPE
	};

	return type < ARRAY_SIZE(names) ? names[type] : "of an unknown type";
}

static int map_error(struct load *l, const struct skep_map *m, int code, const char *doing)
{
	const struct map_spec *s = &m->spec;
	const char *hint = "";

	if (code == -EPERM)
		hint = ": loading needs root (or CAP_BPF); the user engine needs neither";
	else if (code == -EINVAL && !s->max_entries)
		hint = ": set max_entries";
	else if (code == -EINVAL && !s->key_size)
		hint = ": set key";
	return error_set(l->err, SKEP_FAILED, code, "%s: map %s (%s, key %u, value %u, %u entries, flags 0x%x): %s: %s%s", l->obj->name, m->name,
			 map_type_name(s->type), s->key_size, s->value_size, s->max_entries, s->flags, doing, error_str(code), hint);
}

static u32 ring_size(u32 asked)
{
	u64 size = (u64)sysconf(_SC_PAGESIZE);

	while (size < asked)
		size *= 2;
	return size > UINT32_MAX ? asked : (u32)size;
}

static void complete_spec(struct map_spec *s)
{
	if (s->type == BPF_MAP_TYPE_PERF_EVENT_ARRAY) {
		if (!s->max_entries)
			s->max_entries = (u32)max_of(skep_nr_possible_cpus(), 1);
		if (!s->key_size && !s->value_size)
			s->key_size = s->value_size = sizeof(u32);
	}
	if ((s->type == BPF_MAP_TYPE_RINGBUF || s->type == BPF_MAP_TYPE_USER_RINGBUF) && s->max_entries)
		s->max_entries = ring_size(s->max_entries);
}

/* Some kinds of map take no types, and old engines map no arrays: ask for less until it is granted. */
static int create(struct load *l, const char *name, const struct map_spec *s, int inner_fd, bool data)
{
	struct sys_map_create c = {
		.type = s->type,
		.key_size = s->key_size,
		.value_size = s->value_size,
		.max_entries = s->max_entries,
		.flags = s->flags,
		.name = name,
		.numa_node = s->numa_node,
		.inner_map_fd = max_of(inner_fd, 0),
		.map_extra = s->map_extra,
	};
	int fd, first;

	if (l->obj->btf_fd >= 0 && (s->btf_key_type_id || s->btf_value_type_id)) {
		c.btf_fd = l->obj->btf_fd;
		c.btf_key_type_id = s->btf_key_type_id;
		c.btf_value_type_id = s->btf_value_type_id;
	}
	fd = sys_map_create(l->door, &c);
	if (fd == -EPERM && load_lift_memlock(l))
		fd = sys_map_create(l->door, &c);
	first = fd;
	if (fd < 0 && fd != -EPERM && c.btf_fd) {
		c.btf_fd = 0;
		c.btf_key_type_id = c.btf_value_type_id = 0;
		fd = sys_map_create(l->door, &c);
	}
	if (fd < 0 && fd != -EPERM && data) {
		c.flags &= ~(u32)BPF_F_MMAPABLE;
		fd = sys_map_create(l->door, &c);
	}
	return fd < 0 ? first : fd;
}

static bool same_map(struct load *l, const struct skep_map *m, int fd)
{
	struct bpf_map_info info = {};
	u32 len = sizeof(info);

	return !sys_obj_info(l->door, fd, &info, &len) && info.type == m->spec.type && info.key_size == m->spec.key_size &&
	       info.value_size == m->spec.value_size && info.max_entries == m->spec.max_entries;
}

/* The map that is pinned there already: its descriptor, -ENOENT, or an error line. */
static int reuse_pinned(struct load *l, struct skep_map *m)
{
	int fd = sys_obj_get(l->door, m->pin_path);

	if (fd < 0)
		return fd == -ENOENT ? fd : map_error(l, m, fd, m->pin_path);
	if (same_map(l, m, fd)) {
		m->fd = fd;
		return 0;
	}
	close(fd);
	return error_set(l->err, SKEP_FAILED, -EEXIST, "%s: map %s: another map is pinned at %s: remove it, or pin this one elsewhere", l->obj->name, m->name,
			 m->pin_path);
}

static int choose_pin_path(struct load *l, struct skep_map *m)
{
	struct strbuf path = STRBUF_INIT;

	if (m->pin_path || !m->pin_by_name)
		return 0;
	strbuf_addf(&path, "%s/%s", l->opts.pin_root ? l->opts.pin_root : "/sys/fs/bpf", m->name);
	m->pin_path = strbuf_detach(&path);
	return m->pin_path ? 0 : error_nomem(l->err);
}

/* What the section holds at the start; those that programs may only read are closed to everybody else too. */
static int set_initial_value(struct load *l, struct skep_map *m)
{
	bool constant = m->origin == MAP_RODATA || m->origin == MAP_KCONFIG;
	u32 zero = 0;
	int ret = sys_map_update(l->door, m->fd, &zero, m->data, 0);

	if (ret)
		return map_error(l, m, ret, "setting its first value");
	if (constant) {
		ret = sys_map_freeze(l->door, m->fd);
		if (ret && ret != -EINVAL && ret != -EOPNOTSUPP)
			return map_error(l, m, ret, "freezing");
	}
	/* A convenience for callers: without it they go through the element commands. */
	m->mmapped = l->door->ops->mmap(l->door, round_up_u64(m->data_len, (u64)sysconf(_SC_PAGESIZE)), constant ? PROT_READ : PROT_READ | PROT_WRITE,
					MAP_SHARED, m->fd, 0);
	return 0;
}

static int make_map(struct load *l, struct skep_map *m)
{
	int inner = -1, ret;

	complete_spec(&m->spec);
	ret = choose_pin_path(l, m);
	if (ret)
		return ret;
	if (m->pin_path) {
		ret = reuse_pinned(l, m);
		if (ret != -ENOENT)
			return ret;
	}
	if (m->has_inner) {
		complete_spec(&m->inner);
		inner = create(l, "inner", &m->inner, -1, false);
		if (inner < 0)
			return map_error(l, m, inner, "making the model of its inner maps");
	}
	ret = create(l, m->sys_name, &m->spec, inner, m->data);
	if (inner >= 0)
		close(inner);
	if (ret < 0)
		return map_error(l, m, ret, "cannot be made");
	m->fd = ret;
	ret = m->data ? set_initial_value(l, m) : 0;
	if (!ret && m->pin_path) {
		ret = sys_obj_pin(l->door, m->fd, m->pin_path);
		if (ret)
			ret = map_error(l, m, ret, m->pin_path);
	}
	return ret;
}

static int set_slots(struct load *l, struct skep_map *m, bool funcs)
{
	for (u32 i = 0; i < m->nr_slots; i++) {
		const struct map_slot *slot = &m->slots[i];
		int fd = -1, ret;

		if (slot->is_func != funcs)
			continue;
		if (funcs) {
			for (u32 p = 0; p < l->obj->nr_progs; p++)
				if (l->obj->progs[p].func == slot->target)
					fd = l->obj->progs[p].fd;
		} else {
			fd = l->obj->maps[slot->target].fd;
		}
		if (fd < 0)
			continue; /* a program that is set aside */
		ret = sys_map_update(l->door, m->fd, &slot->index, &fd, 0);
		if (ret)
			return map_error(l, m, ret, "setting its values");
	}
	return 0;
}

int load_maps(struct load *l)
{
	struct skep_object *obj = l->obj;
	int ret = 0;

	for (u32 i = 0; i < obj->nr_maps && !ret; i++) {
		obj->maps[i].door = l->door;
		if (!obj->maps[i].reused)
			ret = make_map(l, &obj->maps[i]);
	}
	for (u32 i = 0; i < obj->nr_maps && !ret; i++)
		ret = set_slots(l, &obj->maps[i], false);
	return ret;
}

/* iproute2's tail calls: a program of section "N/M" is element M of the map with id N. */
static int set_numbered(struct load *l, const struct skep_program *p)
{
	unsigned int id, index;
	int end = 0, ret;

	if (p->fd < 0 || sscanf(p->section, "%u/%u%n", &id, &index, &end) != 2 || p->section[end])
		return 0;
	for (u32 i = 0; i < l->obj->nr_maps; i++) {
		struct skep_map *m = &l->obj->maps[i];

		if (m->origin != MAP_LEGACY || m->legacy_id != id || m->spec.type != BPF_MAP_TYPE_PROG_ARRAY)
			continue;
		ret = sys_map_update(l->door, m->fd, &index, &p->fd, 0);
		if (ret)
			return map_error(l, m, ret, p->section);
	}
	return 0;
}

int load_slots(struct load *l)
{
	int ret = 0;

	for (u32 i = 0; i < l->obj->nr_maps && !ret; i++)
		ret = set_slots(l, &l->obj->maps[i], true);
	for (u32 i = 0; i < l->obj->nr_progs && !ret; i++)
		ret = set_numbered(l, &l->obj->progs[i]);
	return ret;
}

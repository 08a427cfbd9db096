/* SPDX-License-Identifier: BSD-2-Clause */
/* What all map types share: the table of types, segments, mappings, and the defaults of bpf(2)'s element commands. */
#include "engine/maps/map.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/maps/copy.h"
#include "engine/object/kmem.h"
#include "engine/run.h"

#define MAP_OPS(name, ops) extern const struct map_ops ops;
#include "engine/maps/types.def"
#undef MAP_OPS

const struct map_ops *const map_type_ops[__MAX_BPF_MAP_TYPE] = {
#define MAP_OPS(name, ops) [BPF_MAP_TYPE_##name] = &ops,
#include "engine/maps/types.def"
#undef MAP_OPS
};

/* Larger segments than user address space could hold are refused before the system is asked. */
#define SEGMENT_MAX ((size_t)1 << 46)

u32 map_user_value_size(const struct bpf_map *map)
{
	return map->ops->per_cpu ? map_percpu_stride(map) * map->obj.engine->nr_cpus : map->value_size;
}

u32 map_this_cpu(const struct bpf_map *map)
{
	if (likely(run_current && run_current->engine == map->obj.engine))
		return run_current->cpu;
	return (u32)sched_getcpu() % map->obj.engine->nr_cpus;
}

int map_alloc_segment(struct bpf_map *map, size_t len, bool shared)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	int fd = -1;
	void *mem;

	if (len > SEGMENT_MAX)
		return -ENOMEM;
	len = round_up_u64(len, page);
	if (shared) {
		/* Who maps it must not be able to cut it short under the engine. */
		fd = memfd_create("skep-map", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		if (fd < 0 || ftruncate(fd, (off_t)len) || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW)) {
			if (fd >= 0)
				close(fd);
			return -ENOMEM;
		}
		flags = MAP_SHARED | MAP_NORESERVE;
	}
	mem = mmap(NULL, len, PROT_READ | PROT_WRITE, flags, fd, 0);
	map->mem = mem == MAP_FAILED ? NULL : mem;
	map->mem_len = len;
	map->memfd = fd;
	if (map->mem && !map_show_segment(map, 0))
		return 0;
	if (map->mem)
		munmap(map->mem, map->mem_len);
	map->mem = NULL;
	map_free_segment(map);
	return -ENOMEM;
}

int map_show_segment(struct bpf_map *map, size_t from)
{
	struct kmem *kmem = map->obj.engine->kmem;

	return kmem ? kmem_register(kmem, (char *)map->mem + from, map->mem_len - from) : 0;
}

void map_hide_segment(struct bpf_map *map, size_t from)
{
	if (map->obj.engine->kmem)
		kmem_unregister(map->obj.engine->kmem, (char *)map->mem + from);
}

void map_free_segment(struct bpf_map *map)
{
	if (map->mem) {
		map_hide_segment(map, 0);
		munmap(map->mem, map->mem_len);
	}
	map->mem = NULL;
	if (map->memfd >= 0)
		close(map->memfd);
	map->memfd = -1;
}

int map_mmap_pieces(struct bpf_map *map, size_t length, int prot, off_t offset, struct map_piece pieces[MAP_MAX_PIECES])
{
	if (!map->ops->mmap || map->spin_lock_off >= 0 || map->timer_off >= 0)
		return -ENOTSUPP;
	if ((prot & PROT_WRITE) && map->frozen)
		return -EPERM;
	if ((prot & PROT_WRITE) && (map->map_flags & BPF_F_RDONLY_PROG))
		return -EACCES;
	return map->ops->mmap(map, offset, length, prot, pieces);
}

void *map_mmap(struct bpf_map *map, size_t length, int prot, off_t offset)
{
	struct map_piece pieces[MAP_MAX_PIECES];
	int n = map_mmap_pieces(map, length, prot, offset, pieces);
	char *base;

	if (n < 0) {
		errno = -n;
		return NULL;
	}
	base = mmap(NULL, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (base == MAP_FAILED)
		return NULL;
	for (int i = 0; i < n; i++) {
		const struct map_piece *p = &pieces[i];

		if (mmap(base + p->at, p->len, prot, MAP_SHARED | MAP_FIXED, p->fd, p->segment_offset) == MAP_FAILED) {
			munmap(base, length);
			return NULL;
		}
	}
	return base;
}

static bool lock_flag_ok(const struct bpf_map *map, u64 flags)
{
	return !(flags & BPF_F_LOCK) || map->spin_lock_off >= 0;
}

int map_user_lookup(struct bpf_map *map, const void *key, void *value, u64 flags)
{
	void *elem;

	if ((flags & ~(u64)BPF_F_LOCK) || !lock_flag_ok(map, flags))
		return -EINVAL;
	if (map->ops->user_lookup)
		return map->ops->user_lookup(map, key, value, flags);
	if (!map->ops->lookup)
		return -ENOTSUPP;
	elem = map->ops->lookup(map, key);
	if (!elem)
		return -ENOENT;
	if (flags & BPF_F_LOCK)
		map_value_load_locked(map, value, elem);
	else
		map_value_load(map, value, elem);
	return 0;
}

int map_user_update(struct bpf_map *map, const void *key, const void *value, u64 flags, struct caller *caller)
{
	if (!lock_flag_ok(map, flags))
		return -EINVAL;
	if (map->ops->user_update)
		return map->ops->user_update(map, key, value, flags, caller);
	return map->ops->update ? map->ops->update(map, key, value, flags) : -ENOTSUPP;
}

int map_user_delete(struct bpf_map *map, const void *key)
{
	return map->ops->delete ? map->ops->delete(map, key) : -ENOTSUPP;
}

int map_user_next_key(struct bpf_map *map, const void *key, void *next_key)
{
	return map->ops->next_key ? map->ops->next_key(map, key, next_key) : -ENOTSUPP;
}

int map_user_lookup_and_delete(struct bpf_map *map, const void *key, void *value, u64 flags)
{
	if ((flags & ~(u64)BPF_F_LOCK) || !lock_flag_ok(map, flags))
		return -EINVAL;
	return map->ops->user_lookup_and_delete ? map->ops->user_lookup_and_delete(map, key, value, flags) : -ENOTSUPP;
}

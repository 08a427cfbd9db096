/* SPDX-License-Identifier: BSD-2-Clause */
/* Ids, descriptors from ids, pins. */
#include <limits.h>
#include <stdlib.h>

#include "engine/object/table.h"
#include "engine/sys/commands.h"

static int next_id(struct caller *caller, const union bpf_attr *attr, u64 uattr, enum obj_kind kind)
{
	u32 next;

	if (attr->start_id >= INT_MAX || attr->open_flags || attr->fd_by_id_token_fd)
		return -EINVAL;
	next = obj_next_id(caller->engine, kind, attr->start_id);
	return next ? put_attr(caller, uattr, next_id, next) : -ENOENT;
}

int cmd_PROG_GET_NEXT_ID(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	return next_id(caller, attr, uattr, OBJ_PROG);
}

int cmd_MAP_GET_NEXT_ID(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	return next_id(caller, attr, uattr, OBJ_MAP);
}

int cmd_BTF_GET_NEXT_ID(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	return next_id(caller, attr, uattr, OBJ_BTF);
}

int cmd_LINK_GET_NEXT_ID(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	return next_id(caller, attr, uattr, OBJ_LINK);
}

static int fd_by_id(struct caller *caller, u32 id, enum obj_kind kind, unsigned int flags)
{
	struct obj *obj = obj_by_id(caller->engine, kind, id);

	return obj ? handle_new_or_put(caller, obj, flags) : -ENOENT;
}

/* BPF_F_RDONLY and BPF_F_WRONLY as handle flags, or -EINVAL. */
static int open_mode(u32 flags)
{
	if ((flags & BPF_F_RDONLY) && (flags & BPF_F_WRONLY))
		return -EINVAL;
	return (int)(((flags & BPF_F_RDONLY) ? HANDLE_RDONLY : 0) | ((flags & BPF_F_WRONLY) ? HANDLE_WRONLY : 0));
}

int cmd_PROG_GET_FD_BY_ID(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	return fd_by_id(caller, attr->prog_id, OBJ_PROG, 0);
}

int cmd_MAP_GET_FD_BY_ID(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	int flags;

	if (attr->open_flags & ~(u32)(BPF_F_RDONLY | BPF_F_WRONLY))
		return -EINVAL;
	flags = open_mode(attr->open_flags);
	if (flags < 0)
		return flags;
	return fd_by_id(caller, attr->map_id, OBJ_MAP, (unsigned int)flags);
}

int cmd_BTF_GET_FD_BY_ID(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	if (attr->open_flags & ~(u32)BPF_F_TOKEN_FD)
		return -EINVAL;
	if (attr->open_flags & BPF_F_TOKEN_FD)
		return -EOPNOTSUPP;
	return fd_by_id(caller, attr->btf_id, OBJ_BTF, 0);
}

int cmd_LINK_GET_FD_BY_ID(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	return fd_by_id(caller, attr->link_id, OBJ_LINK, 0);
}

#define PIN_PATH_MAX 4096

/* An absolute path without empty and dot components; 0 or -errno. */
static int normalise(char *path)
{
	char *out = path, *in = path;

	if (*in != '/')
		return -EPERM;
	while (*in) {
		size_t n;

		while (*in == '/')
			in++;
		n = strcspn(in, "/");
		if (!n)
			break;
		if (in[0] == '.' && (n == 1 || (n == 2 && in[1] == '.')))
			return -EPERM;
		*out++ = '/';
		memmove(out, in, n);
		out += n;
		in += n;
	}
	*out = 0;
	return out == path ? -EPERM : 0;
}

static int pin_path(struct caller *caller, u64 upath, char **path)
{
	long n;
	int err;

	*path = malloc(PIN_PATH_MAX);
	if (!*path)
		return -ENOMEM;
	n = copy_str_from_caller(caller, *path, upath, PIN_PATH_MAX);
	if (n == 0)
		return -ENOENT;
	if (n < 0)
		return n == -E2BIG ? -ENAMETOOLONG : (int)n;
	err = normalise(*path);
	return err;
}

int cmd_OBJ_PIN(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	_cleanup_free_ char *path = NULL;
	struct obj *obj;
	int err;

	if (attr->file_flags & ~(u32)BPF_F_PATH_FD)
		return -EINVAL;
	if (attr->file_flags & BPF_F_PATH_FD)
		return -EOPNOTSUPP;
	if (attr->path_fd)
		return -EINVAL;
	obj = handle_obj_any(caller, (int)attr->bpf_fd, NULL);
	if (!obj)
		return -EINVAL;
	err = obj->kind == OBJ_BTF || obj->kind >= OBJ_ID_KINDS ? -EINVAL : pin_path(caller, attr->pathname, &path);
	if (!err)
		err = pin_add(caller->engine, path, obj);
	obj_put(obj);
	return err;
}

int cmd_OBJ_GET(struct caller *caller, union bpf_attr *attr, u64 uattr, u32 size)
{
	_cleanup_free_ char *path = NULL;
	struct obj *obj;
	int err, mode;

	if (attr->bpf_fd || (attr->file_flags & ~(u32)(BPF_F_RDONLY | BPF_F_WRONLY | BPF_F_PATH_FD)))
		return -EINVAL;
	if (attr->file_flags & BPF_F_PATH_FD)
		return -EOPNOTSUPP;
	if (attr->path_fd)
		return -EINVAL;
	mode = open_mode(attr->file_flags);
	if (mode < 0)
		return mode;
	err = pin_path(caller, attr->pathname, &path);
	if (err)
		return err;
	obj = pin_get(caller->engine, path);
	if (!obj)
		return -errno;
	if (obj->kind == OBJ_LINK && mode) {
		obj_put(obj);
		return -EINVAL;
	}
	return handle_new_or_put(caller, obj, (unsigned int)mode);
}

int skep_engine_unlink(struct skep_engine *engine, const char *path)
{
	_cleanup_free_ char *copy = strdup(path);
	int err = copy ? normalise(copy) : -ENOMEM;

	return err ? err : pin_remove(engine, copy);
}

/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/door/sys.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Bytes of the attribute that a command uses: engines that do not know later members then have no quarrel with them. */
#define ATTR_UPTO(member) (offsetof(union bpf_attr, member) + sizeof(((union bpf_attr *)NULL)->member))

static int call(struct skep_door *door, int cmd, union bpf_attr *attr, size_t size)
{
	return door->ops->bpf(door, cmd, attr, (unsigned int)size);
}

/* Object names are at most 15 of [A-Za-z0-9_.]. */
static void set_name(char dst[BPF_OBJ_NAME_LEN], const char *name)
{
	size_t n;

	if (!name)
		return;
	for (n = 0; n + 1 < BPF_OBJ_NAME_LEN && name[n]; n++)
		dst[n] = isalnum((unsigned char)name[n]) || name[n] == '_' || name[n] == '.' ? name[n] : '_';
}

int sys_map_create(struct skep_door *door, const struct sys_map_create *c)
{
	union bpf_attr attr = {
		.map_type = c->type,
		.key_size = c->key_size,
		.value_size = c->value_size,
		.max_entries = c->max_entries,
		.map_flags = c->flags,
		.inner_map_fd = (u32)c->inner_map_fd,
		.numa_node = c->numa_node,
		.map_ifindex = c->ifindex,
		.btf_fd = (u32)c->btf_fd,
		.btf_key_type_id = c->btf_key_type_id,
		.btf_value_type_id = c->btf_value_type_id,
		.btf_vmlinux_value_type_id = c->btf_vmlinux_value_type_id,
		.map_extra = c->map_extra,
	};

	set_name(attr.map_name, c->name);
	return call(door, BPF_MAP_CREATE, &attr, ATTR_UPTO(map_extra));
}

int sys_map_lookup(struct skep_door *door, int fd, const void *key, void *value, u64 flags)
{
	union bpf_attr attr = {.map_fd = (u32)fd, .key = ptr_to_u64(key), .value = ptr_to_u64(value), .flags = flags};

	return call(door, BPF_MAP_LOOKUP_ELEM, &attr, ATTR_UPTO(flags));
}

int sys_map_update(struct skep_door *door, int fd, const void *key, const void *value, u64 flags)
{
	union bpf_attr attr = {.map_fd = (u32)fd, .key = ptr_to_u64(key), .value = ptr_to_u64(value), .flags = flags};

	return call(door, BPF_MAP_UPDATE_ELEM, &attr, ATTR_UPTO(flags));
}

int sys_map_delete(struct skep_door *door, int fd, const void *key)
{
	union bpf_attr attr = {.map_fd = (u32)fd, .key = ptr_to_u64(key)};

	return call(door, BPF_MAP_DELETE_ELEM, &attr, ATTR_UPTO(key));
}

int sys_map_next_key(struct skep_door *door, int fd, const void *key, void *next)
{
	union bpf_attr attr = {.map_fd = (u32)fd, .key = ptr_to_u64(key), .next_key = ptr_to_u64(next)};

	return call(door, BPF_MAP_GET_NEXT_KEY, &attr, ATTR_UPTO(next_key));
}

int sys_map_freeze(struct skep_door *door, int fd)
{
	union bpf_attr attr = {.map_fd = (u32)fd};

	return call(door, BPF_MAP_FREEZE, &attr, ATTR_UPTO(map_fd));
}

int sys_map_lookup_batch(struct skep_door *door, int fd, const void *in_batch, void *out_batch, void *keys, void *values, u32 *count)
{
	union bpf_attr attr = {.batch = {
				       .in_batch = ptr_to_u64(in_batch),
				       .out_batch = ptr_to_u64(out_batch),
				       .keys = ptr_to_u64(keys),
				       .values = ptr_to_u64(values),
				       .count = *count,
				       .map_fd = (u32)fd,
			       }};
	int ret = call(door, BPF_MAP_LOOKUP_BATCH, &attr, ATTR_UPTO(batch.flags));

	/* Only these two answers write the count back; after any other it still says what was asked for. */
	*count = !ret || ret == -ENOENT ? attr.batch.count : 0;
	return ret;
}

int sys_prog_load(struct skep_door *door, struct sys_prog_load *p)
{
	union bpf_attr attr = {
		.prog_type = p->type,
		.insn_cnt = p->insn_cnt,
		.insns = ptr_to_u64(p->insns),
		.license = ptr_to_u64(p->license ? p->license : ""),
		.log_level = p->log_level,
		.log_size = p->log_size,
		.log_buf = ptr_to_u64(p->log),
		.kern_version = p->kern_version,
		.prog_flags = p->flags,
		.prog_ifindex = p->ifindex,
		.expected_attach_type = p->expected_attach_type,
		.prog_btf_fd = (u32)p->btf_fd,
		.func_info_rec_size = p->func_info_rec_size,
		.func_info = ptr_to_u64(p->func_info),
		.func_info_cnt = p->func_info_cnt,
		.line_info_rec_size = p->line_info_rec_size,
		.line_info = ptr_to_u64(p->line_info),
		.line_info_cnt = p->line_info_cnt,
		.attach_btf_id = p->attach_btf_id,
		.attach_prog_fd = (u32)p->attach_fd,
		.fd_array = ptr_to_u64(p->fd_array),
	};
	int ret;

	set_name(attr.prog_name, p->name);
	ret = call(door, BPF_PROG_LOAD, &attr, ATTR_UPTO(log_true_size));
	p->log_true_size = attr.log_true_size;
	return ret;
}

int sys_btf_load(struct skep_door *door, const void *data, u32 size, char *log, u32 log_size, u32 log_level)
{
	union bpf_attr attr = {
		.btf = ptr_to_u64(data),
		.btf_size = size,
		.btf_log_buf = ptr_to_u64(log),
		.btf_log_size = log_size,
		.btf_log_level = log_level,
	};

	return call(door, BPF_BTF_LOAD, &attr, ATTR_UPTO(btf_log_true_size));
}

int sys_raw_tracepoint_open(struct skep_door *door, const char *name, int prog_fd, u64 cookie)
{
	union bpf_attr attr = {.raw_tracepoint = {.name = ptr_to_u64(name), .prog_fd = (u32)prog_fd, .cookie = cookie}};

	return call(door, BPF_RAW_TRACEPOINT_OPEN, &attr,
		    cookie ? ATTR_UPTO(raw_tracepoint.cookie) : ATTR_UPTO(raw_tracepoint.prog_fd));
}

int sys_link_create(struct skep_door *door, union bpf_attr *attr)
{
	return call(door, BPF_LINK_CREATE, attr, ATTR_UPTO(link_create));
}

int sys_prog_attach(struct skep_door *door, int prog_fd, int target_fd, u32 attach_type, u32 flags)
{
	union bpf_attr attr = {
		.target_fd = (u32)target_fd, .attach_bpf_fd = (u32)prog_fd, .attach_type = attach_type, .attach_flags = flags};

	return call(door, BPF_PROG_ATTACH, &attr, ATTR_UPTO(replace_bpf_fd));
}

int sys_prog_detach(struct skep_door *door, int prog_fd, int target_fd, u32 attach_type)
{
	union bpf_attr attr = {.target_fd = (u32)target_fd, .attach_bpf_fd = (u32)prog_fd, .attach_type = attach_type};

	return call(door, BPF_PROG_DETACH, &attr, ATTR_UPTO(replace_bpf_fd));
}

int sys_obj_pin(struct skep_door *door, int fd, const char *path)
{
	union bpf_attr attr = {.pathname = ptr_to_u64(path), .bpf_fd = (u32)fd};

	return call(door, BPF_OBJ_PIN, &attr, ATTR_UPTO(file_flags));
}

int sys_obj_get(struct skep_door *door, const char *path)
{
	union bpf_attr attr = {.pathname = ptr_to_u64(path)};

	return call(door, BPF_OBJ_GET, &attr, ATTR_UPTO(file_flags));
}

int sys_obj_info(struct skep_door *door, int fd, void *info, u32 *len)
{
	union bpf_attr attr = {.info = {.bpf_fd = (u32)fd, .info_len = *len, .info = ptr_to_u64(info)}};
	int ret = call(door, BPF_OBJ_GET_INFO_BY_FD, &attr, ATTR_UPTO(info));

	*len = attr.info.info_len;
	return ret;
}

int sys_fd_by_id(struct skep_door *door, enum bpf_cmd cmd, u32 id)
{
	union bpf_attr attr = {.start_id = id};

	return call(door, cmd, &attr, ATTR_UPTO(open_flags));
}

int sys_next_id(struct skep_door *door, enum bpf_cmd cmd, u32 id, u32 *next)
{
	union bpf_attr attr = {.start_id = id};
	int ret = call(door, cmd, &attr, ATTR_UPTO(open_flags));

	if (!ret)
		*next = attr.next_id;
	return ret;
}

int door_read_file(struct skep_door *door, const char *path, struct strbuf *out)
{
	int fd = door->ops->open(door, path, O_RDONLY);
	char buf[16384];
	ssize_t n;
	int ret;

	if (fd < 0)
		return fd;
	while ((n = read(fd, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break;
		strbuf_add(out, buf, (size_t)n);
	}
	ret = n < 0 ? -errno : out->oom ? -ENOMEM : 0;
	close(fd);
	return ret;
}

int door_read_number(struct skep_door *door, const char *path, u32 *out)
{
	struct strbuf text = STRBUF_INIT;
	int ret = door_read_file(door, path, &text);
	u64 n = 0;
	const char *s;

	if (!ret) {
		for (s = strbuf_str(&text); *s >= '0' && *s <= '9' && n <= UINT32_MAX; s++)
			n = n * 10 + (u64)(*s - '0');
		if (s == strbuf_str(&text) || n > UINT32_MAX)
			ret = -EINVAL;
		*out = (u32)n;
	}
	strbuf_free(&text);
	return ret;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bpf(2): the attribute rules, then one handler a command. An attr larger than the engine knows must be zero behind that
 * (E2BIG); a smaller one is extended with zeros; bytes behind a command's last field must be zero (EINVAL).
 */
#include <ctype.h>

#include "engine/object/table.h"
#include "engine/sys/commands.h"

#define ATTR_MAX_SIZE 4096 /* the kernel refuses more than a page without looking */

#define ATTR_END(field) (offsetof(union bpf_attr, field) + sizeof(((union bpf_attr *)0)->field))

/* Where each command's attributes end. */
static const u16 attr_end[__MAX_BPF_CMD] = {
	[BPF_MAP_CREATE] = ATTR_END(excl_prog_hash_size),
	[BPF_MAP_LOOKUP_ELEM] = ATTR_END(flags),
	[BPF_MAP_UPDATE_ELEM] = ATTR_END(flags),
	[BPF_MAP_DELETE_ELEM] = ATTR_END(key),
	[BPF_MAP_GET_NEXT_KEY] = ATTR_END(next_key),
	[BPF_PROG_LOAD] = ATTR_END(keyring_id),
	[BPF_OBJ_PIN] = ATTR_END(path_fd),
	[BPF_OBJ_GET] = ATTR_END(path_fd),
	[BPF_PROG_ATTACH] = ATTR_END(expected_revision),
	[BPF_PROG_DETACH] = ATTR_END(expected_revision),
	[BPF_PROG_TEST_RUN] = ATTR_END(test.batch_size),
	[BPF_PROG_GET_NEXT_ID] = ATTR_END(next_id),
	[BPF_MAP_GET_NEXT_ID] = ATTR_END(next_id),
	[BPF_BTF_GET_NEXT_ID] = ATTR_END(next_id),
	[BPF_LINK_GET_NEXT_ID] = ATTR_END(next_id),
	[BPF_PROG_GET_FD_BY_ID] = ATTR_END(prog_id),
	[BPF_MAP_GET_FD_BY_ID] = ATTR_END(open_flags),
	[BPF_BTF_GET_FD_BY_ID] = ATTR_END(fd_by_id_token_fd),
	[BPF_LINK_GET_FD_BY_ID] = ATTR_END(link_id),
	[BPF_OBJ_GET_INFO_BY_FD] = ATTR_END(info.info),
	[BPF_PROG_QUERY] = ATTR_END(query.revision),
	[BPF_RAW_TRACEPOINT_OPEN] = ATTR_END(raw_tracepoint.cookie),
	[BPF_BTF_LOAD] = ATTR_END(btf_token_fd),
	[BPF_TASK_FD_QUERY] = ATTR_END(task_fd_query.probe_addr),
	[BPF_MAP_LOOKUP_AND_DELETE_ELEM] = ATTR_END(flags),
	[BPF_MAP_FREEZE] = ATTR_END(map_fd),
	[BPF_MAP_LOOKUP_BATCH] = ATTR_END(batch.flags),
	[BPF_MAP_LOOKUP_AND_DELETE_BATCH] = ATTR_END(batch.flags),
	[BPF_MAP_UPDATE_BATCH] = ATTR_END(batch.flags),
	[BPF_MAP_DELETE_BATCH] = ATTR_END(batch.flags),
	[BPF_LINK_CREATE] = ATTR_END(link_create.uprobe_multi.pid),
	[BPF_LINK_UPDATE] = ATTR_END(link_update.old_prog_fd),
	[BPF_ENABLE_STATS] = ATTR_END(enable_stats.type),
	[BPF_ITER_CREATE] = ATTR_END(iter_create.flags),
	[BPF_LINK_DETACH] = ATTR_END(link_detach.link_fd),
	[BPF_PROG_BIND_MAP] = ATTR_END(prog_bind_map.flags),
	[BPF_TOKEN_CREATE] = ATTR_END(token_create.bpffs_fd),
	[BPF_PROG_STREAM_READ_BY_FD] = ATTR_END(prog_stream_read.prog_fd),
};

static int (*const handlers[__MAX_BPF_CMD])(struct caller *, union bpf_attr *, u64, u32) = {
#define BPF_COMMAND(name, value, text) [value] = cmd_##name,
#include "common/uapi/commands.def"
#undef BPF_COMMAND
};

static bool is_element_access(int cmd)
{
	return (cmd >= BPF_MAP_LOOKUP_ELEM && cmd <= BPF_MAP_GET_NEXT_KEY) || cmd == BPF_MAP_LOOKUP_AND_DELETE_ELEM ||
	       (cmd >= BPF_MAP_LOOKUP_BATCH && cmd <= BPF_MAP_DELETE_BATCH);
}

static bool all_zero(const void *p, size_t n)
{
	const u8 *b = p;

	while (n--)
		if (*b++)
			return false;
	return true;
}

int check_tail_zero(struct caller *caller, u64 addr, u32 expected, u32 actual)
{
	u8 tail[256];

	if (actual > ATTR_MAX_SIZE)
		return -E2BIG;
	for (u32 at = expected, n; at < actual; at += n) {
		int err;

		n = min_of(actual - at, (u32)sizeof(tail));
		err = copy_from_caller(caller, tail, addr + at, n);
		if (err)
			return err;
		if (!all_zero(tail, n))
			return -E2BIG;
	}
	return 0;
}

int sys_bpf(struct caller *caller, int cmd, u64 uattr, u32 size)
{
	union bpf_attr attr;
	int err;

	err = check_tail_zero(caller, uattr, sizeof(attr), size);
	if (err)
		return err;
	size = min_of(size, (u32)sizeof(attr));
	memset(&attr, 0, sizeof(attr));
	err = copy_from_caller(caller, &attr, uattr, size);
	if (err)
		return err;
	if (cmd < 0 || cmd >= __MAX_BPF_CMD)
		return -EINVAL;
	if (!all_zero((u8 *)&attr + attr_end[cmd], sizeof(attr) - attr_end[cmd]))
		return -EINVAL;
	if (!is_element_access(cmd))
		handle_reap(caller->engine);
	return handlers[cmd](caller, &attr, uattr, size);
}

int skep_engine_bpf(struct skep_engine *engine, int cmd, union bpf_attr *attr, unsigned int size)
{
	struct caller caller;

	caller_init_self(&caller, engine);
	return sys_bpf(&caller, cmd, ptr_to_u64(attr), size);
}

int obj_name_copy(char dst[BPF_OBJ_NAME_LEN], const char src[BPF_OBJ_NAME_LEN])
{
	size_t n = 0;

	memset(dst, 0, BPF_OBJ_NAME_LEN);
	while (n < BPF_OBJ_NAME_LEN && src[n]) {
		unsigned char c = (unsigned char)src[n];

		if (c > 127 || (!isalnum(c) && c != '_' && c != '.'))
			return -EINVAL;
		dst[n] = src[n];
		n++;
	}
	return n < BPF_OBJ_NAME_LEN ? (int)n : -EINVAL;
}

int handle_new_or_put(struct caller *caller, struct obj *obj, unsigned int flags)
{
	int fd = handle_new(caller, obj, flags);

	if (fd < 0)
		obj_put(obj);
	return fd;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bpf(2), typed: one function a command over a door. Each returns what the command returns (descriptors, 0) or -errno. Attributes
 * that a command has many of come in a small struct, zero where not said.
 */
#ifndef SKEP_DOOR_SYS_H
#define SKEP_DOOR_SYS_H

#include "common/uapi/bpf.h"
#include "common/util/strbuf.h"
#include "common/util/util.h"
#include "user/door/door.h"

struct sys_map_create {
	u32 type, key_size, value_size, max_entries, flags;
	const char *name; /* cut to what fits; characters that the engine refuses become '_' */
	u32 numa_node, ifindex;
	int inner_map_fd;
	int btf_fd; /* 0: none */
	u32 btf_key_type_id, btf_value_type_id, btf_vmlinux_value_type_id;
	u64 map_extra;
};
int sys_map_create(struct skep_door *door, const struct sys_map_create *c);
int sys_map_lookup(struct skep_door *door, int fd, const void *key, void *value, u64 flags);
int sys_map_update(struct skep_door *door, int fd, const void *key, const void *value, u64 flags);
int sys_map_delete(struct skep_door *door, int fd, const void *key);
int sys_map_next_key(struct skep_door *door, int fd, const void *key, void *next);
int sys_map_freeze(struct skep_door *door, int fd);
/* *count: room in, elements out; also set on -ENOENT, which ends the walk. in_batch NULL starts it. */
int sys_map_lookup_batch(struct skep_door *door, int fd, const void *in_batch, void *out_batch, void *keys, void *values, u32 *count);

struct sys_prog_load {
	u32 type, expected_attach_type, flags, kern_version, ifindex;
	const char *name, *license;
	const struct bpf_insn *insns;
	u32 insn_cnt;
	int btf_fd; /* 0: none */
	const void *func_info, *line_info;
	u32 func_info_rec_size, func_info_cnt, line_info_rec_size, line_info_cnt;
	u32 attach_btf_id;
	int attach_fd; /* attach_prog_fd or attach_btf_obj_fd */
	const int *fd_array;
	u32 log_level, log_size;
	char *log;
	u32 log_true_size; /* out */
};
int sys_prog_load(struct skep_door *door, struct sys_prog_load *p);

int sys_btf_load(struct skep_door *door, const void *data, u32 size, char *log, u32 log_size, u32 log_level);
int sys_raw_tracepoint_open(struct skep_door *door, const char *name, int prog_fd, u64 cookie);
/* attr->link_create as the caller filled it in. */
int sys_link_create(struct skep_door *door, union bpf_attr *attr);
int sys_prog_attach(struct skep_door *door, int prog_fd, int target_fd, u32 attach_type, u32 flags);
int sys_prog_detach(struct skep_door *door, int prog_fd, int target_fd, u32 attach_type);
int sys_obj_pin(struct skep_door *door, int fd, const char *path);
int sys_obj_get(struct skep_door *door, const char *path);
/* info is *len bytes, zeroed or filled in by the caller; *len becomes what the engine knows. */
int sys_obj_info(struct skep_door *door, int fd, void *info, u32 *len);
/* BPF_{PROG,MAP,BTF,LINK}_GET_FD_BY_ID and _GET_NEXT_ID. next_id: 0 or -errno (-ENOENT at the end). */
int sys_fd_by_id(struct skep_door *door, enum bpf_cmd cmd, u32 id);
int sys_next_id(struct skep_door *door, enum bpf_cmd cmd, u32 id, u32 *next);

/* The whole file that the engine shows at path, appended to out. 0 or -errno. */
int door_read_file(struct skep_door *door, const char *path, struct strbuf *out);
/* The same, as a decimal number (tracepoint ids, PMU types). */
int door_read_number(struct skep_door *door, const char *path, u32 *out);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* bpf(2) on either verifier (sides.h). */
#include "tests/verifier/sides.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void side_open_kernel(struct side *side)
{
	const struct bpf_insn insns[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
	struct load load = {.type = BPF_PROG_TYPE_SOCKET_FILTER, .insns = insns, .insn_cnt = 2};
	int fd;

	*side = (struct side){.name = "kernel", .door = skep_door_kernel()};
	fd = side->door ? side_load(side, &load) : -EPERM;
	if (fd >= 0) {
		close(fd);
		return;
	}
	fprintf(stderr, "SKIP: the kernel's bpf(2) is not allowed here (%s): only our verifier is asked\n",
		strerror(-fd));
	if (side->door)
		skep_door_free(side->door);
	side->door = NULL;
}

void side_open_user(struct side *side)
{
	*side = (struct side){.name = "user", .engine = skep_engine_new(NULL)};
	side->door = side->engine ? skep_door_engine(side->engine) : NULL;
	if (!side->door) {
		perror("skep_engine_new");
		exit(1);
	}
}

void side_close(struct side *side)
{
	if (side->door)
		skep_door_free(side->door);
	if (side->engine)
		skep_engine_free(side->engine);
	*side = (struct side){.name = side->name};
}

int side_load(const struct side *side, const struct load *load)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = load->type;
	attr.expected_attach_type = load->attach_type;
	attr.prog_flags = load->flags;
	attr.insns = ptr_to_u64(load->insns);
	attr.insn_cnt = load->insn_cnt;
	attr.license = ptr_to_u64(load->license ?: "GPL");
	attr.log_level = load->log ? load->log_level : 0;
	attr.log_buf = load->log && load->log_level ? ptr_to_u64(load->log) : 0;
	attr.log_size = load->log && load->log_level ? load->log_size : 0;
	attr.fd_array = ptr_to_u64(load->fd_array);
	attr.prog_btf_fd = (u32)load->btf_fd;
	attr.func_info = ptr_to_u64(load->func_info);
	attr.func_info_cnt = load->func_info_cnt;
	attr.func_info_rec_size = load->func_info_cnt ? sizeof(struct bpf_func_info) : 0;
	attr.line_info = ptr_to_u64(load->line_info);
	attr.line_info_cnt = load->line_info_cnt;
	attr.line_info_rec_size = load->line_info_cnt ? sizeof(struct bpf_line_info) : 0;
	attr.attach_btf_id = load->attach_btf_id;
	attr.attach_prog_fd = (u32)load->attach_prog_fd;
	if (load->log)
		load->log[0] = 0;
	return skep_bpf(side->door, BPF_PROG_LOAD, &attr, sizeof(attr));
}

int side_map(const struct side *side, u32 type, u32 key, u32 value, u32 entries, u32 flags, int inner_fd)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = type;
	attr.key_size = key;
	attr.value_size = value;
	attr.max_entries = entries;
	attr.map_flags = flags;
	attr.inner_map_fd = (u32)inner_fd;
	return skep_bpf(side->door, BPF_MAP_CREATE, &attr, sizeof(attr));
}

int side_update(const struct side *side, int map, const void *key, const void *value)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = (u32)map;
	attr.key = ptr_to_u64(key);
	attr.value = ptr_to_u64(value);
	return skep_bpf(side->door, BPF_MAP_UPDATE_ELEM, &attr, sizeof(attr));
}

int side_btf(const struct side *side, const void *data, u32 size)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.btf = ptr_to_u64(data);
	attr.btf_size = size;
	return skep_bpf(side->door, BPF_BTF_LOAD, &attr, sizeof(attr));
}

int side_test_run(const struct side *side, int prog, const void *data, u32 size, u32 *retval)
{
	union bpf_attr attr;
	int err;

	memset(&attr, 0, sizeof(attr));
	attr.test.prog_fd = (u32)prog;
	attr.test.data_in = ptr_to_u64(data);
	attr.test.data_size_in = size;
	attr.test.repeat = 1;
	err = skep_bpf(side->door, BPF_PROG_TEST_RUN, &attr, sizeof(attr));
	*retval = attr.test.retval;
	return err;
}

static bool drops(const char *line)
{
	static const char *const starts[] = {"verification time", "stack depth", "processed ",
					     "insns_state",	  "func#",	 "Live regs before"};

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		if (!strncmp(line, starts[i], strlen(starts[i])))
			return true;
	/* The tables of live registers: "      0: .1........ (bf) r6 = r1". */
	return line[0] == ' ' && line[strspn(line, " 0123456789")] == ':';
}

/* Addresses of maps differ: "(18) r1 = 0xffff888112ba9a00" becomes "(18) r1 = 0xADDR", padding kept. */
static size_t hide_address(char *line, size_t n)
{
	char *end = line + n, *p = memmem(line, n, "(18) r", 6), *digits;
	size_t len;

	p = p ? memmem(p, (size_t)(end - p), " = 0x", 5) : NULL;
	if (!p)
		return n;
	digits = p + 5;
	len = strspn(digits, "0123456789abcdef");
	if (len >= 9) {
		memset(digits, ' ', len);
		memcpy(digits, "ADDR", 4);
		/* Where nothing follows, no padding either. */
		if (strspn(digits + 4, " ") == (size_t)(end - digits - 5)) {
			digits[4] = '\n';
			return (size_t)(digits + 5 - line);
		}
	}
	return n;
}

void log_normalise(char *log)
{
	char *to = log;

	for (char *line = log; *line;) {
		size_t n = strcspn(line, "\n");

		n += line[n] == '\n';
		size_t shown = hide_address(line, n);

		if (!drops(line)) {
			memmove(to, line, shown);
			to += shown;
		}
		line += n;
	}
	*to = 0;
}

static const struct {
	int err;
	const char *name;
} errnos[] = {
#define E(name)                                                                                                        \
	{                                                                                                              \
		name, #name                                                                                            \
	}
    E(EPERM),  E(ENOENT),   E(E2BIG),	E(EBADF),  E(EAGAIN),	 E(ENOMEM), E(EACCES),
    E(EFAULT), E(EBUSY),    E(EEXIST),	E(EINVAL), E(ENOSPC),	 E(ERANGE), E(EOPNOTSUPP),
    E(EPROTO), E(ENOTSUPP), E(EDEADLK), E(ELOOP),  E(EOVERFLOW),
#undef E
};

const char *errno_name(int err)
{
	static char text[16];

	for (size_t i = 0; i < ARRAY_SIZE(errnos); i++)
		if (errnos[i].err == err)
			return errnos[i].name;
	snprintf(text, sizeof(text), "%d", err);
	return text;
}

int errno_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(errnos); i++)
		if (!strcmp(errnos[i].name, name))
			return errnos[i].err;
	return -1;
}

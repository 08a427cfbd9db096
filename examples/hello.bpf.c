// SPDX-License-Identifier: BSD-2-Clause
//
// The first program: says hello on every execve(2).
//
//     skep run examples/hello.bpf.c -- sh -c 'ls /; id -u; true'
//
// `hello` counts the calls of each user in counter_table, looks up a message for the user in config, and sends a record
// through a ring buffer; `hello_perf` sends the same record through a perf buffer. While it runs, change what a user is told:
//
//     skep map update name config key 0 value '"Hey root!"'
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>

struct data_t {
	int pid;
	int uid;
	char command[16];
	char message[12];
	char path[64];
};

struct user_msg_t {
	char message[12];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, u32); /* uid */
	__type(value, u64);
} counter_table SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 10240);
	__type(key, u32); /* uid */
	__type(value, struct user_msg_t);
} config SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} output SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(u32));
	__uint(value_size, sizeof(u32));
} output_perf SEC(".maps");

const char default_message[12] = "Hello World";

static __always_inline void fill(struct data_t *data, struct trace_event_raw_sys_enter *ctx)
{
	u32 uid = (u32)bpf_get_current_uid_gid();
	struct user_msg_t *msg;

	data->pid = (int)(bpf_get_current_pid_tgid() >> 32);
	data->uid = (int)uid;
	bpf_get_current_comm(data->command, sizeof(data->command));
	bpf_probe_read_user_str(data->path, sizeof(data->path), (const void *)ctx->args[0]);
	msg = bpf_map_lookup_elem(&config, &uid);
	if (msg)
		bpf_probe_read_kernel_str(data->message, sizeof(data->message), msg->message);
	else
		bpf_probe_read_kernel_str(data->message, sizeof(data->message), default_message);
}

SEC("tp/syscalls/sys_enter_execve")
int hello(struct trace_event_raw_sys_enter *ctx)
{
	u32 uid = (u32)bpf_get_current_uid_gid();
	u64 one = 1, *count;
	struct data_t *data;

	count = bpf_map_lookup_elem(&counter_table, &uid);
	if (count)
		__sync_fetch_and_add(count, 1);
	else
		bpf_map_update_elem(&counter_table, &uid, &one, BPF_ANY);

	data = bpf_ringbuf_reserve(&output, sizeof(*data), 0);
	if (!data)
		return 0;
	fill(data, ctx);
	bpf_printk("%s runs %s", data->command, data->path);
	bpf_ringbuf_submit(data, 0);
	return 0;
}

SEC("tp/syscalls/sys_enter_execve")
int hello_perf(struct trace_event_raw_sys_enter *ctx)
{
	struct data_t data = {};

	fill(&data, ctx);
	bpf_perf_event_output(ctx, &output_perf, BPF_F_CURRENT_CPU, &data, sizeof(data));
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* SPDX-License-Identifier: BSD-2-Clause */
/* Attaching: links, raw tracepoints, perf events; what is refused, what infos say, and what programs see when they
 * fire. */
#include <sched.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#include <linux/if_link.h>
#include <skep/hook.h>

#include "common/btf/btf.h"
#include "tests/engine/both.h"

#define MOV(dst, v) {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = dst, .imm = v}
#define MOVX(dst, src) {.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = dst, .src_reg = src}
#define LDX(size, dst, src, at) {.code = BPF_LDX | BPF_MEM | size, .dst_reg = dst, .src_reg = src, .off = at}
#define STX(size, dst, src, at) {.code = BPF_STX | BPF_MEM | size, .dst_reg = dst, .src_reg = src, .off = at}
#define CALL(id) {.code = BPF_JMP | BPF_CALL, .imm = id}
#define EXIT() {.code = BPF_JMP | BPF_EXIT}
#define PROG(t, type, ...)                                                                                             \
	({                                                                                                             \
		const struct bpf_insn _insns[] = {__VA_ARGS__};                                                        \
		T_prog(t, type, _insns, ARRAY_SIZE(_insns), NULL, 0);                                                  \
	})

static int event_id(struct both *t, const char *event)
{
	char path[128], text[32] = "";
	int fd, id;

	snprintf(path, sizeof(path), "/sys/kernel/tracing/events/%s/id", event);
	fd = T_open(t, path);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		id = -1;
	else
		id = atoi(text);
	if (fd >= 0)
		close(fd);
	return id;
}

static int open_event(struct both *t, u64 id)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .config = id, .sample_period = 1};

	return T_perf_event_open(t, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
}

static int set_bpf(struct both *t, int event, int prog)
{
	return T_ioctl(t, event, PERF_EVENT_IOC_SET_BPF, (unsigned long)prog);
}

static int link_create(struct both *t, int prog, int target, u32 attach_type, u32 flags, u64 cookie)
{
	union bpf_attr attr = {
		.link_create = {
			.prog_fd = (u32)prog, .target_fd = (u32)target, .attach_type = attach_type, .flags = flags}};

	attr.link_create.perf_event.bpf_cookie = cookie;
	return T_bpf(t, BPF_LINK_CREATE, &attr, sizeof(attr));
}

static int raw_tp_open(struct both *t, int prog, const char *name, u64 cookie)
{
	union bpf_attr attr = {.raw_tracepoint = {.name = ptr_to_u64(name), .prog_fd = (u32)prog, .cookie = cookie}};

	return T_bpf(t, BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr));
}

static int link_update(struct both *t, int link, int prog, u32 flags, int old)
{
	union bpf_attr attr = {
		.link_update = {
			.link_fd = (u32)link, .new_prog_fd = (u32)prog, .flags = flags, .old_prog_fd = (u32)old}};

	return T_bpf(t, BPF_LINK_UPDATE, &attr, sizeof(attr));
}

static int link_detach(struct both *t, int link)
{
	union bpf_attr attr = {.link_detach = {.link_fd = (u32)link}};

	return T_bpf(t, BPF_LINK_DETACH, &attr, sizeof(attr));
}

static int plain(struct both *t, u32 type)
{
	return PROG(t, type, MOV(0, 0), EXIT());
}

/* A tracepoint program that reads one byte of its record. */
static int reading(struct both *t, u32 type, s16 at)
{
	return PROG(t, type, LDX(BPF_B, 0, 1, at), MOV(0, 0), EXIT());
}

/* A descriptor is noted as such, and kept. */
static int note_fd(struct both *t, const char *label, int ret)
{
	T_NOTE(t, "%s: %d", label, ret < 0 ? ret : 0);
	return ret;
}

static void close_all(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void events_that_exist(struct both *t)
{
	static const char *const names[] = {
		"syscalls/sys_enter_openat", "syscalls/sys_exit_openat",   "raw_syscalls/sys_enter",
		"raw_syscalls/sys_exit",     "sched/sched_process_exec",   "sched/sched_process_fork",
		"sched/sched_process_exit",  "syscalls/sys_enter_no_such", "no_such/event"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		T_NOTE(t, "%s: %d", names[i], event_id(t, names[i]) > 0);
	T_NOTE(t, "no event: %d %d", open_event(t, 0), open_event(t, 999999));
}

static void a_perf_event_takes_one_fitting_program(struct both *t)
{
	int id = event_id(t, "syscalls/sys_enter_openat");
	int event = open_event(t, (u64)id), other = open_event(t, (u64)id);
	int tp = plain(t, BPF_PROG_TYPE_TRACEPOINT), tp2 = plain(t, BPF_PROG_TYPE_TRACEPOINT),
	    kp = plain(t, BPF_PROG_TYPE_KPROBE);
	int raw = plain(t, BPF_PROG_TYPE_RAW_TRACEPOINT), pe = plain(t, BPF_PROG_TYPE_PERF_EVENT);
	const int fds[] = {event, other, tp, tp2, kp, raw, pe};

	T_TRUE(t, event >= 0);
	T_NOTE(t, "kprobe program: %d", set_bpf(t, event, kp));
	T_NOTE(t, "raw program: %d", set_bpf(t, event, raw));
	T_NOTE(t, "perf program: %d", set_bpf(t, event, pe));
	T_NOTE(t, "no program: %d", set_bpf(t, event, -1));
	T_NOTE(t, "an event: %d", set_bpf(t, event, event));
	T_NOTE(t, "fits: %d", set_bpf(t, event, tp));
	T_NOTE(t, "again: %d", set_bpf(t, event, tp));
	T_NOTE(t, "another: %d", set_bpf(t, event, tp2));
	T_NOTE(t, "kprobe program on a taken event: %d", set_bpf(t, event, kp));
	T_NOTE(t, "the same program by another event: %d", set_bpf(t, other, tp));
	T_NOTE(t, "another program by another event: %d", set_bpf(t, other, tp2));
	T_NOTE(t, "enable %d disable %d", T_ioctl(t, event, PERF_EVENT_IOC_ENABLE, 0),
	       T_ioctl(t, event, PERF_EVENT_IOC_DISABLE, 0));
	close_all(fds, ARRAY_SIZE(fds));
}

static void programs_must_fit_their_events_record(struct both *t)
{
	static const char *const names[] = {"syscalls/sys_enter_openat", "syscalls/sys_enter_getpid",
					    "syscalls/sys_exit_openat",	 "raw_syscalls/sys_enter",
					    "sched/sched_process_exec",	 "sched/sched_process_exit",
					    "sched/sched_process_fork"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		int id = event_id(t, names[i]);

		for (s16 at = 8; at < 80; at++) {
			int prog = reading(t, BPF_PROG_TYPE_TRACEPOINT, at), event = open_event(t, (u64)id);

			T_NOTE(t, "%s reads %d: %d", names[i], at, set_bpf(t, event, prog));
			close(event);
			close(prog);
		}
	}
}

static void an_event_takes_so_many_programs(struct both *t)
{
	int id = event_id(t, "syscalls/sys_enter_getpid"), events[70], progs[70], n = 0, ret = 0;

	while (n < 70 && !ret) {
		events[n] = open_event(t, (u64)id);
		progs[n] = plain(t, BPF_PROG_TYPE_TRACEPOINT);
		ret = set_bpf(t, events[n], progs[n]);
		n++;
	}
	T_NOTE(t, "the %dth: %d", n, ret);
	close_all(events, (size_t)n);
	close_all(progs, (size_t)n);
}

static void note_info(struct both *t, const char *label, int link, size_t name_at, size_t len_at)
{
	for (u32 room = 0; room < 32; room++) {
		char name[64];
		struct bpf_link_info info = {0};
		u32 len;
		int ret;

		memset(name, '#', sizeof(name));
		name[sizeof(name) - 1] = '\0';
		if (room) {
			*(u64 *)((char *)&info + name_at) = ptr_to_u64(name);
			*(u32 *)((char *)&info + len_at) = room;
		}
		ret = T_info(t, link, &info, sizeof(info));
		len = *(u32 *)((char *)&info + len_at);
		T_NOTE(t, "%s room %u: %d type %u len %u name %s", label, room, ret, info.type, len, name);
	}
}

static void links_of_perf_events(struct both *t)
{
	int id = event_id(t, "syscalls/sys_enter_openat"), event = open_event(t, (u64)id),
	    other = open_event(t, (u64)id);
	int tp = plain(t, BPF_PROG_TYPE_TRACEPOINT), tp2 = plain(t, BPF_PROG_TYPE_TRACEPOINT),
	    kp = plain(t, BPF_PROG_TYPE_KPROBE);
	int raw = plain(t, BPF_PROG_TYPE_RAW_TRACEPOINT), link;
	const int fds[] = {event, other, tp, tp2, kp, raw};
	struct bpf_link_info info = {0};

	T_NOTE(t, "kprobe program: %d", link_create(t, kp, event, BPF_PERF_EVENT, 0, 0));
	T_NOTE(t, "raw program: %d", link_create(t, raw, event, BPF_PERF_EVENT, 0, 0));
	T_NOTE(t, "flags: %d", link_create(t, tp, event, BPF_PERF_EVENT, 1, 0));
	T_NOTE(t, "attach type: %d", link_create(t, tp, event, BPF_XDP, 0, 0));
	T_NOTE(t, "no attach type: %d", link_create(t, tp, event, 0, 0, 0));
	T_NOTE(t, "no target: %d", link_create(t, tp, -1, BPF_PERF_EVENT, 0, 0));
	T_NOTE(t, "target is a program: %d", link_create(t, tp, tp, BPF_PERF_EVENT, 0, 0));
	T_NOTE(t, "no program: %d", link_create(t, -1, event, BPF_PERF_EVENT, 0, 0));
	T_NOTE(t, "program is an event: %d", link_create(t, event, event, BPF_PERF_EVENT, 0, 0));
	link = note_fd(t, "link", link_create(t, tp, event, BPF_PERF_EVENT, 0, 77));
	T_NOTE(t, "second: %d", link_create(t, tp2, event, BPF_PERF_EVENT, 0, 0));
	T_NOTE(t, "set_bpf: %d", set_bpf(t, event, tp2));
	T_NOTE(t, "same program elsewhere: %d", link_create(t, tp, other, BPF_PERF_EVENT, 0, 78));
	note_info(t, "info", link, offsetof(struct bpf_link_info, perf_event.tracepoint.tp_name),
		  offsetof(struct bpf_link_info, perf_event.tracepoint.name_len));
	T_IS(t, T_info(t, link, &info, sizeof(info)), 0);
	T_NOTE(t, "type %u %u cookie %llu", info.type, info.perf_event.type,
	       (unsigned long long)info.perf_event.tracepoint.cookie);
	T_NOTE(t, "detach: %d %d %d", link_detach(t, link), link_detach(t, tp), link_detach(t, -1));
	T_NOTE(t, "update: %d", link_update(t, link, tp2, 0, 0));
	T_NOTE(t, "update flags: %d", link_update(t, link, tp2, 2, 0));
	T_NOTE(t, "update old: %d", link_update(t, link, tp2, 0, tp));
	T_NOTE(t, "update replace: %d", link_update(t, link, tp2, BPF_F_REPLACE, tp));
	T_NOTE(t, "update replace nothing: %d", link_update(t, link, tp2, BPF_F_REPLACE, -1));
	T_NOTE(t, "update no program: %d", link_update(t, link, -1, 0, 0));
	T_NOTE(t, "update no link: %d", link_update(t, tp, tp2, 0, 0));
	close(link);
	T_NOTE(t, "after close: %d", set_bpf(t, event, tp2));
	close_all(fds, ARRAY_SIZE(fds));
}

static void raw_tracepoint_links(struct both *t)
{
	int raw = plain(t, BPF_PROG_TYPE_RAW_TRACEPOINT), tp = plain(t, BPF_PROG_TYPE_TRACEPOINT);
	int writable = plain(t, BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE), link;
	const int fds[] = {raw, tp, writable};
	struct bpf_link_info info = {0};
	char name[300];

	memset(name, 'a', sizeof(name));
	name[299] = '\0';
	T_NOTE(t, "no name: %d", raw_tp_open(t, raw, NULL, 0));
	T_NOTE(t, "no such: %d", raw_tp_open(t, raw, "no_such_tracepoint", 0));
	T_NOTE(t, "empty: %d", raw_tp_open(t, raw, "", 0));
	T_NOTE(t, "long: %d", raw_tp_open(t, raw, name, 0));
	T_NOTE(t, "unreadable: %d", raw_tp_open(t, raw, (const char *)8, 0));
	T_NOTE(t, "tracepoint program: %d", raw_tp_open(t, tp, "sys_enter", 0));
	T_NOTE(t, "no program: %d", raw_tp_open(t, -1, "sys_enter", 0));
	T_NOTE_FD(t, "writable", raw_tp_open(t, writable, "sys_enter", 0));
	link = note_fd(t, "sys_enter", raw_tp_open(t, raw, "sys_enter", 5));
	T_NOTE_FD(t, "twice", raw_tp_open(t, raw, "sys_enter", 5));
	note_info(t, "info", link, offsetof(struct bpf_link_info, raw_tracepoint.tp_name),
		  offsetof(struct bpf_link_info, raw_tracepoint.tp_name_len));
	T_IS(t, T_info(t, link, &info, sizeof(info)), 0);
	T_NOTE(t, "type %u cookie %llu", info.type, (unsigned long long)info.raw_tracepoint.cookie);
	T_NOTE(t, "detach: %d update %d", link_detach(t, link), link_update(t, link, raw, 0, 0));
	T_NOTE(t, "by LINK_CREATE: %d %d", link_create(t, raw, 0, 0, 0, 0),
	       link_create(t, raw, 0, BPF_TRACE_RAW_TP, 0, 0));
	close(link);
	close_all(fds, ARRAY_SIZE(fds));
}

static void raw_tracepoint_arguments(struct both *t)
{
	static const char *const names[] = {"sys_enter", "sys_exit", "sched_process_exec", "sched_process_fork",
					    "sched_process_exit"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		for (s16 at = 0; at < 96; at += 4) {
			int prog = reading(t, BPF_PROG_TYPE_RAW_TRACEPOINT, at);

			T_NOTE_FD(t, names[i], raw_tp_open(t, prog, names[i], 0));
			close(prog);
		}
}

static void links_of_other_types(struct both *t)
{
	int xdp = plain(t, BPF_PROG_TYPE_XDP), filter = plain(t, BPF_PROG_TYPE_SOCKET_FILTER),
	    map = T_map(t, BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0);

	T_NOTE(t, "no device: %d %d", link_create(t, xdp, 0, BPF_XDP, 0, 0), link_create(t, xdp, 99999, BPF_XDP, 0, 0));
	T_NOTE(t, "attach type: %d", link_create(t, xdp, 1, BPF_PERF_EVENT, 0, 0));
	T_NOTE(t, "socket filter: %d %d", link_create(t, filter, 1, BPF_XDP, 0, 0),
	       link_create(t, filter, 1, BPF_PERF_EVENT, 0, 0));
	T_NOTE(t, "a map: %d", link_create(t, map, 1, BPF_XDP, 0, 0));
	close(xdp);
	close(filter);
	close(map);
}

static int xdp_prog(struct both *t, s32 verdict, u32 attach_type)
{
	const struct bpf_insn insns[] = {MOV(0, verdict), EXIT()};
	union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_XDP};

	attr.expected_attach_type = attach_type;
	attr.insns = ptr_to_u64(insns);
	attr.insn_cnt = ARRAY_SIZE(insns);
	attr.license = ptr_to_u64("GPL");
	return T_bpf(t, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static void note_xdp_info(struct both *t, const char *label, int link, int prog)
{
	struct bpf_link_info info = {0};
	struct bpf_prog_info prog_info = {0};

	T_IS(t, T_info(t, link, &info, sizeof(info)), 0);
	T_IS(t, T_info(t, prog, &prog_info, sizeof(prog_info)), 0);
	T_NOTE(t, "%s: type %u ifindex %u this program %d", label, info.type, info.xdp.ifindex,
	       info.prog_id == prog_info.id);
}

/* Loopback of a network namespace of our own, in generic mode. */
static void links_of_devices(struct both *t)
{
	enum { LO = 1 };
	int pass = xdp_prog(t, XDP_PASS, BPF_XDP), drop = xdp_prog(t, XDP_DROP, BPF_XDP),
	    old_style = xdp_prog(t, XDP_DROP, 0);
	int devmap = xdp_prog(t, XDP_PASS, BPF_XDP_DEVMAP), cpumap = xdp_prog(t, XDP_PASS, BPF_XDP_CPUMAP), link;
	int filter = plain(t, BPF_PROG_TYPE_SOCKET_FILTER);
	const int fds[] = {pass, drop, old_style, devmap, cpumap, filter};

	if (!t->engine && unshare(CLONE_NEWNET))
		T_TRUE(t, false);
	if (t->engine)
		T_IS(t, skep_device_add(t->engine, LO, "lo"), 0);
	for (u32 flags = 0; flags < 64; flags++) /* native mode is the device's affair */
		if (flags & XDP_FLAGS_SKB_MODE || flags & ~(u32)XDP_FLAGS_MODES)
			T_NOTE_FD(t, "flags", link_create(t, pass, LO, BPF_XDP, flags, 0));
	T_NOTE(t, "of a devmap: %d", link_create(t, devmap, LO, BPF_XDP, XDP_FLAGS_SKB_MODE, 0));
	T_NOTE(t, "of a cpumap: %d", link_create(t, cpumap, LO, BPF_XDP, XDP_FLAGS_SKB_MODE, 0));
	T_NOTE(t, "no device: %d", link_create(t, pass, 77777, BPF_XDP, XDP_FLAGS_SKB_MODE, 0));
	if (t->engine)
		skep_engine_reap(t->engine);
	link = note_fd(t, "link", link_create(t, pass, LO, BPF_XDP, XDP_FLAGS_SKB_MODE, 0));
	T_NOTE(t, "second: %d", link_create(t, drop, LO, BPF_XDP, XDP_FLAGS_SKB_MODE, 0));
	note_xdp_info(t, "attached", link, pass);
	T_NOTE(t, "update: %d", link_update(t, link, drop, 0, 0));
	note_xdp_info(t, "updated", link, drop);
	T_NOTE(t, "the same: %d", link_update(t, link, drop, 0, 0));
	T_NOTE(t, "not the old one: %d", link_update(t, link, pass, BPF_F_REPLACE, pass));
	T_NOTE(t, "the old one: %d", link_update(t, link, pass, BPF_F_REPLACE, drop));
	T_NOTE(t, "old without flag: %d", link_update(t, link, pass, 0, drop));
	T_NOTE(t, "another type: %d", link_update(t, link, filter, 0, 0));
	T_NOTE(t, "another attach type: %d %d", link_update(t, link, devmap, 0, 0),
	       link_update(t, link, old_style, 0, 0));
	T_NOTE(t, "detach: %d", link_detach(t, link));
	note_xdp_info(t, "detached", link, pass);
	T_NOTE(t, "detach again: %d", link_detach(t, link));
	T_NOTE(t, "update detached: %d", link_update(t, link, drop, 0, 0));
	T_NOTE_FD(t, "link again", link_create(t, drop, LO, BPF_XDP, XDP_FLAGS_SKB_MODE, 0));
	close(link);
	close_all(fds, ARRAY_SIZE(fds));
}

/* What is fired: getpid(2) by this process, or the like by a task of the engine. */
#define NR SYS_getpid
#define RESULT 4711

static void fire(struct both *t)
{
	if (t->engine && !t->door) {
		struct skep_task_info info = {
			.sz = sizeof(info), .pid = (u32)gettid(), .tgid = (u32)getpid(), .comm = "attach"};
		struct skep_task *task = skep_task_add(t->engine, &info);
		struct skep_regs regs = {.orig_ax = NR, .ax = (u64)-38};

		skep_fire_sys_enter(t->engine, task, &regs);
		regs.ax = (u64)getpid();
		skep_fire_sys_exit(t->engine, task, &regs);
		skep_task_remove(t->engine, task);
	} else if (!t->engine) {
		syscall(NR);
	}
}

/* A program that counts, if this process is current and the 4 bytes at `at` of its context are `want`. */
static int counting(struct both *t, u32 type, int map, s16 at, s32 want)
{
	return PROG(t, type,
		    LDX(BPF_W, 6, 1, at),
		    CALL(BPF_FUNC_get_current_pid_tgid),
		    {.code = BPF_ALU64 | BPF_RSH | BPF_K, .dst_reg = 0, .imm = 32},
		    {.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 0, .imm = getpid(), .off = 11},
		    {.code = BPF_JMP | BPF_JNE | BPF_K, .dst_reg = 6, .imm = want, .off = 10},
		    {.code = BPF_ST | BPF_MEM | BPF_W, .dst_reg = 10, .off = -4},
		    MOVX(2, 10),
		    {.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 2, .imm = -4},
		    {.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_MAP_FD, .imm = map},
		    {0},
		    CALL(BPF_FUNC_map_lookup_elem),
		    {.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 0, .off = 3},
		    MOV(1, 1),
		    {.code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = 0, .src_reg = 1, .imm = BPF_ADD},
		    MOV(0, 0),
		    MOV(0, 0),
		    EXIT());
}

static u64 count_of(struct both *t, int map)
{
	u64 count = 0;
	u32 key = 0;

	T_IS(t, T_lookup(t, map, &key, &count, 0), 0);
	return count;
}

static void programs_fire_while_they_are_attached(struct both *t)
{
	int map = T_map(t, BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0);
	int enter = counting(t, BPF_PROG_TYPE_TRACEPOINT, map, 8, NR),
	    leave = counting(t, BPF_PROG_TYPE_TRACEPOINT, map, 16, getpid());
	int raw_enter = counting(t, BPF_PROG_TYPE_RAW_TRACEPOINT, map, 8, NR),
	    raw_exit = counting(t, BPF_PROG_TYPE_RAW_TRACEPOINT, map, 8, getpid());
	int e1 = open_event(t, (u64)event_id(t, "syscalls/sys_enter_getpid")),
	    e2 = open_event(t, (u64)event_id(t, "syscalls/sys_exit_getpid"));
	const int fds[] = {map, enter, leave, raw_enter, raw_exit, e1, e2};
	int link;

	T_TRUE(t, enter >= 0 && leave >= 0 && raw_enter >= 0 && raw_exit >= 0);
	if (t->door) /* the source is the engine's own process */
		goto out;
	fire(t);
	T_IS(t, count_of(t, map), 0);
	T_IS(t, set_bpf(t, e1, enter), 0);
	fire(t);
	T_IS(t, count_of(t, map), 1);
	link = link_create(t, leave, e2, BPF_PERF_EVENT, 0, 0);
	T_TRUE(t, link >= 0);
	fire(t);
	T_IS(t, count_of(t, map), 3);
	close(link);
	if (t->engine)
		skep_engine_reap(t->engine);
	fire(t);
	T_IS(t, count_of(t, map), 4);
	link = raw_tp_open(t, raw_enter, "sys_enter", 0);
	T_TRUE(t, link >= 0);
	fire(t);
	T_IS(t, count_of(t, map), 6);
	close(link);
	link = raw_tp_open(t, raw_exit, "sys_exit", 0);
	if (t->engine)
		skep_engine_reap(t->engine);
	fire(t);
	T_IS(t, count_of(t, map), 8);
	close(link);
out:
	close_all(fds, ARRAY_SIZE(fds));
}

/* The id of the typedef btf_trace_NAME in the engine's BTF. */
static u32 tracepoint_btf_id(struct both *t, const char *name)
{
	int fd = T_open(t, "/sys/kernel/btf/vmlinux");
	char typedef_name[64];
	size_t len = 0, room = 32 << 20;
	u8 *raw = malloc(room);
	struct btf *btf;
	ssize_t n;
	s32 id = -1;

	while (fd >= 0 && (n = read(fd, raw + len, room - len)) > 0)
		len += (size_t)n;
	if (fd >= 0)
		close(fd);
	btf = btf_parse(raw, len, NULL, NULL);
	snprintf(typedef_name, sizeof(typedef_name), "btf_trace_%s", name);
	if (btf)
		id = btf_find(btf, typedef_name, BTF_KIND_TYPEDEF);
	btf_free(btf);
	free(raw);
	return id < 0 ? 0 : (u32)id;
}

static int tracing_prog(struct both *t, u32 attach_type, u32 btf_id, const struct bpf_insn *insns, u32 n)
{
	union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_TRACING};

	attr.expected_attach_type = attach_type;
	attr.attach_btf_id = btf_id;
	attr.insns = ptr_to_u64(insns);
	attr.insn_cnt = n;
	attr.license = ptr_to_u64("GPL");
	return T_bpf(t, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static void tracepoints_typed_by_btf(struct both *t)
{
	static const struct bpf_insn nothing[] = {MOV(0, 0), EXIT()};
	static const struct bpf_insn beyond[] = {LDX(BPF_DW, 0, 1, 16), MOV(0, 0), EXIT()};
	static const char *const names[] = {"sys_enter", "sys_exit", "sched_process_exec", "sched_process_fork",
					    "sched_process_exit"};
	u32 id = tracepoint_btf_id(t, "sys_enter");
	union bpf_attr attr = {0};
	int prog, link;

	T_TRUE(t, id);
	T_NOTE(t, "no id: %d", tracing_prog(t, BPF_TRACE_RAW_TP, 0, nothing, 2));
	T_NOTE(t, "no attach type: %d", tracing_prog(t, 0, id, nothing, 2));
	T_NOTE(t, "an id too large: %d", tracing_prog(t, BPF_TRACE_RAW_TP, 0x7fffffff, nothing, 2));
	T_NOTE(t, "no such argument: %d", tracing_prog(t, BPF_TRACE_RAW_TP, id, beyond, 3));
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		prog = tracing_prog(t, BPF_TRACE_RAW_TP, tracepoint_btf_id(t, names[i]), nothing, 2);
		T_NOTE_FD(t, names[i], raw_tp_open(t, prog, NULL, 0));
		close(prog);
	}
	prog = note_fd(t, "load", tracing_prog(t, BPF_TRACE_RAW_TP, id, nothing, 2));
	T_NOTE(t, "by name: %d", raw_tp_open(t, prog, "sys_enter", 0));
	T_NOTE_FD(t, "RAW_TRACEPOINT_OPEN", raw_tp_open(t, prog, NULL, 3));
	attr.link_create.prog_fd = (u32)prog;
	attr.link_create.attach_type = BPF_TRACE_RAW_TP;
	attr.link_create.tracing.cookie = 9;
	link = note_fd(t, "LINK_CREATE", T_bpf(t, BPF_LINK_CREATE, &attr, sizeof(attr)));
	note_info(t, "info", link, offsetof(struct bpf_link_info, raw_tracepoint.tp_name),
		  offsetof(struct bpf_link_info, raw_tracepoint.tp_name_len));
	close(link);
	attr.link_create.flags = 1;
	T_NOTE_FD(t, "flags", T_bpf(t, BPF_LINK_CREATE, &attr, sizeof(attr)));
	attr.link_create.flags = 0;
	attr.link_create.attach_type = BPF_TRACE_FENTRY;
	T_NOTE_FD(t, "attach type", T_bpf(t, BPF_LINK_CREATE, &attr, sizeof(attr)));
	close(prog);
}

int main(int argc, char **argv)
{
	static const struct both_case cases[] = {
		BOTH(events_that_exist),
		BOTH(a_perf_event_takes_one_fitting_program),
		BOTH(programs_must_fit_their_events_record),
		BOTH(an_event_takes_so_many_programs),
		BOTH(links_of_perf_events),
		BOTH(raw_tracepoint_links),
		BOTH(raw_tracepoint_arguments),
		BOTH(links_of_other_types),
		BOTH(links_of_devices),
		BOTH(tracepoints_typed_by_btf),
		BOTH(programs_fire_while_they_are_attached),
	};

	return both_main(cases, ARRAY_SIZE(cases), argc, argv);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Hooks: what programs on them see when a source fires them, and attaching while they fire. Programs here are made by
 * hand: they copy their context to memory of the test. */
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <skep/hook.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/hooks/events.h"
#include "engine/hooks/hooks.h"
#include "engine/hooks/perf.h"
#include "engine/hooks/table.h"
#include "engine/hooks/task.h"
#include "engine/interp/interp.h"
#include "engine/object/handle.h"
#include "engine/object/kmem.h"
#include "engine/sys/caller.h"

#define NR_OPENAT 257
#define COPY_MAX 32 /* words of a context */

/* Where a program leaves what it saw. */
struct seen {
	atomic_ulong runs;
	u64 words[COPY_MAX];
};

static atomic_int progs_alive;

static void test_prog_free(struct obj *obj)
{
	struct bpf_prog *prog = obj_to_prog(obj);

	interp_free(prog->code);
	free(prog->insns);
	free(prog->subprogs);
	free(prog);
	atomic_fetch_sub(&progs_alive, 1);
}

static const struct obj_ops test_prog_ops = {.free = test_prog_free};

static struct bpf_prog *prog_of(struct skep_engine *engine, enum bpf_prog_type type, const struct bpf_insn *insns,
				u32 n)
{
	struct bpf_prog *prog = calloc(1, sizeof(*prog));

	obj_init(&prog->obj, engine, OBJ_PROG, &test_prog_ops);
	prog->type = type;
	prog->insns = malloc(n * sizeof(*insns));
	memcpy(prog->insns, insns, n * sizeof(*insns));
	prog->insn_cnt = n;
	prog->subprogs = calloc(1, sizeof(*prog->subprogs));
	prog->subprogs[0].end = n;
	prog->subprog_cnt = 1;
	prog->code = interp_compile(prog);
	assert_non_null(prog->code);
	atomic_fetch_add(&progs_alive, 1);
	return prog;
}

/* Copies `words` words of its context from word `from` on, counts its run, returns `ret`. */
static struct bpf_prog *copying_prog(struct skep_engine *engine, enum bpf_prog_type type, struct seen *seen, u32 from,
				     u32 words, s32 ret)
{
	struct bpf_insn insns[2 * COPY_MAX + 8];
	u32 n = 0;

	insns[n++] = (struct bpf_insn){.code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 2, .imm = (s32)ptr_to_u64(seen)};
	insns[n++] = (struct bpf_insn){.imm = (s32)(ptr_to_u64(seen) >> 32)};
	for (u32 i = 0; i < words; i++) {
		insns[n++] = (struct bpf_insn){
			.code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = 3, .src_reg = 1, .off = (s16)(8 * (from + i))};
		insns[n++] = (struct bpf_insn){.code = BPF_STX | BPF_MEM | BPF_DW, .dst_reg = 2, .src_reg = 3,
					       .off = (s16)(offsetof(struct seen, words) + 8 * i)};
	}
	insns[n++] = (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 1};
	insns[n++] =
		(struct bpf_insn){.code = BPF_STX | BPF_ATOMIC | BPF_DW, .dst_reg = 2, .src_reg = 3, .imm = BPF_ADD};
	insns[n++] = (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = ret};
	insns[n++] = (struct bpf_insn){.code = BPF_JMP | BPF_EXIT};
	return prog_of(engine, type, insns, n);
}

struct fixture {
	struct skep_engine *engine;
	struct skep_task *task;
	struct seen seen;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct skep_task_info info = {
		.sz = sizeof(info), .pid = 77, .tgid = 70, .uid = 1000, .euid = 1001, .comm = "worker"};

	f->engine = skep_engine_new(NULL);
	assert_non_null(f->engine);
	f->task = skep_task_add(f->engine, &info);
	assert_non_null(f->task);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	skep_engine_free(f->engine);
	free(f);
	assert_int_equal(atomic_load(&progs_alive), 0);
	return 0;
}

static const struct skep_regs openat_regs = {
	.orig_ax = NR_OPENAT, .di = 11, .si = 22, .dx = 33, .r10 = 44, .r8 = 55, .r9 = 66, .ax = 7};

/* Attach a program that copies its context; the engine's hook holds the only reference. */
static struct hook *attach(struct fixture *f, enum hook_kind kind, u32 key, enum bpf_prog_type type, u32 from,
			   u32 words)
{
	struct hook *hook = hook_find(f->engine, kind, key);
	struct bpf_prog *prog = copying_prog(f->engine, type, &f->seen, from, words, 0);

	assert_non_null(hook);
	assert_int_equal(hook_attach(hook, prog, 0, prog), 0);
	obj_put(&prog->obj);
	return hook;
}

static void a_syscall_event_has_the_arguments_of_its_format(void **state)
{
	struct fixture *f = *state;

	attach(f, HOOK_TRACEPOINT, event_sys_enter(NR_OPENAT), BPF_PROG_TYPE_TRACEPOINT, 1, 5);
	skep_fire_sys_enter(f->engine, f->task, &openat_regs);
	skep_fire_sys_exit(f->engine, f->task, &openat_regs);
	assert_int_equal(f->seen.runs, 1);
	assert_int_equal((u32)f->seen.words[0], NR_OPENAT);
	for (int i = 0; i < 4; i++)
		assert_int_equal(f->seen.words[1 + i], 11 * (i + 1));
}

static void a_syscall_exit_event_has_the_result(void **state)
{
	struct fixture *f = *state;

	attach(f, HOOK_TRACEPOINT, event_sys_exit(NR_OPENAT), BPF_PROG_TYPE_TRACEPOINT, 1, 2);
	skep_fire_sys_enter(f->engine, f->task, &openat_regs);
	assert_int_equal(f->seen.runs, 0);
	skep_fire_sys_exit(f->engine, f->task, &openat_regs);
	assert_int_equal(f->seen.runs, 1);
	assert_int_equal((u32)f->seen.words[0], NR_OPENAT);
	assert_int_equal(f->seen.words[1], 7);
}

static void raw_syscalls_fires_for_every_number(void **state)
{
	struct fixture *f = *state;
	struct skep_regs regs = openat_regs;

	attach(f, HOOK_TRACEPOINT, EVENT_sys_enter, BPF_PROG_TYPE_TRACEPOINT, 1, 7);
	skep_fire_sys_enter(f->engine, f->task, &regs);
	assert_int_equal(f->seen.words[0], NR_OPENAT);
	assert_int_equal(f->seen.words[6], 66);
	regs.orig_ax = 100000;
	skep_fire_sys_enter(f->engine, f->task, &regs);
	regs.orig_ax = (u64)-1;
	skep_fire_sys_enter(f->engine, f->task, &regs);
	assert_int_equal(f->seen.runs, 3);
}

static void a_raw_tracepoint_has_registers_in_kernel_memory(void **state)
{
	struct fixture *f = *state;
	struct pt_regs regs;

	attach(f, HOOK_RAW_TP, RAW_TP_sys_enter, BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 2);
	skep_fire_sys_enter(f->engine, f->task, &openat_regs);
	assert_int_equal(f->seen.words[1], NR_OPENAT);
	assert_int_equal(kmem_read(f->engine->kmem, &regs, f->seen.words[0], sizeof(regs)), 0);
	assert_int_equal(regs.si, 22);
	assert_int_equal(regs.orig_ax, NR_OPENAT);
}

static void probes_of_an_entry_function_get_the_users_registers_and_the_result(void **state)
{
	struct fixture *f = *state;
	struct pt_regs entry, user;

	attach(f, HOOK_KPROBE, NR_OPENAT, BPF_PROG_TYPE_KPROBE, 0, sizeof(entry) / 8);
	skep_fire_sys_enter(f->engine, f->task, &openat_regs);
	memcpy(&entry, f->seen.words, sizeof(entry));
	assert_int_equal(entry.ip, syscall_symbol_addr(NR_OPENAT));
	assert_int_equal(kmem_read(f->engine->kmem, &user, entry.di, sizeof(user)), 0);
	assert_int_equal(user.di, 11);
	assert_int_equal(user.r10, 44);
	attach(f, HOOK_KRETPROBE, NR_OPENAT, BPF_PROG_TYPE_KPROBE, 0, sizeof(entry) / 8);
	skep_fire_sys_exit(f->engine, f->task, &openat_regs);
	memcpy(&entry, f->seen.words, sizeof(entry));
	assert_int_equal(entry.ax, 7);
	assert_int_equal(f->seen.runs, 2);
}

static void other_system_calls_do_not_fire(void **state)
{
	struct fixture *f = *state;
	struct skep_regs regs = openat_regs;

	attach(f, HOOK_TRACEPOINT, event_sys_enter(NR_OPENAT), BPF_PROG_TYPE_TRACEPOINT, 1, 1);
	attach(f, HOOK_KPROBE, NR_OPENAT, BPF_PROG_TYPE_KPROBE, 0, 1);
	for (u32 nr = 0; nr < 600; nr++) {
		regs.orig_ax = nr;
		if (nr != NR_OPENAT)
			skep_fire_sys_enter(f->engine, f->task, &regs);
	}
	assert_int_equal(f->seen.runs, 0);
}

/* The string of a record that a __data_loc field names. */
static const char *record_string(struct skep_engine *engine, u32 loc)
{
	for (u32 i = 0; i < engine->nr_cpus; i++)
		if (*(const char *)(engine->hooks->scratch[i]->record + (loc & 0xffff)))
			return (const char *)(engine->hooks->scratch[i]->record + (loc & 0xffff));
	return "";
}

static void exec_fork_and_exit_have_the_tasks(void **state)
{
	struct fixture *f = *state;
	struct skep_task_info info = {.sz = sizeof(info), .pid = 78, .tgid = 78, .comm = "child", .parent = f->task};
	struct skep_task *child = skep_task_add(f->engine, &info);
	struct task_struct *t;
	char comm[16] = "";

	attach(f, HOOK_TRACEPOINT, EVENT_sched_process_exec, BPF_PROG_TYPE_TRACEPOINT, 1, 2);
	skep_fire_exec(f->engine, f->task, "/bin/true", 70);
	assert_string_equal(record_string(f->engine, (u32)f->seen.words[0]), "/bin/true");
	assert_int_equal((u32)f->seen.words[0] >> 16, sizeof("/bin/true"));
	assert_int_equal(f->seen.words[0] >> 32, 77);
	assert_int_equal((u32)f->seen.words[1], 70);

	attach(f, HOOK_RAW_TP, RAW_TP_sched_process_fork, BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 2);
	skep_fire_fork(f->engine, f->task, child);
	assert_int_equal(f->seen.words[0], ptr_to_u64(task_kernel(f->task)));
	assert_int_equal(f->seen.words[1], ptr_to_u64(task_kernel(child)));
	assert_int_equal(
		kmem_read(f->engine->kmem, &t, f->seen.words[1] + offsetof(struct task_struct, real_parent), sizeof(t)),
		0);
	assert_ptr_equal(t, task_kernel(f->task));

	attach(f, HOOK_TRACEPOINT, EVENT_sched_process_exit, BPF_PROG_TYPE_TRACEPOINT, 1, 4);
	skep_fire_exit(f->engine, child, 3 << 8, true);
	memcpy(comm, f->seen.words, sizeof(comm));
	assert_string_equal(comm, "child");
	assert_int_equal((u32)f->seen.words[2], 78);
	assert_int_equal(f->seen.words[3] & 0xff, 1);
	skep_task_remove(f->engine, child);
	assert_null(task_by_kernel(f->engine, ptr_to_u64(child)));
}

static void who_goes_leaves_no_pointers_behind(void **state)
{
	struct fixture *f = *state;
	struct skep_task_info info = {.sz = sizeof(info), .pid = 90, .tgid = 90, .comm = "leader"};
	struct skep_task *leader = skep_task_add(f->engine, &info), *thread, *child;

	info.pid = 91;
	thread = skep_task_add(f->engine, &info);
	info.pid = info.tgid = 92;
	info.parent = leader;
	child = skep_task_add(f->engine, &info);
	assert_ptr_equal(task_kernel(thread)->group_leader, task_kernel(leader));
	assert_ptr_equal(task_kernel(thread)->mm, task_kernel(leader)->mm);
	assert_ptr_equal(task_kernel(child)->real_parent, task_kernel(leader));
	skep_task_remove(f->engine, leader);
	assert_ptr_equal(task_kernel(thread)->group_leader, task_kernel(thread));
	assert_int_equal(task_kernel(child)->real_parent->pid, 1);
	skep_task_remove(f->engine, child);
	skep_task_remove(f->engine, thread);
}

static void what_is_wanted_follows_what_is_attached(void **state)
{
	struct fixture *f = *state;
	struct skep_syscall_set set;
	u64 generation = skep_syscalls_wanted(f->engine, &set), value;
	struct pollfd pfd = {.fd = skep_syscalls_event_fd(f->engine), .events = POLLIN};
	struct bpf_prog *prog = copying_prog(f->engine, BPF_PROG_TYPE_RAW_TRACEPOINT, &f->seen, 0, 0, 0);
	struct hook *hook;

	for (int i = 0; i < SKEP_SYSCALL_WORDS; i++)
		assert_int_equal(set.enter[i] | set.exit[i], 0);
	assert_int_equal(poll(&pfd, 1, 0), 0);
	attach(f, HOOK_TRACEPOINT, event_sys_enter(NR_OPENAT), BPF_PROG_TYPE_TRACEPOINT, 1, 1);
	assert_int_equal(poll(&pfd, 1, 0), 1);
	assert_int_equal(read(pfd.fd, &value, sizeof(value)), sizeof(value));
	assert_int_not_equal(skep_syscalls_generation(f->engine), generation);
	skep_syscalls_wanted(f->engine, &set);
	assert_int_equal(set.enter[NR_OPENAT / 64], 1UL << (NR_OPENAT % 64));
	assert_int_equal(set.exit[NR_OPENAT / 64], 0);
	assert_false(skep_sched_wanted(f->engine));
	hook = hook_find(f->engine, HOOK_RAW_TP, RAW_TP_sys_exit);
	assert_int_equal(hook_attach(hook, prog, 0, f), 0);
	skep_syscalls_wanted(f->engine, &set);
	for (int i = 0; i < SKEP_SYSCALL_WORDS; i++)
		assert_int_equal(set.exit[i], ~0UL);
	hook_detach(hook, f);
	skep_syscalls_wanted(f->engine, &set);
	assert_int_equal(set.exit[0], 0);
	obj_put(&prog->obj);
	attach(f, HOOK_RAW_TP, RAW_TP_sched_process_exit, BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0);
	assert_true(skep_sched_wanted(f->engine));
}

static void a_hook_takes_what_the_kernels_would(void **state)
{
	struct fixture *f = *state;
	struct hook *event = hook_find(f->engine, HOOK_TRACEPOINT, event_sys_enter(0));
	struct hook *raw = hook_find(f->engine, HOOK_RAW_TP, RAW_TP_sys_enter);
	struct bpf_prog *prog = copying_prog(f->engine, BPF_PROG_TYPE_TRACEPOINT, &f->seen, 0, 0, 0);
	struct bpf_prog *progs[64];
	char owners[70];

	assert_int_equal(hook_attach(event, prog, 0, &owners[0]), 0);
	assert_int_equal(hook_attach(event, prog, 0, &owners[0]), -EEXIST);
	assert_int_equal(hook_attach(event, prog, 0, &owners[1]), -EEXIST); /* the same program twice */
	for (int i = 0; i < 63; i++) {
		progs[i] = copying_prog(f->engine, BPF_PROG_TYPE_TRACEPOINT, &f->seen, 0, 0, 0);
		assert_int_equal(hook_attach(event, progs[i], 0, &owners[1 + i]), 0);
	}
	progs[63] = copying_prog(f->engine, BPF_PROG_TYPE_TRACEPOINT, &f->seen, 0, 0, 0);
	assert_int_equal(hook_attach(event, progs[63], 0, &owners[65]), -E2BIG);
	for (int i = 0; i < 64; i++) {
		hook_detach(event, &owners[1 + i]);
		obj_put(&progs[i]->obj);
	}
	assert_true(hook_has(event, &owners[0]));
	for (int i = 0; i < 70; i++)
		assert_int_equal(hook_attach(raw, prog, 0, &owners[i]), 0);
	assert_int_equal(hook_replace(raw, &prog, prog), -ENOLINK);
	obj_put(&prog->obj);
}

static void a_packet_comes_back_as_the_program_left_it(void **state)
{
	struct fixture *f = *state;
	u8 buf[256] = {0};
	struct skep_packet packet = {.sz = sizeof(packet),
				     .buf = buf,
				     .size = sizeof(buf),
				     .data = 64,
				     .len = 60,
				     .ifindex = 3,
				     .rx_queue = 2};
	struct bpf_prog *prog;
	struct bpf_xdp_words {
		u64 data, data_end, data_meta, hard_start;
	} *words = (struct bpf_xdp_words *)f->seen.words;

	assert_int_equal(skep_fire_xdp(f->engine, &packet, NULL), -ENODEV);
	assert_int_equal(skep_device_add(f->engine, 3, "eth0"), 0);
	assert_int_equal(skep_device_add(f->engine, 3, "eth0"), -EEXIST);
	assert_int_equal(skep_device_add(f->engine, 259, "eth1"), 0);
	assert_int_equal(skep_fire_xdp(f->engine, &packet, NULL), XDP_PASS);
	prog = copying_prog(f->engine, BPF_PROG_TYPE_XDP, &f->seen, 0, 4, XDP_DROP);
	assert_int_equal(hook_attach(device_hook(f->engine, 3), prog, 0, f), 0);
	assert_int_equal(hook_attach(device_hook(f->engine, 3), prog, 0, &packet), -EBUSY);
	assert_int_equal(skep_fire_xdp(f->engine, &packet, NULL), XDP_DROP);
	assert_int_equal(words->data, ptr_to_u64(buf + 64));
	assert_int_equal(words->data_end, ptr_to_u64(buf + 124));
	assert_int_equal(words->hard_start, ptr_to_u64(buf));
	packet.ifindex = 259;
	assert_int_equal(skep_fire_xdp(f->engine, &packet, NULL), XDP_PASS);
	packet.len = 200;
	assert_int_equal(skep_fire_xdp(f->engine, &packet, NULL), -EINVAL);
	obj_put(&prog->obj);
}

/* Attach and detach while other threads fire: each run is of a program that was attached, and none comes after detach
 * returned. */
struct race {
	struct fixture *f;
	atomic_bool stop;
	atomic_ulong fired;
};

static void *firing(void *arg)
{
	struct race *race = arg;

	while (!atomic_load(&race->stop)) {
		skep_fire_sys_enter(race->f->engine, NULL, &openat_regs);
		atomic_fetch_add(&race->fired, 1);
	}
	return NULL;
}

static void attaching_while_firing_is_safe(void **state)
{
	struct fixture *f = *state;
	struct race race = {.f = f};
	struct hook *hook = hook_find(f->engine, HOOK_TRACEPOINT, event_sys_enter(NR_OPENAT));
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, firing, &race), 0);
	for (int i = 0; i < 300; i++) {
		struct seen *seen = calloc(1, sizeof(*seen));
		struct bpf_prog *prog = copying_prog(f->engine, BPF_PROG_TYPE_TRACEPOINT, seen, 0, 0, 0);
		unsigned long runs;

		assert_int_equal(hook_attach(hook, prog, 0, seen), 0);
		obj_put(&prog->obj);
		for (unsigned long before = race.fired; i % 10 == 0 && race.fired < before + 10;)
			sched_yield();
		hook_detach(hook, seen);
		runs = atomic_load(&seen->runs);
		sched_yield();
		assert_int_equal(atomic_load(&seen->runs), runs);
		free(seen);
	}
	atomic_store(&race.stop, true);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

/* A descriptor of a program made by hand, which holds its only reference. */
static int prog_fd(struct fixture *f, enum bpf_prog_type type, u32 words)
{
	struct bpf_prog *prog = copying_prog(f->engine, type, &f->seen, 0, words, 0);
	struct caller caller;
	int fd;

	caller_init_self(&caller, f->engine);
	assert_int_equal(obj_publish(&prog->obj), 0);
	fd = handle_new(&caller, &prog->obj, 0);
	assert_true(fd >= 0);
	return fd;
}

static int kprobe_event(struct fixture *f, const char *symbol, u64 offset, bool is_return)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_ENGINE_KPROBE, .size = sizeof(attr), .config = is_return};

	attr.kprobe_func = ptr_to_u64(symbol);
	attr.probe_offset = offset;
	return skep_engine_perf_event_open(f->engine, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
}

static void kprobes_are_found_by_symbol(void **state)
{
	struct fixture *f = *state;
	int prog = prog_fd(f, BPF_PROG_TYPE_KPROBE, 0), event, link;
	union bpf_attr attr = {0};
	struct bpf_link_info info = {0};
	char name[64] = "";

	assert_int_equal(kprobe_event(f, "no_such_function", 0, false), -ENOENT);
	assert_int_equal(kprobe_event(f, "__x64_sys_no_such", 0, false), -ENOENT);
	assert_int_equal(kprobe_event(f, "__x64_sys_openat", 4, false), -EINVAL);
	assert_int_equal(kprobe_event(f, "", 0, false), -ENOENT);
	event = kprobe_event(f, "__x64_sys_openat", 0, true);
	assert_true(event >= 0);
	attr.link_create.prog_fd = (u32)prog;
	attr.link_create.target_fd = (u32)event;
	attr.link_create.attach_type = BPF_PERF_EVENT;
	attr.link_create.perf_event.bpf_cookie = 99;
	link = skep_engine_bpf(f->engine, BPF_LINK_CREATE, &attr, sizeof(attr));
	assert_true(link >= 0);
	attr = (union bpf_attr){.info = {.bpf_fd = (u32)link, .info_len = sizeof(info), .info = ptr_to_u64(&info)}};
	info.perf_event.kprobe.func_name = ptr_to_u64(name);
	info.perf_event.kprobe.name_len = sizeof(name);
	assert_int_equal(skep_engine_bpf(f->engine, BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof(attr)), 0);
	assert_int_equal(info.type, BPF_LINK_TYPE_PERF_EVENT);
	assert_int_equal(info.perf_event.type, BPF_PERF_EVENT_KRETPROBE);
	assert_int_equal(info.perf_event.kprobe.addr, syscall_symbol_addr(NR_OPENAT));
	assert_int_equal(info.perf_event.kprobe.cookie, 99);
	assert_string_equal(name, "__x64_sys_openat");
	close(event); /* the link holds it */
	close(prog);
	skep_engine_reap(f->engine);
	skep_fire_sys_exit(f->engine, f->task, &openat_regs);
	assert_int_equal(f->seen.runs, 1);
	close(link);
	skep_engine_reap(f->engine);
	skep_fire_sys_exit(f->engine, f->task, &openat_regs);
	assert_int_equal(f->seen.runs, 1);
}

/* Links made and closed by two threads while two others fire: nothing is lost, freed early or left behind. */
static void *linking(void *arg)
{
	struct race *race = arg;
	struct fixture *f = race->f;

	for (int i = 0; i < 150; i++) {
		int prog = prog_fd(f, BPF_PROG_TYPE_RAW_TRACEPOINT, 0);
		union bpf_attr attr = {.raw_tracepoint = {.name = ptr_to_u64("sys_enter"), .prog_fd = (u32)prog}};
		int link = skep_engine_bpf(f->engine, BPF_RAW_TRACEPOINT_OPEN, &attr, sizeof(attr));
		u64 before = atomic_load(&f->seen.runs);

		if (link < 0)
			return arg;
		close(prog);
		while (i % 10 == 0 && atomic_load(&f->seen.runs) == before)
			sched_yield();
		close(link);
		skep_engine_reap(f->engine);
	}
	return NULL;
}

static void links_come_and_go_while_hooks_fire(void **state)
{
	struct fixture *f = *state;
	struct race race = {.f = f};
	pthread_t firers[2], linkers[2];
	void *failed;

	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_create(&firers[i], NULL, firing, &race), 0);
		assert_int_equal(pthread_create(&linkers[i], NULL, linking, &race), 0);
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(linkers[i], &failed);
		assert_null(failed);
	}
	atomic_store(&race.stop, true);
	for (int i = 0; i < 2; i++)
		pthread_join(firers[i], NULL);
	skep_engine_reap(f->engine);
	assert_false(hook_active(hook_find(f->engine, HOOK_RAW_TP, RAW_TP_sys_enter)));
	assert_int_equal(atomic_load(&progs_alive), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_syscall_event_has_the_arguments_of_its_format, setup, teardown),
		cmocka_unit_test_setup_teardown(a_syscall_exit_event_has_the_result, setup, teardown),
		cmocka_unit_test_setup_teardown(raw_syscalls_fires_for_every_number, setup, teardown),
		cmocka_unit_test_setup_teardown(a_raw_tracepoint_has_registers_in_kernel_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(probes_of_an_entry_function_get_the_users_registers_and_the_result,
						setup, teardown),
		cmocka_unit_test_setup_teardown(other_system_calls_do_not_fire, setup, teardown),
		cmocka_unit_test_setup_teardown(exec_fork_and_exit_have_the_tasks, setup, teardown),
		cmocka_unit_test_setup_teardown(who_goes_leaves_no_pointers_behind, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_wanted_follows_what_is_attached, setup, teardown),
		cmocka_unit_test_setup_teardown(a_hook_takes_what_the_kernels_would, setup, teardown),
		cmocka_unit_test_setup_teardown(a_packet_comes_back_as_the_program_left_it, setup, teardown),
		cmocka_unit_test_setup_teardown(attaching_while_firing_is_safe, setup, teardown),
		cmocka_unit_test_setup_teardown(kprobes_are_found_by_symbol, setup, teardown),
		cmocka_unit_test_setup_teardown(links_come_and_go_while_hooks_fire, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

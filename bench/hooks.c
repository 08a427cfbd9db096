/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a hook costs: an event that nobody listens to, and one with a program of two instructions on it, beside the
 * kernel's own figure for the same (a system call with a tracepoint on it less one without; XDP by TEST_RUN).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/perf_event.h>
#include <skep/hook.h>

#include "common/uapi/bpf.h"
#include "common/util/util.h"
#include "engine/hooks/events.h"
#include "engine/hooks/perf.h"

#define SAMPLES 15
#define PER_SAMPLE 100000
#define IFINDEX 7
#define NR SYS_getppid

struct bench {
	struct skep_engine *engine;
	struct skep_task *task;
	struct skep_packet packet;
	u8 buf[2048];
};

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

/* The best of some samples, ns a call. */
static double best_of(struct bench *b, void (*fn)(struct bench *b))
{
	double best = 1e18;

	for (int sample = 0; sample < SAMPLES; sample++) {
		double start = now_ns(), ns;

		for (int i = 0; i < PER_SAMPLE; i++)
			fn(b);
		ns = (now_ns() - start) / PER_SAMPLE;
		best = min_of(best, ns);
	}
	return best;
}

static const struct skep_regs regs = {.orig_ax = NR};

static void enter(struct bench *b)
{
	skep_fire_sys_enter(b->engine, b->task, &regs);
}

static void leave(struct bench *b)
{
	skep_fire_sys_exit(b->engine, b->task, &regs);
}

static void packet(struct bench *b)
{
	skep_fire_xdp(b->engine, &b->packet, NULL);
}

static void system_call(struct bench *b)
{
	syscall(NR);
}

/* bpf(2) of an engine, or of the kernel. */
static int sys_bpf_of(struct skep_engine *engine, int cmd, union bpf_attr *attr)
{
	long ret =
		engine ? skep_engine_bpf(engine, cmd, attr, sizeof(*attr)) : syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	return ret < 0 && !engine ? -errno : (int)ret;
}

static int load(struct skep_engine *engine, u32 type)
{
	static const struct bpf_insn insns[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = XDP_PASS},
						{.code = BPF_JMP | BPF_EXIT}};
	union bpf_attr attr = {0};

	attr.prog_type = type;
	attr.insns = ptr_to_u64(insns);
	attr.insn_cnt = ARRAY_SIZE(insns);
	attr.license = ptr_to_u64("GPL");
	return sys_bpf_of(engine, BPF_PROG_LOAD, &attr);
}

/* Put a program on an event of the engine; the event's descriptor, or -errno. */
static int attach_event(struct skep_engine *engine, struct perf_event_attr *attr, u32 type)
{
	int prog = load(engine, type), event, err;

	if (prog < 0)
		return prog;
	attr->size = sizeof(*attr);
	event = skep_engine_perf_event_open(engine, attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	err = event < 0 ? event : skep_engine_ioctl(engine, event, PERF_EVENT_IOC_SET_BPF, (unsigned long)prog);
	close(prog);
	return err < 0 ? err : event;
}

static int attach_link(struct skep_engine *engine, u32 type)
{
	int prog = load(engine, type), ret;
	union bpf_attr attr = {0};

	if (prog < 0)
		return prog;
	if (type == BPF_PROG_TYPE_XDP) {
		attr.link_create.prog_fd = (u32)prog;
		attr.link_create.target_ifindex = IFINDEX;
		attr.link_create.attach_type = BPF_XDP;
		ret = sys_bpf_of(engine, BPF_LINK_CREATE, &attr);
	} else {
		attr.raw_tracepoint.prog_fd = (u32)prog;
		attr.raw_tracepoint.name = ptr_to_u64("sys_enter");
		ret = sys_bpf_of(engine, BPF_RAW_TRACEPOINT_OPEN, &attr);
	}
	close(prog);
	return ret;
}

/* The kernel's tracepoint on the same system call; negative where it does not let us. */
static double kernel_tracepoint(struct bench *b)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .sample_period = 1};
	FILE *f = fopen("/sys/kernel/tracing/events/syscalls/sys_enter_getppid/id", "re");
	unsigned long long id = 0;
	double bare, with;
	int prog, event;

	if (!f)
		return -1;
	if (fscanf(f, "%llu", &id) != 1)
		id = 0;
	fclose(f);
	attr.config = id;
	bare = best_of(b, system_call);
	prog = load(NULL, BPF_PROG_TYPE_TRACEPOINT);
	event = prog < 0 ? -1 : (int)syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
	with = event < 0 || ioctl(event, PERF_EVENT_IOC_SET_BPF, prog) ? -1 : best_of(b, system_call);
	if (event >= 0)
		close(event);
	if (prog >= 0)
		close(prog);
	return with < 0 ? -1 : with - bare;
}

static double test_run(struct skep_engine *engine)
{
	int prog = load(engine, BPF_PROG_TYPE_XDP);
	union bpf_attr attr = {0};
	static u8 data[64];
	double ns = -1;

	if (prog < 0)
		return -1;
	attr.test.prog_fd = (u32)prog;
	attr.test.data_in = ptr_to_u64(data);
	attr.test.data_size_in = sizeof(data);
	attr.test.repeat = 1000000;
	if (!sys_bpf_of(engine, BPF_PROG_TEST_RUN, &attr))
		ns = attr.test.duration;
	close(prog);
	return ns;
}

static void row(const char *what, double engine, double kernel)
{
	printf("%-44s %9.1f", what, engine);
	if (kernel >= 0)
		printf(" %9.1f", kernel);
	else
		printf(" %9s", "-");
	printf("\n");
}

int main(void)
{
	struct skep_task_info info = {.sz = sizeof(info), .pid = 1000, .tgid = 1000, .comm = "bench"};
	struct perf_event_attr tp = {.type = PERF_TYPE_TRACEPOINT, .config = event_sys_enter(NR)};
	struct perf_event_attr kprobe = {.type = PERF_TYPE_ENGINE_KPROBE,
					 .kprobe_func = ptr_to_u64("__x64_sys_getppid")};
	static struct bench b;
	int fd;

	b.engine = skep_engine_new(NULL);
	b.task = b.engine ? skep_task_add(b.engine, &info) : NULL;
	if (!b.task || skep_device_add(b.engine, IFINDEX, "bench0"))
		return 1;
	b.packet = (struct skep_packet){.sz = sizeof(b.packet),
					.buf = b.buf,
					.size = sizeof(b.buf),
					.data = 256,
					.len = 60,
					.ifindex = IFINDEX};
	printf("%-44s %9s %9s\n", "hooks: ns an event", "engine", "kernel");
	row("system call, nobody listens", best_of(&b, enter), -1);
	row("packet, nobody listens", best_of(&b, packet), -1);
	fd = attach_event(b.engine, &tp, BPF_PROG_TYPE_TRACEPOINT);
	if (fd < 0) {
		fprintf(stderr, "hooks: cannot attach: %s\n", strerror(-fd));
		return 1;
	}
	row("tp/syscalls/sys_enter_getppid", best_of(&b, enter), kernel_tracepoint(&b));
	row("its exit, where nobody listens", best_of(&b, leave), -1);
	close(fd);
	skep_engine_reap(b.engine);
	fd = attach_link(b.engine, BPF_PROG_TYPE_RAW_TRACEPOINT);
	row("raw_tp/sys_enter", best_of(&b, enter), -1);
	close(fd);
	skep_engine_reap(b.engine);
	fd = attach_event(b.engine, &kprobe, BPF_PROG_TYPE_KPROBE);
	row("kprobe/__x64_sys_getppid", best_of(&b, enter), -1);
	close(fd);
	fd = attach_link(b.engine, BPF_PROG_TYPE_XDP);
	row("xdp, a packet", best_of(&b, packet), -1);
	close(fd);
	row("xdp, a packet by TEST_RUN", test_run(b.engine), test_run(NULL));
	skep_engine_free(b.engine);
	return 0;
}

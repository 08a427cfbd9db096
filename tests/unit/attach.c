/* SPDX-License-Identifier: BSD-2-Clause */
/* Attaching and reading on the kernel of this machine: hooks that only see this process, and a network namespace of its own. */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <skep/skep.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/btf/btf.h"
#include "user/door/sys.h"

enum { TRACEPOINT, RAW_TP, TP_BTF, XDP_HOOK, SOCKET, KINDS };

static struct skep_door *door;
static struct skep_object *obj;
static struct skep_error *err;

static volatile int *only_pid;
static volatile u64 *runs;

static int setup(void **state)
{
	err = skep_error_new();
	door = skep_door_kernel();
	obj = skep_object_open_file(FIXTURES "/hooks.bpf.o", NULL, err);
	if (!obj) {
		fprintf(stderr, "%s\n", skep_error_text(err));
		return -1;
	}
	if (skep_object_load(obj, door, NULL, err)) {
		if (skep_error_code(err) != -EPERM)
			return -1;
		fprintf(stderr, "SKIPPED: %s\n", skep_error_text(err));
		skep_object_close(obj);
		obj = NULL;
	}
	return 0;
}

static int teardown(void **state)
{
	skep_object_close(obj);
	skep_door_free(door);
	skep_error_free(err);
	return 0;
}

/* Where a variable lies within .bss, as its types say once they are filled in. */
static volatile void *variable(const char *name)
{
	struct skep_map *bss = skep_object_find_map(obj, ".bss");
	struct bpf_btf_info info = {};
	struct btf *btf;
	u32 len = sizeof(info);
	static char raw[65536];
	char *data;
	size_t size;

	info.btf = ptr_to_u64(raw);
	info.btf_size = sizeof(raw);
	assert_int_equal(sys_obj_info(door, skep_object_btf_fd(obj), &info, &len), 0);
	btf = btf_parse(raw, info.btf_size, NULL, NULL);
	assert_non_null(btf);
	data = skep_map_initial_value(bss, &size);
	for (u32 i = 0; i < btf_vlen(btf_type(btf, skep_map_btf_value_type(bss))); i++) {
		const struct btf_var_secinfo *v = &btf_secinfos(btf_type(btf, skep_map_btf_value_type(bss)))[i];

		if (!strcmp(btf_name(btf, v->type), name)) {
			u32 off = v->offset;

			btf_free(btf);
			return data + off;
		}
	}
	fail_msg("no variable %s", name);
	return NULL;
}

static void start(void)
{
	if (!obj)
		skip();
	only_pid = variable("only_pid");
	runs = variable("runs");
	*only_pid = getpid();
}

static struct skep_link *attach(const char *name, const struct skep_attach_opts *opts)
{
	struct skep_link *link = skep_program_attach(skep_object_find_program(obj, name), opts, err);

	if (!link)
		fail_msg("%s", skep_error_text(err));
	return link;
}

static void trace_hooks_run_while_their_link_lives(void **state)
{
	static const char *const names[] = {"on_tracepoint", "on_raw_tp", "on_tp_btf"};

	start();
	for (int kind = TRACEPOINT; kind <= TP_BTF; kind++) {
		struct skep_link *link = attach(names[kind], NULL);
		u64 before = runs[kind];

		syscall(SYS_getppid);
		assert_true(runs[kind] > before);
		skep_link_destroy(link);
		before = runs[kind];
		syscall(SYS_getppid);
		assert_true(runs[kind] == before);
	}
}

static int take_record(void *ctx, const void *data, size_t size)
{
	u64 *copy = ctx;

	assert_int_equal(size >= 24, 1);
	memcpy(copy, data, 24);
	return 0;
}

static int take_sample(void *ctx, int cpu, const void *data, size_t size)
{
	assert_true(cpu >= 0);
	return take_record(ctx, data, size);
}

static bool trace_line_seen;

static void take_line(void *ctx, const char *text)
{
	char expected[64];

	snprintf(expected, sizeof(expected), "skep test %d", getpid());
	if (strstr(text, expected))
		trace_line_seen = true;
}

static void records_come_through_both_buffers(void **state)
{
	struct skep_attach_opts opts = {.sz = sizeof(opts), .cookie = 0xc00c1e};
	struct skep_perf_buffer *pb;
	struct skep_trace_pipe *pipe;
	struct skep_ring_buffer *rb;
	u64 record[3] = {}, sample[3] = {};
	struct skep_link *link;

	start();
	link = attach("on_tracepoint", &opts);
	rb = skep_ring_buffer_new(door);
	assert_non_null(rb);
	assert_int_equal(skep_ring_buffer_add(rb, skep_map_fd(skep_object_find_map(obj, "perf")), take_record, record), -EINVAL);
	assert_int_equal(skep_ring_buffer_add(rb, skep_map_fd(skep_object_find_map(obj, "ring")), take_record, record), 0);
	skep_ring_buffer_consume(rb);
	pb = skep_perf_buffer_new(door, skep_map_fd(skep_object_find_map(obj, "perf")), take_sample, NULL, sample, NULL);
	assert_non_null(pb);
	pipe = skep_trace_pipe_open(door);
	assert_int_equal(skep_ring_buffer_poll(rb, 0), 0);
	syscall(SYS_getppid);
	assert_int_equal(skep_ring_buffer_poll(rb, 1000), 1);
	assert_true(record[0] == 0x1122334455667788);
	assert_true(record[2] == 0xc00c1e);
	assert_int_equal(skep_ring_buffer_poll(rb, 0), 0);
	assert_int_equal(skep_perf_buffer_poll(pb, 1000), 1);
	assert_true(sample[0] == 0x1122334455667788);
	assert_int_equal(skep_perf_buffer_lost(pb), 0);
	if (pipe) {
		skep_trace_pipe_read(pipe, take_line, NULL);
		assert_true(trace_line_seen);
	}
	skep_trace_pipe_close(pipe);
	skep_perf_buffer_free(pb);
	skep_ring_buffer_free(rb);
	skep_link_destroy(link);
}

static int ring_count;

static int count_record(void *ctx, const void *data, size_t size)
{
	ring_count++;
	return ring_count == 3 ? 77 : 0;
}

/* More records than the ring holds, several times round it; one lost sample is one lost, and counted. */
static void rings_go_round_and_losses_are_counted(void **state)
{
	struct skep_perf_buffer_opts opts = {.sz = sizeof(opts), .pages = 1};
	struct skep_ring_buffer *rb;
	struct skep_perf_buffer *pb;
	struct skep_link *link;
	u64 record[3];
	int got = 0;

	start();
	link = attach("on_tracepoint", NULL);
	rb = skep_ring_buffer_new(door);
	assert_int_equal(skep_ring_buffer_add(rb, skep_map_fd(skep_object_find_map(obj, "ring")), take_record, record), 0);
	pb = skep_perf_buffer_new(door, skep_map_fd(skep_object_find_map(obj, "perf")), take_sample, NULL, record, &opts);
	assert_non_null(pb);
	for (int round = 0; round < 5; round++) {
		for (int i = 0; i < 100; i++)
			syscall(SYS_getppid);
		got += skep_ring_buffer_consume(rb);
	}
	assert_int_equal(got, 500);
	/* 500 samples of 40 bytes do not fit into a page: consume makes room, the next sample tells how many were lost. */
	got = skep_perf_buffer_consume(pb);
	assert_true(got > 0 && got < 500);
	syscall(SYS_getppid);
	got += skep_perf_buffer_consume(pb);
	assert_int_equal(got + (int)skep_perf_buffer_lost(pb), 501);
	skep_perf_buffer_free(pb);
	skep_ring_buffer_free(rb);
	rb = skep_ring_buffer_new(door);
	assert_int_equal(skep_ring_buffer_add(rb, skep_map_fd(skep_object_find_map(obj, "ring")), count_record, NULL), 0);
	for (int i = 0; i < 5; i++)
		syscall(SYS_getppid);
	assert_int_equal(skep_ring_buffer_poll(rb, 100), 77); /* the callback's own answer: the record from before, and two */
	skep_ring_buffer_free(rb);
	skep_link_destroy(link);
}

static int sum_cpus(void *ctx, const void *key, const void *value)
{
	for (int cpu = 0; cpu < skep_nr_possible_cpus(); cpu++)
		*(u64 *)ctx += *(const u32 *)((const char *)value + 8 * cpu);
	return 0;
}

static void per_cpu_values_come_from_all_cpus(void **state)
{
	struct skep_map *map;
	struct skep_link *link;
	u64 before = 0, after = 0;

	start();
	map = skep_object_find_map(obj, "per_cpu");
	assert_int_equal(skep_map_value_bytes(map), 8 * skep_nr_possible_cpus());
	assert_int_equal(skep_map_for_each(map, sum_cpus, &before), 1);
	link = attach("on_tracepoint", NULL);
	for (int i = 0; i < 3; i++)
		syscall(SYS_getppid);
	skep_link_destroy(link);
	assert_int_equal(skep_map_for_each(map, sum_cpus, &after), 1);
	assert_int_equal(after - before, 3);
}

/* In a network namespace of our own: its loopback interface, brought up. */
static bool own_network(void)
{
	struct ifreq ifr = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	int s;

	if (unshare(CLONE_NEWNET))
		return false;
	s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s < 0 || ioctl(s, SIOCSIFFLAGS, &ifr))
		return false;
	close(s);
	return true;
}

static void send_to_self(int s)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(to);
	char c;

	assert_int_equal(bind(s, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(getsockname(s, (struct sockaddr *)&to, &len), 0);
	assert_int_equal(sendto(s, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)), 1);
	assert_int_equal(recv(s, &c, 1, 0), 1);
}

static void packets_go_through_xdp_and_socket_filters(void **state)
{
	struct skep_attach_opts xdp = {.sz = sizeof(xdp), .ifindex = 1, .flags = 2 /* XDP_FLAGS_SKB_MODE */};
	struct skep_attach_opts filter = {.sz = sizeof(filter)};
	struct skep_link *on_lo, *on_socket;

	start();
	if (!own_network()) {
		fprintf(stderr, "SKIPPED: no network namespace: %s\n", strerror(errno));
		skip();
	}
	assert_null(skep_program_attach(skep_object_find_program(obj, "on_xdp"), NULL, err));
	assert_non_null(strstr(skep_error_text(err), "needs an interface"));
	filter.target_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_true(filter.target_fd > 0);
	on_lo = attach("on_xdp", &xdp);
	on_socket = attach("on_socket", &filter);
	send_to_self(filter.target_fd);
	assert_true(runs[XDP_HOOK] == 1);
	assert_true(runs[SOCKET] == 1);
	assert_null(skep_program_attach(skep_object_find_program(obj, "on_xdp"), &xdp, err));
	assert_int_equal(skep_error_code(err), -EBUSY);
	skep_link_destroy(on_lo);
	skep_link_destroy(on_socket);
	close(filter.target_fd);
}

static void hooks_that_are_not_there_are_named(void **state)
{
	start();
	assert_null(skep_program_attach(skep_object_find_program(obj, "on_nothing"), NULL, err));
	assert_int_equal(skep_error_status(err), SKEP_NOT_ATTACHED);
	assert_non_null(strstr(skep_error_text(err), "no tracepoint syscalls/no_such_call"));
	assert_null(skep_program_attach(skep_object_find_program(obj, "on_kprobe"), NULL, err));
	assert_int_equal(errno, ENOENT);
	assert_null(skep_program_attach(skep_object_find_program(obj, "on_too_much"), NULL, err));
	assert_int_equal(errno, EACCES);
	assert_non_null(strstr(skep_error_text(err), "more of its context than the fields"));
	assert_null(skep_program_attach(skep_object_find_program(obj, "by_hand"), NULL, err));
	assert_int_equal(errno, EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trace_hooks_run_while_their_link_lives),
		cmocka_unit_test(records_come_through_both_buffers),
		cmocka_unit_test(rings_go_round_and_losses_are_counted),
		cmocka_unit_test(per_cpu_values_come_from_all_cpus),
		cmocka_unit_test(hooks_that_are_not_there_are_named),
		cmocka_unit_test(packets_go_through_xdp_and_socket_filters),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

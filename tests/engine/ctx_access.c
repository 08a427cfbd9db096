/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every byte of every context: for each program type, offset, size and direction, the engine's access rules say what
 * the kernel says. The kernel is asked with programs of one access.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/object/prog.h"
#include "engine/types/sock.h"
#include "tests/unit/unit.h"

/* This program checks contexts alone: helpers and the engine's BTF are not reached. */
__attribute__((weak)) const struct bpf_func_proto *base_func_proto(enum bpf_func_id id, const struct bpf_prog *prog)
{
	return NULL;
}
__attribute__((weak)) const struct bpf_func_proto *tracing_func_proto(enum bpf_func_id id, const struct bpf_prog *prog)
{
	return NULL;
}
__attribute__((weak)) const struct btf *engine_vmlinux(const struct skep_engine *engine)
{
	return NULL;
}

enum kind { LOAD, LOAD_SX, STORE, KINDS };

struct context {
	const char *name;
	enum bpf_prog_type type;
	enum bpf_attach_type attach;
	u32 flags;
	int from, to; /* offsets tried */
};

static int kernel_load(const struct context *c, const struct bpf_insn *insns, u32 n)
{
	union bpf_attr attr = {0};
	long fd;

	attr.prog_type = c->type;
	attr.expected_attach_type = c->attach;
	attr.prog_flags = c->flags;
	attr.insns = ptr_to_u64(insns);
	attr.insn_cnt = n;
	attr.license = ptr_to_u64("GPL");
	fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		return -errno;
	close((int)fd);
	return 0;
}

static bool kernel_takes(const struct context *c, enum kind kind, int off, int size)
{
	static const u8 code[9] = {[1] = BPF_B, [2] = BPF_H, [4] = BPF_W, [8] = BPF_DW};
	const struct bpf_insn exit_0[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
	struct bpf_insn insns[4] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2}};
	int err;

	insns[1] = kind == STORE
			   ? (struct bpf_insn){.code = BPF_STX | BPF_MEM | code[size], .dst_reg = 1, .src_reg = 2}
			   : (struct bpf_insn){.code = BPF_LDX | code[size] | (kind == LOAD ? BPF_MEM : BPF_MEMSX),
					       .dst_reg = 0,
					       .src_reg = 1};
	insns[1].off = (s16)off;
	insns[2] = exit_0[0];
	insns[3] = exit_0[1];
	err = kernel_load(c, insns, 4);
	if (err && err != -EACCES && err != -EINVAL && strcmp(c->name, "probe"))
		fail_msg("%s: the kernel answers %d", c->name, err);
	return !err;
}

static bool engine_takes(const struct context *c, enum kind kind, int off, int size)
{
	struct bpf_access_info info = {.reg_type = SCALAR_VALUE, .is_ldsx = kind == LOAD_SX};
	struct bpf_prog prog = {.type = c->type, .expected_attach_type = c->attach, .prog_flags = c->flags};

	return prog_type_ops_of(c->type)->is_valid_access(off, size, kind == STORE ? BPF_WRITE : BPF_READ, &prog,
							  &info);
}

/* A load behind skb->sk, through bpf_sk_fullsock() where the whole socket is wanted. */
static bool kernel_takes_of_sock(bool full, enum kind kind, int off, int size)
{
	static const u8 code[9] = {[1] = BPF_B, [2] = BPF_H, [4] = BPF_W, [8] = BPF_DW};
	const struct context c = {"sock", full ? BPF_PROG_TYPE_SCHED_CLS : BPF_PROG_TYPE_SOCKET_FILTER, 0, 0, 0, 0};
	struct bpf_insn insns[] = {
		{.code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = 1, .src_reg = 1, .off = offsetof(struct __sk_buff, sk)},
		{.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 1, .off = 5},
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_sk_fullsock},
		{.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 0},
		{.code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 1, .off = 2},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2},
		{.code = BPF_LDX | BPF_MEM | code[size], .dst_reg = 0, .src_reg = 1, .off = (s16)off},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K},
		{.code = BPF_JMP | BPF_EXIT},
	};

	if (!full) { /* as it is: a jump over nothing, a move of nothing */
		insns[2] = insns[4] = (struct bpf_insn){.code = BPF_JMP | BPF_JA};
		insns[3] = (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 1};
	}
	if (kind == STORE)
		insns[6] = (struct bpf_insn){
			.code = BPF_STX | BPF_MEM | code[size], .dst_reg = 1, .src_reg = 2, .off = (s16)off};
	return !kernel_load(&c, insns, ARRAY_SIZE(insns));
}

static void sockets(void **state)
{
	int differ = 0;

	for (int full = 0; full < 2; full++)
		for (int kind = LOAD; kind < KINDS; kind += STORE)
			for (int size = 1; size <= 8; size *= 2)
				for (int off = -8; off < 96; off++) {
					struct bpf_access_info info = {.reg_type = SCALAR_VALUE};
					bool kernel = kernel_takes_of_sock(full, kind, off, size);
					bool engine =
						sock_is_valid_access(full ? PTR_TO_SOCKET : PTR_TO_SOCK_COMMON, off,
								     size, kind == STORE ? BPF_WRITE : BPF_READ, &info);

					if (kernel == engine)
						continue;
					differ++;
					print_error(
						"%s socket, kind %d of %d bytes at %d: the kernel %d, the engine %d\n",
						full ? "full" : "common", kind, size, off, kernel, engine);
				}
	assert_int_equal(differ, 0);
}

static void same_answers(const struct context *c)
{
	static const char *const kinds[] = {"load", "sign-extending load", "store"};
	int differ = 0;

	for (int kind = LOAD; kind < KINDS; kind++)
		for (int size = 1; size <= (kind == LOAD_SX ? 4 : 8); size *= 2)
			for (int off = c->from; off < c->to; off++) {
				bool kernel = kernel_takes(c, kind, off, size),
				     engine = engine_takes(c, kind, off, size);

				if (kernel == engine)
					continue;
				differ++;
				print_error("%s: %s of %d bytes at %d: the kernel %s it, the engine %s it\n", c->name,
					    kinds[kind], size, off, kernel ? "takes" : "refuses",
					    engine ? "takes" : "refuses");
			}
	assert_int_equal(differ, 0);
}

#define CONTEXT(test, ...)                                                                                             \
	static void test(void **state)                                                                                 \
	{                                                                                                              \
		same_answers(&(const struct context){#test, __VA_ARGS__});                                             \
	}
CONTEXT(socket_filter, BPF_PROG_TYPE_SOCKET_FILTER, 0, 0, -8, 208)
CONTEXT(sched_cls, BPF_PROG_TYPE_SCHED_CLS, 0, 0, -8, 208)
CONTEXT(sched_act, BPF_PROG_TYPE_SCHED_ACT, 0, 0, -8, 208)
CONTEXT(cgroup_skb_ingress, BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_INGRESS, 0, -8, 208)
CONTEXT(cgroup_skb_egress, BPF_PROG_TYPE_CGROUP_SKB, BPF_CGROUP_INET_EGRESS, 0, -8, 208)
CONTEXT(lwt_in, BPF_PROG_TYPE_LWT_IN, 0, 0, -8, 208)
CONTEXT(lwt_out, BPF_PROG_TYPE_LWT_OUT, 0, 0, -8, 208)
CONTEXT(lwt_xmit, BPF_PROG_TYPE_LWT_XMIT, 0, 0, -8, 208)
CONTEXT(xdp, BPF_PROG_TYPE_XDP, BPF_XDP, 0, -8, 40)
CONTEXT(xdp_of_a_devmap, BPF_PROG_TYPE_XDP, BPF_XDP_DEVMAP, 0, -8, 40)
CONTEXT(xdp_of_a_cpumap, BPF_PROG_TYPE_XDP, BPF_XDP_CPUMAP, 0, -8, 40)
CONTEXT(kprobe, BPF_PROG_TYPE_KPROBE, 0, 0, -8, 184)
/* The kernel lets programs read before the record (a negative offset passes for a large one); the engine does not. */
CONTEXT(tracepoint, BPF_PROG_TYPE_TRACEPOINT, 0, 0, 0, 128)
CONTEXT(tracepoint_end, BPF_PROG_TYPE_TRACEPOINT, 0, 0, 8160, 8208)
CONTEXT(perf_event, BPF_PROG_TYPE_PERF_EVENT, 0, 0, -8, 200)
CONTEXT(raw_tracepoint, BPF_PROG_TYPE_RAW_TRACEPOINT, 0, 0, -8, 112)
CONTEXT(raw_tracepoint_writable, BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE, 0, 0, -8, 112)
CONTEXT(syscall_, BPF_PROG_TYPE_SYSCALL, 0, BPF_F_SLEEPABLE, -8, 64)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(socket_filter), cmocka_unit_test(sched_cls), cmocka_unit_test(sched_act),
		cmocka_unit_test(cgroup_skb_ingress), cmocka_unit_test(cgroup_skb_egress), cmocka_unit_test(lwt_in),
		cmocka_unit_test(lwt_out), cmocka_unit_test(lwt_xmit), cmocka_unit_test(xdp),
		cmocka_unit_test(xdp_of_a_devmap), cmocka_unit_test(xdp_of_a_cpumap), cmocka_unit_test(kprobe),
		cmocka_unit_test(tracepoint), cmocka_unit_test(tracepoint_end), cmocka_unit_test(perf_event),
		cmocka_unit_test(raw_tracepoint), cmocka_unit_test(raw_tracepoint_writable), cmocka_unit_test(syscall_),
		cmocka_unit_test(sockets),
	};
	const struct context probe = {"probe", BPF_PROG_TYPE_SOCKET_FILTER, 0, 0, 0, 0};

	if (!kernel_takes(&probe, LOAD, 0, 4)) {
		fprintf(stderr, "SKIP: no bpf(2) for this user on this kernel\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}

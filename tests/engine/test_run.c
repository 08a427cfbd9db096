/* SPDX-License-Identifier: BSD-2-Clause */
/* BPF_PROG_TEST_RUN: sizes, contexts, flags and errnos of every type that has it. */
#include <arpa/inet.h>
#include <stddef.h>

#include "tests/engine/both.h"

#define MOV(dst, v) {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = dst, .imm = v}
#define LDX(size, dst, src, at) {.code = BPF_LDX | BPF_MEM | size, .dst_reg = dst, .src_reg = src, .off = at}
#define CALL(id) {.code = BPF_JMP | BPF_CALL, .imm = id}
#define EXIT() {.code = BPF_JMP | BPF_EXIT}
#define PROG(t, type, ...)                                                                                             \
	({                                                                                                             \
		const struct bpf_insn _insns[] = {__VA_ARGS__};                                                        \
		T_prog(t, type, _insns, ARRAY_SIZE(_insns), NULL, 0);                                                  \
	})

#define DATA_MAX 73000

static u8 data[DATA_MAX], out[DATA_MAX];

/* An Ethernet frame with that protocol; every byte of the payload tells its place. */
static void make_frame(u16 protocol)
{
	for (u32 i = 0; i < DATA_MAX; i++)
		data[i] = (u8)(i * 7);
	memset(data, 0, 12);
	data[12] = (u8)(protocol >> 8);
	data[13] = (u8)protocol;
}

static u32 hash_of(const u8 *p, u32 n)
{
	u32 h = 2166136261;

	while (n--)
		h = (h ^ *p++) * 16777619;
	return h;
}

/* Run, and note all that came back. The attr's pointers: in, out and contexts only where sizes are given. */
static int run(struct both *t, const char *label, union bpf_attr *attr)
{
	union bpf_attr a = *attr;
	u32 room = a.test.data_size_out ? a.test.data_size_out : 0;
	u8 ctx_out[512];
	int ret;

	memset(out, 0xee, sizeof(out));
	memset(ctx_out, 0xee, sizeof(ctx_out));
	if (a.test.data_size_in && !a.test.data_in)
		a.test.data_in = ptr_to_u64(data);
	if (a.test.data_size_out && !a.test.data_out)
		a.test.data_out = ptr_to_u64(out);
	if (a.test.ctx_size_out)
		a.test.ctx_out = ptr_to_u64(ctx_out);
	a.test.retval = 0x1111;
	ret = T_bpf(t, BPF_PROG_TEST_RUN, &a, sizeof(a));
	T_NOTE(t, "%s: %d retval %#x data_out %u (%#x) ctx_out %u (%#x)", label, ret, a.test.retval,
	       a.test.data_size_out, hash_of(out, room ? room : 64), a.test.ctx_size_out,
	       hash_of(ctx_out, sizeof(ctx_out)));
	return ret;
}

static void sizes_of(struct both *t, u32 type, int prog)
{
	static const u32 sizes[] = {0, 1, 13, 14, 15, 33, 34, 53, 54, 60, 3520, 3521, 3712, 3713, 5000, 65536};
	char label[32];

	if (!T_TRUE(t, prog >= 0))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		union bpf_attr attr = {
			.test = {.prog_fd = (u32)prog, .data_size_in = sizes[i], .data_size_out = DATA_MAX}};

		snprintf(label, sizeof(label), "type %u size %u", type, sizes[i]);
		run(t, label, &attr);
	}
}

static void how_much_data_goes_in_and_out(struct both *t)
{
	static const u32 types[] = {BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_SCHED_CLS,  BPF_PROG_TYPE_SCHED_ACT,
				    BPF_PROG_TYPE_XDP,		 BPF_PROG_TYPE_CGROUP_SKB, BPF_PROG_TYPE_LWT_IN,
				    BPF_PROG_TYPE_LWT_OUT,	 BPF_PROG_TYPE_LWT_XMIT};
	static const u16 protocols[] = {0x0800, 0x86dd, 0x0806, 0x88b5, 0x0010, 0x05ff, 0x0600};

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		int prog = PROG(t, types[i], MOV(0, 1), EXIT());

		for (size_t j = 0; j < ARRAY_SIZE(protocols); j++) {
			make_frame(protocols[j]);
			sizes_of(t, types[i], prog);
		}
		close(prog);
	}
}

static void outputs_that_do_not_fit(struct both *t)
{
	static const u32 types[] = {BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_SCHED_CLS, BPF_PROG_TYPE_XDP};

	make_frame(0x0800);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		int prog = PROG(t, types[i], MOV(0, 2), EXIT());
		union bpf_attr attr = {.test = {.prog_fd = (u32)prog, .data_size_in = 60}};

		attr.test.data_size_out = 10;
		run(t, "short", &attr);
		attr.test.data_size_out = 0;
		run(t, "none", &attr);
		attr.test.data_out = ptr_to_u64(out);
		run(t, "no limit", &attr);
		attr.test.data_in = 8;
		run(t, "unreadable input", &attr);
		attr.test.data_in = ptr_to_u64(data);
		attr.test.data_out = 8;
		/* What else was written then depends on the way to the engine. */
		T_IS(t, T_bpf(t, BPF_PROG_TEST_RUN, &(union bpf_attr){.test = attr.test}, sizeof(attr)), -EFAULT);
		attr.test.data_out = 0;
		attr.test.repeat = 5;
		run(t, "repeat", &attr);
		attr.test.repeat = 0;
		for (u32 flag = 0; flag < 6; flag++) {
			attr.test.flags = 1U << flag;
			if (types[i] != BPF_PROG_TYPE_XDP || attr.test.flags != BPF_F_TEST_XDP_LIVE_FRAMES)
				run(t, "flag", &attr);
		}
		attr.test.flags = 0;
		attr.test.cpu = 1;
		run(t, "cpu", &attr);
		attr.test.cpu = 0;
		attr.test.batch_size = 1;
		run(t, "batch", &attr);
		close(prog);
	}
}

static void frames_of_several_pages(struct both *t)
{
	int prog = PROG(t, BPF_PROG_TYPE_XDP, LDX(BPF_W, 2, 1, 0), LDX(BPF_W, 0, 1, 4),
			{.code = BPF_ALU64 | BPF_SUB | BPF_X, .dst_reg = 0, .src_reg = 2}, EXIT());
	static const u32 outs[] = {10, 1479, 1480, 1481, 3520, 4999, 5000, 5001};
	union bpf_attr attr = {.test = {.prog_fd = (u32)prog, .data_size_in = 5000}};
	struct xdp_md md = {0};

	make_frame(0x0800);
	for (size_t i = 0; i < ARRAY_SIZE(outs); i++) {
		attr.test.data_size_out = outs[i];
		run(t, "pages", &attr);
	}
	attr.test.data_size_out = 0;
	attr.test.data_size_in = 70000;
	run(t, "17 pages", &attr);
	attr.test.ctx_size_out = sizeof(md);
	run(t, "none of it linear", &attr);
	attr.test.data_size_in = 69632;
	run(t, "17 pages, none linear", &attr);
	close(prog);
}

/* An XDP context: data is the length of the metadata, data_end that of the linear part. */
static void xdp_contexts(struct both *t)
{
	static const struct {
		u32 size;
		struct xdp_md md;
	} cases[] = {
		{60, {0, 60, 0, 0, 0, 0}},     {60, {0, 59, 0, 0, 0, 0}},     {60, {0, 61, 0, 0, 0, 0}},
		{60, {0, 0, 0, 0, 0, 0}},      {60, {0, 13, 0, 0, 0, 0}},     {60, {1, 60, 0, 0, 0, 0}},
		{60, {4, 60, 0, 0, 0, 0}},     {60, {44, 60, 0, 0, 0, 0}},    {60, {48, 60, 0, 0, 0, 0}},
		{60, {8, 8, 0, 0, 0, 0}},      {60, {8, 0, 0, 0, 0, 0}},      {60, {8, 60, 8, 0, 0, 0}},
		{60, {0, 60, 4, 0, 0, 0}},     {60, {0, 60, 0, 1, 0, 0}},     {60, {0, 60, 0, 1, 1, 0}},
		{60, {0, 60, 0, 0, 1, 0}},     {60, {0, 60, 0, 9999, 0, 0}},  {60, {0, 60, 0, 0, 0, 1}},
		{900, {216, 900, 0, 0, 0, 0}}, {900, {220, 900, 0, 0, 0, 0}}, {4000, {8, 4000, 0, 0, 0, 0}},
		{4000, {8, 3520, 0, 0, 0, 0}}, {4000, {0, 3521, 0, 0, 0, 0}},
	};
	int prog = PROG(t, BPF_PROG_TYPE_XDP, LDX(BPF_W, 2, 1, 0), LDX(BPF_W, 0, 1, 4),
			{.code = BPF_ALU64 | BPF_SUB | BPF_X, .dst_reg = 0, .src_reg = 2}, EXIT());
	int queue = PROG(t, BPF_PROG_TYPE_XDP, LDX(BPF_W, 0, 1, 16), EXIT());
	int ifindex = PROG(t, BPF_PROG_TYPE_XDP, LDX(BPF_W, 0, 1, 12), EXIT());
	union bpf_attr attr = {.test = {.data_size_in = 60}};

	make_frame(0x0800);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		union bpf_attr a = {.test = {.prog_fd = (u32)prog, .data_size_in = cases[i].size, .data_size_out = 4096,
					     .ctx_in = ptr_to_u64(&cases[i].md), .ctx_size_in = sizeof(struct xdp_md),
					     .ctx_size_out = sizeof(struct xdp_md)}};
		char label[64];

		snprintf(label, sizeof(label), "case %zu", i);
		run(t, label, &a);
		a.test.ctx_size_out = 8;
		run(t, label, &a);
	}
	attr.test.prog_fd = (u32)queue;
	run(t, "queue", &attr);
	attr.test.prog_fd = (u32)ifindex;
	run(t, "ifindex", &attr);
	close(prog);
	close(queue);
	close(ifindex);
}

static void contexts_longer_and_shorter(struct both *t)
{
	static const u32 types[] = {BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_XDP};
	u8 ctx[256];

	make_frame(0x0800);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		int prog = PROG(t, types[i], MOV(0, 2), EXIT());
		union bpf_attr attr = {.test = {.prog_fd = (u32)prog, .data_size_in = 60, .ctx_in = ptr_to_u64(ctx)}};

		for (u32 size = 0; size < sizeof(ctx); size += 4) {
			memset(ctx, 0, sizeof(ctx));
			attr.test.ctx_size_in = size;
			attr.test.ctx_in = size ? ptr_to_u64(ctx) : 0;
			run(t, "zeros", &attr);
			attr.test.ctx_size_out = size;
			run(t, "zeros in and out", &attr);
			attr.test.ctx_size_out = 0;
		}
		ctx[250] = 1;
		run(t, "tail", &attr);
		attr.test.ctx_in = 8;
		run(t, "unreadable", &attr);
		attr.test.ctx_in = 0;
		run(t, "size alone", &attr);
		attr.test.ctx_size_in = 0;
		attr.test.ctx_in = ptr_to_u64(ctx);
		run(t, "pointer alone", &attr);
		close(prog);
	}
}

/* Every byte of __sk_buff, set to one and to a large value. */
static void skb_contexts(struct both *t)
{
	static const u32 types[] = {BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_SCHED_CLS};
	struct __sk_buff skb;

	make_frame(0x0800);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		int prog = PROG(t, types[i], MOV(0, 2), EXIT());
		union bpf_attr attr = {.test = {.prog_fd = (u32)prog,
						.data_size_in = 60,
						.ctx_in = ptr_to_u64(&skb),
						.ctx_size_in = sizeof(skb),
						.ctx_size_out = sizeof(skb)}};
		static const u32 wire[] = {45, 46, 59, 60, 61, 65536, 65537};
		char label[64];

		for (u32 at = 0; at < sizeof(skb); at++) {
			/* A device of that number exists on one machine and not on another. */
			if (at > offsetof(struct __sk_buff, ifindex) && at < offsetof(struct __sk_buff, tc_index))
				continue;
			memset(&skb, 0, sizeof(skb));
			((u8 *)&skb)[at] = 1;
			snprintf(label, sizeof(label), "byte %u", at);
			run(t, label, &attr);
		}
		memset(&skb, 0, sizeof(skb));
		for (size_t j = 0; j < ARRAY_SIZE(wire); j++) {
			skb.wire_len = wire[j];
			run(t, "wire_len", &attr);
		}
		skb.wire_len = 0;
		skb.gso_segs = 65535;
		run(t, "gso_segs", &attr);
		skb.gso_segs = 65536;
		run(t, "gso_segs", &attr);
		skb.gso_segs = 0;
		skb.gso_size = 65537;
		run(t, "gso_size", &attr);
		skb.gso_size = 0;
		skb.ifindex = 99999;
		run(t, "ifindex", &attr);
		close(prog);
	}
}

/* What programs read of each field, with and without a context given, whole and narrow. */
static void skb_fields(struct both *t)
{
	static const u32 types[] = {BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_SCHED_CLS, BPF_PROG_TYPE_LWT_IN,
				    BPF_PROG_TYPE_CGROUP_SKB};
	static const u8 sizes[] = {BPF_B, BPF_H, BPF_W, BPF_DW};
	struct __sk_buff skb = {.mark = 0x01020304,
				.priority = 0x05060708,
				.ingress_ifindex = 0x0a0b0c0d,
				.ifindex = 1,
				.cb = {0x11121314, 0x21222324, 0x31323334, 0x41424344, 0x51525354},
				.tstamp = 0x6162636465666768,
				.wire_len = 0x4567,
				.gso_segs = 0x1234,
				.gso_size = 0x2345,
				.hwtstamp = 0x7172737475767778};

	make_frame(0x0800);
	for (size_t i = 0; i < ARRAY_SIZE(types); i++)
		for (s16 at = 0; at < (s16)sizeof(struct __sk_buff); at++)
			for (size_t size = 0; size < ARRAY_SIZE(sizes); size++) {
				int prog = types[i] == BPF_PROG_TYPE_CGROUP_SKB ?
						   /* only 0 and 1 may be returned: note the value through cb, below */
						   PROG(t, types[i], LDX(sizes[size], 2, 1, at),
							{.code = BPF_STX | BPF_MEM | BPF_DW, .dst_reg = 1, .src_reg = 2,
							 .off = offsetof(struct __sk_buff, cb)},
							MOV(0, 1), EXIT()) :
						   PROG(t, types[i], LDX(sizes[size], 0, 1, at), EXIT());
				union bpf_attr attr = {.test = {.prog_fd = (u32)prog,
								.data_size_in = 60,
								.ctx_size_out = sizeof(skb)}};
				char label[64];
				bool pointer = at == offsetof(struct __sk_buff, data) ||
					       at == offsetof(struct __sk_buff, data_end) ||
					       at == offsetof(struct __sk_buff, data_meta) ||
					       at == offsetof(struct __sk_buff, sk);

				/* Where pointers are, addresses would be compared. */
				if (prog < 0 || pointer) {
					if (prog >= 0)
						close(prog);
					continue;
				}
				snprintf(label, sizeof(label), "type %u offset %d size %zu", types[i], at,
					 (size_t)1 << size);
				run(t, label, &attr);
				attr.test.ctx_in = ptr_to_u64(&skb);
				attr.test.ctx_size_in = sizeof(skb);
				run(t, label, &attr);
				close(prog);
			}
}

static void packets_are_for_whom(struct both *t)
{
	int type = PROG(t, BPF_PROG_TYPE_SOCKET_FILTER, LDX(BPF_W, 0, 1, offsetof(struct __sk_buff, pkt_type)), EXIT());
	int protocol =
		PROG(t, BPF_PROG_TYPE_SOCKET_FILTER, LDX(BPF_W, 0, 1, offsetof(struct __sk_buff, protocol)), EXIT());
	static const u8 destinations[][6] = {{0}, {1}, {2}, {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 0, 0, 1}};
	static const u16 protocols[] = {0, 1, 46, 1499, 1500, 1535, 1536, 0x0800, 0x8100, 0xffff};
	union bpf_attr attr = {.test = {.data_size_in = 60}};

	make_frame(0x88b5);
	attr.test.prog_fd = (u32)type;
	for (size_t i = 0; i < ARRAY_SIZE(destinations); i++) {
		memcpy(data, destinations[i], 6);
		run(t, "destination", &attr);
	}
	attr.test.prog_fd = (u32)protocol;
	for (size_t i = 0; i < ARRAY_SIZE(protocols); i++) {
		make_frame(protocols[i]);
		run(t, "protocol", &attr);
		data[14] = data[15] = 0xff;
		run(t, "raw IPX", &attr);
	}
	close(type);
	close(protocol);
}

/* bpf_xdp_adjust_head, _tail and _meta, on frames of one page and of two. */
static void frames_that_programs_resize(struct both *t)
{
	static const u32 helpers[] = {BPF_FUNC_xdp_adjust_head, BPF_FUNC_xdp_adjust_tail, BPF_FUNC_xdp_adjust_meta};
	static const s32 by[] = {-4000, -300, -256, -220, -217, -216, -215, -60, -47,  -46,  -33,  -32,	 -8,
				 -4,	-1,   0,    1,	  4,	46,   47,   60,	 2616, 2617, 3460, 3461, 5000};
	static const u32 sizes[] = {60, 5000};
	struct xdp_md md = {0};

	make_frame(0x0800);
	for (size_t h = 0; h < ARRAY_SIZE(helpers); h++)
		for (size_t i = 0; i < ARRAY_SIZE(by); i++)
			for (size_t s = 0; s < ARRAY_SIZE(sizes); s++) {
				int prog = PROG(t, BPF_PROG_TYPE_XDP, MOV(2, by[i]), CALL((s32)helpers[h]), EXIT());
				union bpf_attr attr = {.test = {.prog_fd = (u32)prog,
								.data_size_in = sizes[s],
								.data_size_out = 12000}};
				char label[64];

				snprintf(label, sizeof(label), "helper %u by %d size %u", helpers[h], by[i], sizes[s]);
				run(t, label, &attr);
				md.data = 16;
				md.data_end = min_of(sizes[s], 3000U);
				attr.test.ctx_in = ptr_to_u64(&md);
				attr.test.ctx_size_in = attr.test.ctx_size_out = sizeof(md);
				run(t, label, &attr);
				attr.test.repeat = 3;
				run(t, label, &attr);
				close(prog);
			}
}

static void redirects(struct both *t)
{
	make_frame(0x0800);
	for (s32 flags = 0; flags < 3; flags++) {
		int prog = PROG(t, BPF_PROG_TYPE_XDP, MOV(1, 7), MOV(2, flags), CALL(BPF_FUNC_redirect), EXIT());
		union bpf_attr attr = {.test = {.prog_fd = (u32)prog, .data_size_in = 60}};

		run(t, "redirect", &attr);
		close(prog);
	}
}

static void raw_tracepoints(struct both *t)
{
	static u64 args[16] = {1, 0x1234567890, 3};
	int plain = PROG(t, BPF_PROG_TYPE_RAW_TRACEPOINT, MOV(0, 7), EXIT());
	int reads = PROG(t, BPF_PROG_TYPE_RAW_TRACEPOINT, LDX(BPF_W, 0, 1, 8), EXIT());
	int cpu = PROG(t, BPF_PROG_TYPE_RAW_TRACEPOINT, CALL(BPF_FUNC_get_smp_processor_id), EXIT());
	union bpf_attr attr = {.test = {.prog_fd = (u32)plain}};

	run(t, "no context", &attr);
	attr.test.ctx_in = ptr_to_u64(args);
	for (u32 size = 1; size < 120; size++) {
		attr.test.ctx_size_in = size;
		attr.test.prog_fd = (u32)plain;
		run(t, "plain", &attr);
		attr.test.prog_fd = (u32)reads;
		run(t, "reads", &attr);
	}
	attr.test.ctx_size_in = 16;
	attr.test.ctx_in = 8;
	run(t, "unreadable", &attr);
	attr.test.ctx_in = ptr_to_u64(args);
#define REFUSED(field, value)                                                                                          \
	({                                                                                                             \
		union bpf_attr _a = attr;                                                                              \
		_a.test.field = value;                                                                                 \
		run(t, #field, &_a);                                                                                   \
	})
	REFUSED(data_size_in, 4);
	REFUSED(data_size_out, 4);
	REFUSED(ctx_size_out, 8);
	REFUSED(repeat, 1);
	REFUSED(duration, 1);
	REFUSED(batch_size, 1);
	REFUSED(cpu, 1);
	for (u32 flag = 0; flag < 5; flag++)
		REFUSED(flags, 1U << flag);
	attr.test.prog_fd = (u32)cpu;
	attr.test.flags = BPF_F_TEST_RUN_ON_CPU;
	for (int i = 0; i < T_nr_cpus(); i++) {
		attr.test.cpu = (u32)i;
		run(t, "on a cpu", &attr);
	}
	attr.test.cpu = 100000;
	run(t, "on none", &attr);
	close(plain);
	close(reads);
	close(cpu);
}

static int syscall_prog(struct both *t)
{
	const struct bpf_insn insns[] = {LDX(BPF_W, 0, 1, 4),
					 {.code = BPF_STX | BPF_MEM | BPF_W, .dst_reg = 1, .src_reg = 0, .off = 8},
					 EXIT()};
	union bpf_attr attr = {0};

	attr.prog_type = BPF_PROG_TYPE_SYSCALL;
	attr.prog_flags = BPF_F_SLEEPABLE;
	attr.insns = ptr_to_u64(insns);
	attr.insn_cnt = ARRAY_SIZE(insns);
	attr.license = ptr_to_u64("GPL");
	return T_bpf(t, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static void syscall_programs(struct both *t)
{
	static u32 ctx[17000];
	int prog = syscall_prog(t);
	union bpf_attr attr = {.test = {.prog_fd = (u32)prog}};

	T_TRUE(t, prog >= 0);
	run(t, "no context", &attr);
	attr.test.ctx_in = ptr_to_u64(ctx);
	for (u32 size = 8; size < 20; size++) {
		memset(ctx, 0, sizeof(ctx));
		ctx[1] = 9;
		attr.test.ctx_size_in = size;
		run(t, "size", &attr);
		T_NOTE(t, "written back %u", ctx[2]);
	}
	attr.test.ctx_size_in = 65535;
	run(t, "largest", &attr);
	attr.test.ctx_size_in = 65536;
	run(t, "too large", &attr);
	attr.test.ctx_size_in = 16;
	REFUSED(data_size_in, 4);
	REFUSED(data_size_out, 4);
	REFUSED(ctx_size_out, 8);
	REFUSED(repeat, 1);
	REFUSED(duration, 1);
	REFUSED(batch_size, 1);
	REFUSED(cpu, 1);
	REFUSED(flags, 1);
	close(prog);
}

static void types_that_have_no_test_run(struct both *t)
{
	static const u32 types[] = {BPF_PROG_TYPE_KPROBE, BPF_PROG_TYPE_TRACEPOINT, BPF_PROG_TYPE_PERF_EVENT,
				    BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE};
	int map = T_map(t, BPF_MAP_TYPE_ARRAY, 4, 4, 1, 0);

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		int prog = PROG(t, types[i], MOV(0, 0), EXIT());
		union bpf_attr attr = {.test = {.prog_fd = (u32)prog, .data_size_in = 60}};

		run(t, "none", &attr);
		close(prog);
	}
	run(t, "a map", &(union bpf_attr){.test = {.prog_fd = (u32)map}});
	run(t, "nothing", &(union bpf_attr){.test = {.prog_fd = 100000}});
	close(map);
}

int main(int argc, char **argv)
{
	static const struct both_case cases[] = {
		BOTH(how_much_data_goes_in_and_out),
		BOTH(outputs_that_do_not_fit),
		BOTH(frames_of_several_pages),
		BOTH(xdp_contexts),
		BOTH(contexts_longer_and_shorter),
		BOTH(skb_contexts),
		BOTH(skb_fields),
		BOTH(packets_are_for_whom),
		BOTH(frames_that_programs_resize),
		BOTH(redirects),
		BOTH(raw_tracepoints),
		BOTH(syscall_programs),
		BOTH(types_that_have_no_test_run),
	};

	return both_main(cases, ARRAY_SIZE(cases), argc, argv);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which program types may call which helper, and which helpers want a GPL-compatible licence: asked of the kernel with a program of two
 * instructions each, compared with engine/helpers/availability.def and the contracts.
 */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/btf/btf.h"
#include "engine/helpers/proto.h"
#include "engine/object/prog.h"

static u32 tp_btf_id;

static int load(enum bpf_prog_type type, const struct bpf_insn *insns, u32 n, const char *licence, char *log, u32 log_size)
{
	union bpf_attr attr = {.prog_type = type, .insn_cnt = n, .insns = ptr_to_u64(insns), .license = ptr_to_u64(licence),
			       .log_level = 1, .log_size = log_size, .log_buf = ptr_to_u64(log)};

	switch (type) {
	case BPF_PROG_TYPE_CGROUP_SOCK_ADDR:
		attr.expected_attach_type = BPF_CGROUP_INET4_BIND;
		break;
	case BPF_PROG_TYPE_CGROUP_SOCKOPT:
		attr.expected_attach_type = BPF_CGROUP_GETSOCKOPT;
		break;
	case BPF_PROG_TYPE_SK_LOOKUP:
		attr.expected_attach_type = BPF_SK_LOOKUP;
		break;
	case BPF_PROG_TYPE_NETFILTER:
		attr.expected_attach_type = BPF_NETFILTER;
		break;
	case BPF_PROG_TYPE_TRACING:
		attr.expected_attach_type = BPF_TRACE_RAW_TP;
		attr.attach_btf_id = tp_btf_id;
		break;
	case BPF_PROG_TYPE_SYSCALL:
		attr.prog_flags = BPF_F_SLEEPABLE;
		break;
	default:
		break;
	}
	log[0] = 0;
	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
}

static const char *load_call(enum bpf_prog_type type, u32 helper, const char *licence, char *log, u32 log_size)
{
	const struct bpf_insn insns[] = {
		{.code = BPF_JMP | BPF_CALL, .imm = (s32)helper},
		{.code = BPF_ALU64 | BPF_MOV | BPF_K},
		{.code = BPF_JMP | BPF_EXIT},
	};
	int fd = load(type, insns, ARRAY_SIZE(insns), licence, log, log_size);

	if (fd >= 0)
		close(fd);
	return log;
}

static bool answers(enum bpf_prog_type type)
{
	const struct bpf_insn insns[] = {{.code = BPF_ALU64 | BPF_MOV | BPF_K}, {.code = BPF_JMP | BPF_EXIT}};
	char log[4096];
	int fd = load(type, insns, ARRAY_SIZE(insns), "GPL", log, sizeof(log));

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static bool refused(const char *log)
{
	return strstr(log, "cannot use helper") || strstr(log, "unknown func") || strstr(log, "invalid func");
}

/* Helpers that this kernel may refuse by its configuration or lockdown, not by program type. */
static bool by_policy(u32 helper)
{
	return helper == BPF_FUNC_probe_write_user || helper == BPF_FUNC_override_return;
}

static u32 compare_type(enum bpf_prog_type type)
{
	struct bpf_prog prog = {.type = type};
	char log[16384];
	u32 wrong = 0;

	for (u32 id = 1; id < __BPF_FUNC_MAX_ID; id++) {
		const struct bpf_func_proto *proto = helper_func_proto(id, &prog);
		bool kernel = !refused(load_call(type, id, "GPL", log, sizeof(log)));

		if (by_policy(id))
			continue;
		/* Of tracing programs, only those of raw tracepoints could be asked. */
		if (kernel != helper_available(id, type) && !(type == BPF_PROG_TYPE_TRACING && !kernel)) {
			print_error("type %d helper %s: the kernel says %s\n", type, helper_name(id), kernel ? "yes" : "no");
			wrong++;
		}
		if (!kernel || !proto)
			continue;
		load_call(type, id, "Proprietary", log, sizeof(log));
		if (!!strstr(log, "GPL") != proto->gpl_only) {
			print_error("type %d helper %s: gpl_only is %d\n", type, helper_name(id), proto->gpl_only);
			wrong++;
		}
	}
	return wrong;
}

static u32 find_tp_btf_id(void)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	size_t cap = 32 << 20, len = 0;
	char *data = malloc(cap);
	struct btf *btf = NULL;
	s32 id = 0;
	ssize_t n;

	while (data && fd >= 0 && len < cap && (n = read(fd, data + len, cap - len)) > 0)
		len += (size_t)n;
	if (len)
		btf = btf_parse(data, len, NULL, NULL);
	if (btf)
		id = btf_find(btf, "btf_trace_sys_enter", BTF_KIND_TYPEDEF);
	btf_free(btf);
	free(data);
	if (fd >= 0)
		close(fd);
	return id > 0 ? (u32)id : 0;
}

static void types_call_what_the_kernel_lets_them(void **state)
{
	u32 wrong = 0, asked = 0;

	tp_btf_id = find_tp_btf_id();
	if (!answers(BPF_PROG_TYPE_SOCKET_FILTER)) {
		print_message("SKIPPED: the kernel does not load programs for us\n");
		skip();
	}
	for (int type = 1; type < __MAX_BPF_PROG_TYPE; type++) {
		if (!answers((enum bpf_prog_type)type))
			continue;
		asked++;
		wrong += compare_type((enum bpf_prog_type)type);
	}
	assert_int_equal(wrong, 0);
	assert_true(asked >= 15);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_call_what_the_kernel_lets_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

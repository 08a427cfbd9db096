/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "common/btf/btf.h"
#include "engine/kernel/fs.h"
#include "engine/kernel/kernel_btf.h"
#include "engine/kernel/net.h"
#include "engine/kernel/task.h"
#include "engine/kernel/trace.h"

#include <skep/hook.h>

_Static_assert(sizeof(struct pt_regs) == sizeof(struct skep_regs), "registers");
_Static_assert(offsetof(struct pt_regs, orig_ax) == offsetof(struct skep_regs, orig_ax), "registers");
_Static_assert(offsetof(struct pt_regs, ss) == offsetof(struct skep_regs, ss), "registers");

static struct btf *btf;

static int load(void **state)
{
	btf = btf_parse(engine_kernel_btf, engine_kernel_btf_len, NULL, NULL);
	return btf ? 0 : -1;
}

static int unload(void **state)
{
	btf_free(btf);
	return 0;
}

/* Byte offset of a member, looked for in anonymous members too; -1 when there is none. */
static s64 member_offset(u32 id, const char *name)
{
	const struct btf_type *t = btf_resolve(btf, id, NULL);

	for (u32 i = 0; t && btf_is_composite(t) && i < btf_vlen(t); i++) {
		const struct btf_member *m = &btf_members(t)[i];
		s64 inner;

		if (!strcmp(btf_str(btf, m->name_off), name))
			return btf_member_bit_offset(t, i) / 8;
		inner = m->name_off ? -1 : member_offset(m->type, name);
		if (inner >= 0)
			return btf_member_bit_offset(t, i) / 8 + inner;
	}
	return -1;
}

/* X(struct, member): the last member and those after padding or unions; a shift anywhere before shows here. */
#define LAYOUT(X)                                                                                                  \
	X(task_struct, bpf_storage) X(task_struct, pid) X(task_struct, comm) X(task_struct, cgroups) X(task_struct, se) \
	X(cred, group_info) X(cred, euid) X(cred, cap_ambient) X(mm_struct, exe_file) X(mm_struct, arg_start)       \
	X(signal_struct, oom_score_adj_min) X(signal_struct, rlim) X(nsproxy, cgroup_ns) X(pid, numbers)            \
	X(pid_namespace, ns) X(uts_namespace, ns) X(mnt_namespace, nr_mounts) X(cgroup, ancestors) X(css_set, nr_tasks) \
	X(kernfs_node, id) X(file, f_security) X(file, f_path) X(dentry, d_children) X(dentry, d_name)              \
	X(inode, i_private) X(inode, i_rdev) X(super_block, s_user_ns) X(super_block, s_dev) X(mount, mnt_group_id) \
	X(linux_binprm, buf) X(linux_binprm, filename) X(files_struct, next_fd) X(fs_struct, pwd)                   \
	X(sk_buff, users) X(sk_buff, protocol) X(sk_buff, data) X(sock, sk_bpf_storage) X(sock_common, skc_refcnt)  \
	X(sock_common, skc_v6_daddr) X(net_device, xdp_prog) X(net_device, name) X(xdp_buff, flags)                 \
	X(xdp_rxq_info, frag_size) X(net, loopback_dev) X(pt_regs, ss) X(pt_regs, ip) X(bpf_perf_event_data, addr)  \
	X(trace_event_raw_sys_enter, args) X(trace_event_raw_sys_exit, ret) X(syscall_trace_enter, args)            \
	X(trace_event_raw_sched_process_exec, old_pid) X(trace_event_raw_sched_process_fork, child_pid)             \
	X(trace_event_raw_sched_process_exit, group_dead) X(trace_event_raw_sched_switch, next_prio)

static void host_and_programs_see_the_same_layout(void **state)
{
	static const struct {
		const char *type, *member;
		size_t size, offset;
	} layout[] = {
#define X(S, M) {#S, #M, sizeof(struct S), offsetof(struct S, M)},
		LAYOUT(X)
#undef X
	};

	for (size_t i = 0; i < ARRAY_SIZE(layout); i++) {
		s32 id = btf_find(btf, layout[i].type, BTF_KIND_STRUCT);

		if (id < 0 || btf_size(btf, (u32)id) != (s64)layout[i].size ||
		    member_offset((u32)id, layout[i].member) != (s64)layout[i].offset)
			fail_msg("%s.%s: size %lld offset %lld in BTF, %zu and %zu here", layout[i].type, layout[i].member,
				 (long long)btf_size(btf, (u32)id), (long long)member_offset((u32)id, layout[i].member),
				 layout[i].size, layout[i].offset);
	}
}

static void tracepoints_are_found_as_in_the_kernel(void **state)
{
	s32 td = btf_find(btf, "btf_trace_sys_enter", BTF_KIND_TYPEDEF);
	s32 fn = btf_find(btf, "__bpf_trace_sys_enter", BTF_KIND_FUNC);
	const struct btf_type *t;

	assert_true(td > 0);
	t = btf_type(btf, btf_type(btf, (u32)td)->type);
	assert_int_equal(btf_kind(t), BTF_KIND_PTR);
	t = btf_type(btf, t->type);
	assert_int_equal(btf_kind(t), BTF_KIND_FUNC_PROTO);
	assert_int_equal(btf_vlen(t), 3);
	assert_true(fn > 0);
	t = btf_type(btf, btf_type(btf, (u32)fn)->type);
	assert_int_equal(btf_vlen(t), 3);
	assert_string_equal(btf_str(btf, btf_params(t)[1].name_off), "regs");
}

static bool has_constant(const char *name, u64 value)
{
	for (u32 id = 1; id < btf_count(btf); id++) {
		const struct btf_type *t = btf_type(btf, id);

		for (u32 i = 0; i < btf_vlen(t) && btf_kind(t) == BTF_KIND_ENUM; i++)
			if (!strcmp(btf_str(btf, btf_enums(t)[i].name_off), name))
				return (u32)btf_enums(t)[i].val == value;
		for (u32 i = 0; i < btf_vlen(t) && btf_kind(t) == BTF_KIND_ENUM64; i++)
			if (!strcmp(btf_str(btf, btf_enums64(t)[i].name_off), name))
				return ((u64)btf_enums64(t)[i].val_hi32 << 32 | btf_enums64(t)[i].val_lo32) == value;
	}
	return false;
}

static void keepers_are_gone_and_definitions_found(void **state)
{
	for (u32 id = 1; id < btf_count(btf); id++) {
		u32 kind = btf_kind(btf_type(btf, id));
		const char *name = btf_name(btf, id);

		assert_true(kind != BTF_KIND_VAR && kind != BTF_KIND_DATASEC);
		assert_true(strncmp(name, "keep_", 5) != 0);
		if (kind == BTF_KIND_FWD)
			assert_true(btf_find(btf, name, BTF_KIND_STRUCT) < 0);
	}
	assert_true(has_constant("BPF_ANY", 0));
	assert_true(has_constant("BPF_F_CTXLEN_MASK", 0xfffffULL << 32));
	assert_true(has_constant("IPPROTO_UDP", 17));
	assert_true(btf_find(btf, "bpf_func_id", BTF_KIND_ENUM) > 0);
	assert_true(btf_find(btf, "__sk_buff", BTF_KIND_STRUCT) > 0);
	assert_true(btf_find(btf, "iphdr", BTF_KIND_STRUCT) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_and_programs_see_the_same_layout),
		cmocka_unit_test(tracepoints_are_found_as_in_the_kernel),
		cmocka_unit_test(keepers_are_gone_and_definitions_found),
	};

	return cmocka_run_group_tests(tests, load, unload);
}

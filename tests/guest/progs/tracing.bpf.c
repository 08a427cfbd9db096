// SPDX-License-Identifier: BSD-2-Clause
// The forms of tracepoints.
enum what { TP, TP_EXIT, RAW_TP, TP_BTF, TP_BTF_EXIT };
#include "count.h"

#define GETPPID 110

/* All that a call without arguments has: the kernel lets no program read further. */
struct enter {
	u64 common;
	int nr;
};

SEC("tp/syscalls/sys_enter_getppid")
int on_tp(struct enter *ctx)
{
	if (is_target() && ctx->nr == GETPPID)
		add(TP, 1);
	return 0;
}

SEC("tracepoint/syscalls/sys_exit_getppid")
int on_tp_exit(struct trace_event_raw_sys_exit *ctx)
{
	if (is_target() && ctx->ret > 0)
		add(TP_EXIT, 1);
	return 0;
}

SEC("raw_tp/sys_enter")
int on_raw_tp(struct bpf_raw_tracepoint_args *ctx)
{
	if (is_target() && ctx->args[1] == GETPPID)
		add(RAW_TP, 1);
	return 0;
}

SEC("tp_btf/sys_enter")
int BPF_PROG(on_tp_btf, struct pt_regs *regs, long id)
{
	if (is_target() && id == GETPPID)
		add(TP_BTF, 1);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_tp_btf_exit, struct pt_regs *regs, long ret)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (is_target() && regs->orig_ax == GETPPID && ret == task->real_parent->tgid)
		add(TP_BTF_EXIT, 1);
	return 0;
}

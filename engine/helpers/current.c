/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The current task. Where a run has none (TEST_RUN, packets), ids are those of the thread that runs the program, as a caller of
 * the kernel's TEST_RUN finds its own.
 */
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/engine.h"
#include "engine/helpers/helper.h"
#include "engine/hooks/task.h"

static const struct task_struct *current_task(void)
{
	return run_current->task ? task_kernel(run_current->task) : NULL;
}

HELPER(get_current_pid_tgid, .ret_type = RET_INTEGER)
{
	const struct task_struct *task = current_task();

	return task ? (u64)(u32)task->tgid << 32 | (u32)task->pid : (u64)getpid() << 32 | (u32)gettid();
}

HELPER(get_current_uid_gid, .ret_type = RET_INTEGER)
{
	const struct task_struct *task = current_task();

	return task ? (u64)task->cred->gid.val << 32 | task->cred->uid.val : (u64)getgid() << 32 | getuid();
}

HELPER(get_current_comm, .ret_type = RET_INTEGER, .arg_type = {ARG_MEM_UNINIT, ARG_CONST_SIZE})
{
	const struct task_struct *task = current_task();
	char comm[TASK_COMM_LEN] = {0};
	u32 size = (u32)r2;

	if (task)
		memcpy(comm, task->comm, sizeof(comm));
	else
		prctl(PR_GET_NAME, comm);
	comm[sizeof(comm) - 1] = 0;
	memset(u64_to_ptr(r1), 0, size);
	memcpy(u64_to_ptr(r1), comm, min_of(strlen(comm), (size_t)size - 1));
	return 0;
}

HELPER(get_current_task, .gpl_only = true, .ret_type = RET_INTEGER)
{
	return ptr_to_u64(task_kernel(helper_task()));
}

HELPER(get_current_task_btf, .gpl_only = true, .ret_type = RET_PTR_TO_BTF_ID | PTR_TRUSTED, .ret_btf_name = "task_struct")
{
	return ptr_to_u64(task_kernel(helper_task()));
}

HELPER(task_pt_regs, .gpl_only = true, .ret_type = RET_PTR_TO_BTF_ID, .ret_btf_name = "pt_regs", .arg_type = {ARG_PTR_TO_BTF_ID},
       .arg_btf_name = {"task_struct"})
{
	struct skep_task *task = task_by_kernel(run_current->engine, r1);

	return ptr_to_u64(task_user_regs(task ? task : task_idle(run_current->engine)));
}

/* The engine's tasks are in one control group, the root. */
#define ROOT_CGROUP_ID 1

HELPER(get_current_cgroup_id, .ret_type = RET_INTEGER)
{
	return ROOT_CGROUP_ID;
}

HELPER(get_current_ancestor_cgroup_id, .ret_type = RET_INTEGER, .arg_type = {ARG_ANYTHING})
{
	return (s32)r1 == 0 ? ROOT_CGROUP_ID : 0;
}

HELPER(get_ns_current_pid_tgid, .ret_type = RET_INTEGER, .arg_type = {ARG_ANYTHING, ARG_ANYTHING, ARG_MEM_UNINIT, ARG_CONST_SIZE})
{
	const struct task_struct *task = current_task();
	struct bpf_pidns_info *info = u64_to_ptr(r3);
	struct stat st;
	u32 size = (u32)r4;
	int err = -EINVAL;

	if (size != sizeof(*info))
		goto fail;
	/* Tasks are numbered as in the engine's own pid namespace, the only one that it knows. */
	if (stat("/proc/self/ns/pid", &st) || (u64)st.st_dev != r1 || (u64)st.st_ino != r2)
		goto fail;
	info->pid = task ? (u32)task->pid : (u32)gettid();
	info->tgid = task ? (u32)task->tgid : (u32)getpid();
	return 0;
fail:
	memset(info, 0, size);
	return HELPER_ERR(err);
}

/* Signals are sent by sources, which know the task; a program cannot reach one yet. */
HELPER(send_signal, .ret_type = RET_INTEGER, .arg_type = {ARG_ANYTHING})
{
	return HELPER_ERR(-EOPNOTSUPP);
}

HELPER(send_signal_thread, .ret_type = RET_INTEGER, .arg_type = {ARG_ANYTHING})
{
	return HELPER_ERR(-EOPNOTSUPP);
}

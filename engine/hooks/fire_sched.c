/* SPDX-License-Identifier: BSD-2-Clause */
/* The scheduler's events of a task's life: fork, exec, exit. As raw tracepoints (raw_tp, tp_btf), then as trace events.
 */
#include <string.h>

#include "engine/hooks/fire.h"
#include "engine/hooks/task.h"

#define LOC(off, len) ((u32)(len) << 16 | (u32)(off)) /* __data_loc: where the bytes lie in the record */

/* A record of struct `type` at its place in the scratch; its dynamic part begins at the end of the last field. */
#define RECORD(type, scratch) ((type *)(scratch)->record)
#define STRINGS(type) offsetof(type, __data)

/* Append a string of less than `max` characters to a record at *off; its __data_loc. */
static u32 add_string(struct hook_scratch *scratch, u32 *off, const char *s, size_t max)
{
	size_t len = strnlen(s, max - 1);
	u32 loc = LOC(*off, len + 1);

	memcpy(scratch->record + *off, s, len);
	scratch->record[*off + len] = '\0';
	*off += (u32)len + 1;
	return loc;
}

static bool wanted(const struct skep_engine *engine)
{
	return atomic_load_explicit(&engine->hooks->sched, memory_order_acquire) != 0;
}

static bool event_fires(const struct hook_table *table, enum event_id id)
{
	return hook_fires(hook_peek(table, HOOK_TRACEPOINT, id));
}

void skep_fire_exec(struct skep_engine *engine, struct skep_task *task, const char *filename, uint32_t old_pid)
{
	struct run_ctx run = {.task = task};
	const struct hook_table *table = engine->hooks;
	struct hook_scratch *scratch;

	if (!wanted(engine) || !task)
		return;
	scratch = fire_begin(engine, &run);
	if (!scratch)
		return;
	task->k->filename[0] = '\0';
	strncat(task->k->filename, filename, sizeof(task->k->filename) - 1);
	scratch->args[0] = ptr_to_u64(task_kernel(task));
	scratch->args[1] = old_pid;
	scratch->args[2] = ptr_to_u64(&task->k->bprm);
	fire_hook(table, HOOK_RAW_TP, RAW_TP_sched_process_exec, scratch->args, &run);
	if (event_fires(table, EVENT_sched_process_exec)) {
		struct trace_event_raw_sched_process_exec *record =
			RECORD(struct trace_event_raw_sched_process_exec, scratch);
		u32 off = STRINGS(struct trace_event_raw_sched_process_exec);

		record->__data_loc_filename = add_string(scratch, &off, task->k->filename, sizeof(task->k->filename));
		record->pid = task_kernel(task)->pid;
		record->old_pid = (pid_t)old_pid;
		fire_hook(table, HOOK_TRACEPOINT, EVENT_sched_process_exec, record, &run);
	}
	fire_end(&run);
}

void skep_fire_fork(struct skep_engine *engine, struct skep_task *parent, struct skep_task *child)
{
	struct run_ctx run = {.task = parent};
	const struct hook_table *table = engine->hooks;
	struct hook_scratch *scratch;

	if (!wanted(engine) || !parent || !child)
		return;
	scratch = fire_begin(engine, &run);
	if (!scratch)
		return;
	scratch->args[0] = ptr_to_u64(task_kernel(parent));
	scratch->args[1] = ptr_to_u64(task_kernel(child));
	fire_hook(table, HOOK_RAW_TP, RAW_TP_sched_process_fork, scratch->args, &run);
	if (event_fires(table, EVENT_sched_process_fork)) {
		struct trace_event_raw_sched_process_fork *record =
			RECORD(struct trace_event_raw_sched_process_fork, scratch);
		u32 off = STRINGS(struct trace_event_raw_sched_process_fork);

		record->__data_loc_parent_comm = add_string(scratch, &off, task_kernel(parent)->comm, TASK_COMM_LEN);
		record->parent_pid = task_kernel(parent)->pid;
		record->__data_loc_child_comm = add_string(scratch, &off, task_kernel(child)->comm, TASK_COMM_LEN);
		record->child_pid = task_kernel(child)->pid;
		fire_hook(table, HOOK_TRACEPOINT, EVENT_sched_process_fork, record, &run);
	}
	fire_end(&run);
}

void skep_fire_exit(struct skep_engine *engine, struct skep_task *task, int exit_code, bool group_dead)
{
	struct run_ctx run = {.task = task};
	const struct hook_table *table = engine->hooks;
	struct hook_scratch *scratch;

	if (!wanted(engine) || !task)
		return;
	scratch = fire_begin(engine, &run);
	if (!scratch)
		return;
	task_kernel(task)->flags |= PF_EXITING;
	task_kernel(task)->exit_code = exit_code;
	scratch->args[0] = ptr_to_u64(task_kernel(task));
	scratch->args[1] = group_dead;
	fire_hook(table, HOOK_RAW_TP, RAW_TP_sched_process_exit, scratch->args, &run);
	if (event_fires(table, EVENT_sched_process_exit)) {
		struct trace_event_raw_sched_process_exit *record =
			RECORD(struct trace_event_raw_sched_process_exit, scratch);

		memcpy(record->comm, task_kernel(task)->comm, sizeof(record->comm));
		record->pid = task_kernel(task)->pid;
		record->prio = task_kernel(task)->prio;
		record->group_dead = group_dead;
		fire_hook(table, HOOK_TRACEPOINT, EVENT_sched_process_exit, record, &run);
	}
	fire_end(&run);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A system call, as the kernel's hooks see it. On entry: raw tracepoint sys_enter (raw_tp and tp_btf), events
 * syscalls:sys_enter_NAME and raw_syscalls:sys_enter, kprobe of the entry function. On exit the other way round.
 */
#include <string.h>

#include "engine/hooks/fire.h"
#include "engine/hooks/task.h"

_Static_assert(sizeof(struct pt_regs) == sizeof(struct skep_regs), "registers have one layout");

/* Records of the events, behind the common fields. */
struct enter_record {
	struct trace_entry ent;
	int nr;
	u64 args[SYSCALL_ARGS_MAX];
};
struct raw_enter_record {
	struct trace_entry ent;
	u64 id;
	u64 args[SYSCALL_ARGS_MAX];
};
struct exit_record {
	struct trace_entry ent;
	int nr;
	u64 ret;
};
struct raw_exit_record {
	struct trace_entry ent;
	u64 id;
	u64 ret;
};

/* Numbers beyond the table are wanted when all are. */
static inline bool wanted(const _Atomic(u64) *set, u64 nr)
{
	nr = min_of(nr, (u64)SYSCALL_NR_MAX - 1);
	return atomic_load_explicit(&set[nr / 64], memory_order_acquire) >> (nr % 64) & 1;
}

/* The task's registers in kmem, where programs follow pointers to them. */
static struct pt_regs *keep_user_regs(struct skep_task *task, struct hook_scratch *scratch,
				      const struct skep_regs *regs)
{
	struct pt_regs *user = task ? task_user_regs(task) : &scratch->user;

	memcpy(user, regs, sizeof(*user));
	return user;
}

static void copy_args(u64 *args, const struct skep_regs *regs)
{
	args[0] = regs->di;
	args[1] = regs->si;
	args[2] = regs->dx;
	args[3] = regs->r10;
	args[4] = regs->r8;
	args[5] = regs->r9;
}

void hook_scratch_init(struct hook_scratch *scratch)
{
	enum { KERNEL_CS = 0x10, KERNEL_SS = 0x18, FLAGS_IF = 0x246 };

	scratch->regs.orig_ax = (u64)-1; /* not in a system call */
	scratch->regs.csx = KERNEL_CS;
	scratch->regs.ssx = KERNEL_SS;
	scratch->regs.flags = FLAGS_IF;
}

/* A probe of an entry function: it is called with the user's registers as its argument. */
static void fire_probe(const struct hook_table *table, enum hook_kind kind, u32 nr, struct pt_regs *user,
		       struct hook_scratch *scratch, struct run_ctx *run)
{
	struct hook *hook = hook_peek(table, kind, nr);

	if (!hook_fires(hook))
		return;
	/* The rest is the same for all, and programs cannot write to it (hook_scratch_init). */
	scratch->regs.di = scratch->regs.sp = ptr_to_u64(user);
	scratch->regs.ip = syscall_symbol_addr(nr);
	scratch->regs.ax = kind == HOOK_KRETPROBE ? user->ax : 0;
	run->attach_func_ip = syscall_symbol_addr(nr);
	hook_run(hook, &scratch->regs, run);
	run->attach_func_ip = 0;
}

static void fire_raw_tp(const struct hook_table *table, enum raw_tp tp, u64 arg0, u64 arg1,
			struct hook_scratch *scratch, struct run_ctx *run)
{
	struct hook *hook = hook_peek(table, HOOK_RAW_TP, tp);

	if (!hook_fires(hook))
		return;
	scratch->args[0] = arg0;
	scratch->args[1] = arg1;
	hook_run(hook, scratch->args, run);
}

static __attribute__((noinline)) void fire_enter(struct skep_engine *engine, struct skep_task *task,
						 const struct skep_regs *regs)
{
	struct run_ctx run = {.task = task, .regs = regs};
	const struct hook_table *table = engine->hooks;
	u64 nr = regs->orig_ax;
	struct hook_scratch *scratch;
	struct pt_regs *user;

	scratch = fire_begin(engine, &run);
	if (!scratch)
		return;
	user = keep_user_regs(task, scratch, regs);
	fire_raw_tp(table, RAW_TP_sys_enter, ptr_to_u64(user), nr, scratch, &run);
	if (nr < SYSCALL_NR_MAX && hook_fires(hook_peek(table, HOOK_TRACEPOINT, event_sys_enter((u32)nr)))) {
		struct enter_record *record = (struct enter_record *)scratch->record;

		*record = (struct enter_record){.nr = (int)nr};
		copy_args(record->args, regs);
		fire_hook(table, HOOK_TRACEPOINT, event_sys_enter((u32)nr), record, &run);
	}
	if (hook_fires(hook_peek(table, HOOK_TRACEPOINT, EVENT_sys_enter))) {
		struct raw_enter_record *record = (struct raw_enter_record *)scratch->record;

		*record = (struct raw_enter_record){.id = nr};
		copy_args(record->args, regs);
		fire_hook(table, HOOK_TRACEPOINT, EVENT_sys_enter, record, &run);
	}
	if (nr < SYSCALL_NR_MAX)
		fire_probe(table, HOOK_KPROBE, (u32)nr, user, scratch, &run);
	fire_end(&run);
}

void skep_fire_sys_enter(struct skep_engine *engine, struct skep_task *task, const struct skep_regs *regs)
{
	if (unlikely(wanted(engine->hooks->enter, regs->orig_ax)))
		fire_enter(engine, task, regs);
}

static __attribute__((noinline)) void fire_exit(struct skep_engine *engine, struct skep_task *task,
						const struct skep_regs *regs)
{
	struct run_ctx run = {.task = task, .regs = regs};
	const struct hook_table *table = engine->hooks;
	u64 nr = regs->orig_ax;
	struct hook_scratch *scratch;
	struct pt_regs *user;

	scratch = fire_begin(engine, &run);
	if (!scratch)
		return;
	user = keep_user_regs(task, scratch, regs);
	if (nr < SYSCALL_NR_MAX)
		fire_probe(table, HOOK_KRETPROBE, (u32)nr, user, scratch, &run);
	fire_raw_tp(table, RAW_TP_sys_exit, ptr_to_u64(user), regs->ax, scratch, &run);
	if (nr < SYSCALL_NR_MAX && hook_fires(hook_peek(table, HOOK_TRACEPOINT, event_sys_exit((u32)nr)))) {
		struct exit_record *record = (struct exit_record *)scratch->record;

		*record = (struct exit_record){.nr = (int)nr, .ret = regs->ax};
		fire_hook(table, HOOK_TRACEPOINT, event_sys_exit((u32)nr), record, &run);
	}
	if (hook_fires(hook_peek(table, HOOK_TRACEPOINT, EVENT_sys_exit))) {
		struct raw_exit_record *record = (struct raw_exit_record *)scratch->record;

		*record = (struct raw_exit_record){.id = nr, .ret = regs->ax};
		fire_hook(table, HOOK_TRACEPOINT, EVENT_sys_exit, record, &run);
	}
	fire_end(&run);
}

void skep_fire_sys_exit(struct skep_engine *engine, struct skep_task *task, const struct skep_regs *regs)
{
	if (unlikely(wanted(engine->hooks->exit, regs->orig_ax)))
		fire_exit(engine, task, regs);
}

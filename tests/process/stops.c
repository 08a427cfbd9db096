/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals, stops, and what programs see of a task's state and memory. */
#include <errno.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/process/tests.h"
#include "tests/process/tree.h"

void test_signals_are_delivered(void)
{
	struct tree t;

	tree_act(&t, "on_enter_at", "signals");
	check_eq(t.status, 0);
	check_eq(tree_count(&t, SYS_ENTER, MARK "signal"), 50);
}

void test_interrupted_call(void)
{
	struct tree t;
	size_t interrupted = 0;

	tree_act(&t, "on_exit=syscalls/sys_exit_read", "eintr");
	check_eq(t.status, 0);
	/* The event holds what the call itself answers: -ERESTARTSYS, as in the kernel; the signal makes EINTR of it. */
	for (size_t i = 0; i < t.count; i++)
		interrupted += t.events[i].ret == -512;
	check_eq(interrupted, 1);
}

void test_restarted_call(void)
{
	size_t interrupted = 0, one = 0;
	struct tree t;

	tree_act(&t, "on_exit=syscalls/sys_exit_read", "restart");
	check_eq(t.status, 0);
	for (size_t i = 0; i < t.count; i++) {
		interrupted += t.events[i].ret == -512;
		one += t.events[i].ret == 1;
	}
	check_eq(interrupted, 1);
	check_eq(one, 1);
}

void test_stop_and_continue(void)
{
	struct tree t;

	tree_act(&t, "on_enter_at on_task_exit", "sigstop");
	check_eq(t.status, 0);
	check(tree_count(&t, SYS_ENTER, MARK "beat") >= 6);
}

void test_terminal_stop_and_continue(void)
{
	struct tree t;

	tree_act(&t, "on_enter_at on_exit=syscalls/sys_exit_openat", "sigtstp");
	check_eq(t.status, 0);
	check(tree_count(&t, SYS_ENTER, MARK "beat") >= 6);
}

void test_killed_within_a_call(void)
{
	struct tree t;

	tree_act(&t, "on_enter_at on_exit=syscalls/sys_exit_openat on_task_exit", "killed");
	check_eq(t.status, 0);
	check(tree_count(&t, SYS_ENTER, MARK "loop") > 20);
	check_eq(tree_count(&t, EXIT, NULL), 5 * 4 + 1);
}

void test_no_second_tracer(void)
{
	struct tree t;

	tree_act(&t, "on_enter_at", "ptrace");
	check_eq(t.status, 0);
}

void test_changed_ids(void)
{
	const struct event *e;
	struct tree t;

	if (geteuid())
		_exit(77);
	tree_act(&t, "on_enter_at", "uids");
	check_eq(t.status, 0);
	for (int i = 0; i < 2; i++) {
		e = tree_one(&t, SYS_ENTER, i ? MARK "child" : MARK "uid");
		check_eq(e->uid, 2345);
		check_eq(e->gid, 1234);
	}
	e = tree_mark(&t, "last");
	check_eq(e->uid, 3456);
	check_eq(e->gid, 1234);
}

void test_changed_names(void)
{
	struct tree t;

	tree_act(&t, "on_enter_at", "comm");
	check_eq(t.status, 0);
	check_str(tree_mark(&t, "alpha")->comm, "alpha");
	check_str(tree_mark(&t, "beta")->comm, "beta");
}

void test_strings_at_page_ends(void)
{
	const struct event *e, *end;
	size_t faults = 0;
	struct tree t;

	tree_act(&t, "on_enter_at", "strings");
	check_eq(t.status, 0);
	check_eq(tree_one(&t, SYS_ENTER, "/edge")->text_len, 6);
	check_eq(tree_one(&t, SYS_ENTER, "/cross")->text_len, 7);
	for (e = t.events, end = e + t.count; e < end; e++) {
		faults += e->text_len == -EFAULT;
		if (e->text_len == -EFAULT) /* the helper clears what it could not read */
			check_str(e->text, "");
		if (e->text_len == sizeof(e->text) && e->text[1] == 'y') {
			check_eq(e->text[62], 'y');
			check_eq(e->text[63], 0);
		}
	}
	check_eq(faults, 3);
}

/* What lies behind the string in the task's memory does not come along. */
void test_only_the_string_is_copied(void)
{
	struct tree t;

	tree_act(&t, "on_enter_at", "strings");
	for (size_t i = 0; i < t.count; i++) {
		const struct event *e = &t.events[i];

		for (long at = e->text_len > 0 ? e->text_len : 0; at < (long)sizeof(e->text); at++)
			check_eq(e->text[at], 0);
	}
}

void test_probes_on_entry_functions(void)
{
	const struct event *e;
	struct tree t;

	tree_act(&t, "on_kprobe on_kretprobe", "priority");
	check_eq(t.status, 0);
	e = tree_one(&t, KPROBE, NULL);
	check_eq(e->args[0], 77);
	check_eq(e->args[1], 88);
	check_eq(e->pid, t.root);
	check_eq(tree_one(&t, KRETPROBE, NULL)->ret, -EINVAL);
}

void test_raw_tracepoints_see_all(void)
{
	bool seen[3] = {false};
	struct tree t;

	tree_act(&t, "on_raw_enter on_raw_exit", "priority");
	check_eq(t.status, 0);
	for (size_t i = 0; i < t.count; i++) {
		seen[0] |= t.events[i].kind == RAW_ENTER && t.events[i].nr == SYS_setpriority;
		seen[1] |= t.events[i].kind == RAW_EXIT && t.events[i].ret == -EINVAL;
		seen[2] |= t.events[i].kind == RAW_ENTER && t.events[i].nr == SYS_exit_group;
	}
	check(seen[0] && seen[1] && seen[2]);
	/* Every call but exit_group comes back. */
	check_eq(tree_count(&t, RAW_ENTER, NULL), tree_count(&t, RAW_EXIT, NULL) + 1);
	check(tree_count(&t, RAW_ENTER, NULL) > 20);
}

/* Calls by int 0x80 have numbers of another table: 20 is getpid there and writev here. */
void test_other_call_tables(void)
{
	struct tree t;

	tree_act(&t, "on_enter_at on_raw_enter on_raw_exit", "compat");
	check_eq(t.status, 0);
	for (size_t i = 0; i < t.count; i++)
		check(t.events[i].kind != RAW_ENTER || t.events[i].nr != SYS_writev);
	tree_act(&t, "on_enter_at on_enter=syscalls/sys_enter_writev", "compat");
	check_eq(t.status, 0);
	for (size_t i = 0; i < t.count; i++)
		check(t.events[i].nr != SYS_writev);
}

void test_own_filters(void)
{
	struct tree t;

	tree_act(&t, "on_enter on_exit on_enter_at", "own_filter");
	check_eq(t.status, 0);
	check_eq(tree_count(&t, SYS_ENTER, "/bin/true"), 1);
	check_eq(tree_count(&t, SYS_EXIT, NULL), 2);
	tree_one(&t, SYS_ENTER, MARK "let through");
}

void test_written_memory(void)
{
	struct tree t;

	tree_init(&t, "on_scribble=-");
	tree_attach(&t, "on_scribble", NULL);
	tree_run(&t, act_argv("scribbled"));
	check_eq(t.status, 0);
	check_eq(tree_one(&t, SCRIBBLE, NULL)->ret, 0);
}

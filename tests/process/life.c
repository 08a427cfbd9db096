/* SPDX-License-Identifier: BSD-2-Clause */
/* Tasks that come and go: exec, fork, threads, exit. */
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/process/tests.h"
#include "tests/process/tree.h"

void test_one_exec(void)
{
	const char *argv[] = {"/bin/true", "x", NULL};
	const struct event *e;
	struct tree t;

	tree_init(&t, "on_enter on_exit on_exec on_exec_tp on_fork on_task_exit");
	tree_run(&t, (char *const *)argv);
	check_eq(t.status, 0);
	e = tree_one(&t, SYS_ENTER, "/bin/true");
	check_eq(e->pid, t.root);
	check_eq(e->tgid, t.root);
	check_eq(e->uid, getuid());
	check_eq(e->gid, getgid());
	check_eq(e->nr, SYS_execve);
	check_str(e->comm, "skep");
	check_eq(e->text_len, sizeof("/bin/true"));
	e = tree_one(&t, EXEC, NULL);
	check_str(e->comm, "true");
	check_eq(e->pid, t.root);
	check_eq(e->args[0], t.root);
	e = tree_one(&t, EXEC_TP, "/bin/true");
	check_eq(e->args[0], t.root);
	check_eq(e->args[1], t.root);
	e = tree_one(&t, SYS_EXIT, NULL);
	check_eq(e->ret, 0);
	check_eq(e->nr, SYS_execve);
	check_str(e->comm, "true");
	check_eq(tree_count(&t, FORK, NULL), 0);
	e = tree_one(&t, EXIT, NULL);
	check_eq(e->pid, t.root);
	check_eq(e->args[0], 1);
	check_eq(t.count, 5);
}

void test_an_exec_that_fails(void)
{
	const struct event *e;
	struct tree t;

	tree_act(&t, "on_enter on_exit on_exec", "missing");
	check_eq(t.status, 0);
	e = tree_one(&t, SYS_ENTER, MARK "missing");
	check_str(e->comm, "test-process");
	check_eq(tree_count(&t, SYS_ENTER, NULL), 2);
	check_eq(tree_count(&t, SYS_EXIT, NULL), 2);
	check_eq(tree_nth(&t, SYS_EXIT, 0)->ret, 0);
	check_eq(tree_nth(&t, SYS_EXIT, 1)->ret, -ENOENT);
	check_eq(tree_count(&t, EXEC, NULL), 1);
}

/* Found and executable, but the kernel cannot run it: the error of execve is that of the run. */
void test_a_command_that_is_no_program(void)
{
	char path[] = "/tmp/skep-process-XXXXXX";
	const char *argv[] = {path, NULL};
	int fd = mkstemp(path), status, err;
	struct tree t;

	check(fd >= 0 && write(fd, "\1\2\3", 3) == 3 && !fchmod(fd, 0755) && !close(fd));
	tree_init(&t, "on_enter on_exit");
	tree_begin(&t, (char *const *)argv);
	err = skep_process_run(t.process, &status, NULL, NULL);
	unlink(path);
	check_eq(err, -ENOEXEC);
	skep_process_free(t.process);
	argv[0] = "/skep-mark/missing";
	check(!skep_process_new(t.engine, (char *const *)argv) && errno == ENOENT);
	argv[0] = "/etc/passwd";
	check(!skep_process_new(t.engine, (char *const *)argv) && errno == EACCES);
	skep_object_close(t.obj);
	skep_engine_free(t.engine);
}

void test_spawn_by_vfork(void)
{
	const struct event *fork, *e;
	struct tree t;

	tree_act(&t, "on_enter on_exit on_exec on_fork on_task_exit", "spawn");
	check_eq(t.status, 0);
	fork = tree_one(&t, FORK, NULL);
	check_eq(fork->args[0], t.root);
	check_eq(fork->pid, t.root);
	check_eq(fork->args[1], fork->args[2]);
	e = tree_one(&t, SYS_ENTER, "/bin/true");
	check_eq(e->pid, fork->args[1]);
	check_eq(e->tgid, fork->args[1]);
	check_str(e->comm, "test-process");
	check_eq(tree_count(&t, EXEC, NULL), 2);
	check_eq(tree_count(&t, SYS_EXIT, NULL), 2);
	check_eq(tree_count(&t, EXIT, NULL), 2);
	check_eq(tree_nth(&t, EXIT, 0)->pid, fork->args[1]);
	check_eq(tree_nth(&t, EXIT, 1)->pid, t.root);
}

void test_vfork_waits_and_goes_on(void)
{
	struct tree t;

	tree_act(&t, "on_enter on_exit on_enter_at on_exec on_fork on_task_exit", "vfork");
	check_eq(t.status, 0);
	check_eq(tree_count(&t, FORK, NULL), 2);
	check_eq(tree_count(&t, EXIT, NULL), 3);
	check_eq(tree_count(&t, EXEC, NULL), 2);
	check_eq(tree_count(&t, SYS_EXIT, NULL), 2);
	check_eq(tree_mark(&t, "after")->pid, t.root);
}

void test_hundred_forks(void)
{
	struct tree t;

	tree_act(&t, "on_enter_at on_fork on_task_exit", "forks");
	check_eq(t.status, 0);
	check_eq(tree_count(&t, FORK, NULL), 100);
	check_eq(tree_count(&t, SYS_ENTER, MARK "fork"), 100);
	check_eq(tree_count(&t, EXIT, NULL), 101);
	for (size_t i = 0; i < 101; i++)
		check_eq(tree_nth(&t, EXIT, i)->args[0], 1);
}

void test_threads_mark_as_threads(void)
{
	size_t threads = 0;
	struct tree t;

	tree_act(&t, "on_enter_at on_fork on_task_exit", "threads");
	check_eq(t.status, 0);
	check_eq(tree_count(&t, FORK, NULL), 20);
	check_eq(tree_count(&t, SYS_ENTER, MARK "thread"), 20);
	for (size_t i = 0; i < t.count; i++) {
		const struct event *e = &t.events[i];

		check_eq(e->tgid, t.root);
		if (e->kind == FORK)
			check_eq(e->args[2], t.root);
		if (e->kind == SYS_ENTER && !strcmp(e->text, MARK "thread"))
			threads += e->pid != e->tgid;
		if (e->kind == EXIT)
			check_eq(e->args[0], e->pid == (__u32)t.root);
	}
	check_eq(threads, 20);
	check_eq(tree_count(&t, EXIT, NULL), 21);
}

/* The thread takes over the leader's id; the others end before that. */
void test_exec_by_a_thread(void)
{
	const struct event *enter, *e;
	struct tree t;

	tree_act(&t, "on_enter on_exit on_exec on_exec_tp on_task_exit on_enter_at", "thread_exec");
	check_eq(t.status, 0);
	enter = tree_one(&t, SYS_ENTER, "/bin/true");
	check(enter->pid != enter->tgid);
	check_eq(enter->tgid, t.root);
	check_str(enter->comm, "brave");
	check_eq(tree_count(&t, EXEC, NULL), 2);
	e = tree_nth(&t, EXEC, 1);
	check_eq(e->pid, t.root);
	check_eq(e->args[0], enter->pid);
	check_str(e->comm, "true");
	e = tree_one(&t, EXEC_TP, "/bin/true");
	check_eq(e->args[0], enter->pid);
	check_eq(tree_count(&t, SYS_EXIT, NULL), 2);
	e = tree_nth(&t, SYS_EXIT, 1);
	check_eq(e->ret, 0);
	check_eq(e->pid, t.root);
	check_eq(e->tgid, t.root);
	/* What true(1) does itself comes from the task under its new id. */
	check(tree_count(&t, SYS_ENTER, "/etc/ld.so.cache") >= 2);
	for (size_t i = 0; i < t.count; i++)
		if (&t.events[i] > e && t.events[i].kind == SYS_ENTER)
			check_eq(t.events[i].pid, t.root);
	/* Three sleepers, the old leader (its place is taken: the kernel has an exit for it), and the one that is left. */
	check_eq(tree_count(&t, EXIT, NULL), 5);
	e = tree_nth(&t, EXIT, 4);
	check_eq(e->pid, t.root);
	check_eq(e->args[0], 1);
	for (size_t i = 0; i < 4; i++)
		check_eq(tree_nth(&t, EXIT, i)->args[0], 0);
}

void test_exec_by_a_thread_after_the_leader(void)
{
	struct tree t;

	tree_act(&t, "on_enter on_exit on_exec on_task_exit", "exec_after_leader");
	check_eq(t.status, 0);
	check_eq(tree_count(&t, EXEC, NULL), 2);
	check_eq(tree_count(&t, SYS_EXIT, NULL), 2);
	check_eq(tree_count(&t, EXIT, NULL), 2);
	check_eq(tree_nth(&t, EXIT, 0)->args[0], 0);
	check_eq(tree_nth(&t, EXIT, 1)->args[0], 1);
}

void test_leader_ends_first(void)
{
	const struct event *e;
	struct tree t;

	tree_act(&t, "on_enter_at on_task_exit", "leader_first");
	check_eq(t.status, W_EXITCODE(0, 0) | (t.status & 0xff00));
	check_eq(tree_count(&t, SYS_ENTER, MARK "late"), 2);
	check_eq(tree_count(&t, EXIT, NULL), 3);
	e = tree_nth(&t, EXIT, 0);
	check_eq(e->pid, t.root);
	check_eq(e->args[0], 0);
	check_eq(tree_nth(&t, EXIT, 1)->args[0], 0);
	e = tree_nth(&t, EXIT, 2);
	check(e->pid != (__u32)t.root);
	check_eq(e->args[0], 1);
}

void test_exit_status_is_passed_on(void)
{
	struct tree t;

	tree_act(&t, "on_enter_at on_task_exit", "exit_42");
	check(WIFEXITED(t.status));
	check_eq(WEXITSTATUS(t.status), 42);
}

void test_killing_signal_is_passed_on(void)
{
	struct tree t;

	tree_act(&t, "on_enter_at on_task_exit", "die_by_term");
	check(WIFSIGNALED(t.status));
	check_eq(WTERMSIG(t.status), SIGTERM);
}

void test_descendants_outlive_the_root(void)
{
	struct tree t;

	tree_act(&t, "on_enter on_enter_at on_task_exit", "descendants");
	check_eq(WEXITSTATUS(t.status), 7);
	check(tree_mark(&t, "late")->pid != (__u32)t.root);
	tree_one(&t, SYS_ENTER, "/bin/true");
	check_eq(tree_count(&t, EXIT, NULL), 3);
	check(tree_nth(&t, EXIT, 2)->pid != (__u32)t.root);
}

void test_orphans_have_news(void)
{
	struct tree t;

	tree_act(&t, "on_enter on_enter_at on_exec on_task_exit", "orphan_news");
	check_eq(t.status, 0);
	check_eq(tree_count(&t, SYS_ENTER, MARK "orphan"), 10);
	check_eq(tree_count(&t, EXEC, NULL), 11);
	check_eq(tree_count(&t, EXIT, NULL), 21);
}

void test_crowd(void)
{
	struct tree t;

	tree_act(&t, "on_enter on_exit on_exec on_fork on_task_exit", "crowd");
	check_eq(t.status, 0);
	check_eq(tree_count(&t, SYS_ENTER, "/bin/true"), 200);
	check_eq(tree_count(&t, SYS_EXIT, NULL), 201);
	check_eq(tree_count(&t, EXEC, NULL), 201);
	check_eq(tree_count(&t, FORK, NULL), 220);
	check_eq(tree_count(&t, EXIT, NULL), 221);
	for (size_t i = 0; i < 221; i++)
		check_eq(tree_nth(&t, EXIT, i)->args[0], 1);
}

void test_orphans_of_the_killed(void)
{
	size_t runs;
	struct tree t;

	tree_act(&t, "on_enter on_exec on_task_exit", "orphans");
	check_eq(t.status, 0);
	runs = tree_count(&t, SYS_ENTER, "/bin/true");
	check(runs >= 30);
	check_eq(tree_count(&t, EXEC, NULL), runs + 1);
}

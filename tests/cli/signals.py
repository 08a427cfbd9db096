# SPDX-License-Identifier: BSD-2-Clause
"""Ctrl-C, killed commands and a killed skep: the right exit status, the command unharmed, nothing left behind."""
import os
import shutil
import signal
import time

import skep_test


class Signals(skep_test.Case):
    def setUp(self):
        super().setUp()
        self.hello = skep_test.Shared.compiled("hello.bpf.c")
        self.one = self.home / "one"
        shutil.copy("/bin/true", self.one)

    def all_gone(self):
        self.wait_for(f"the end of {self.ours()}", lambda: not self.ours())
        if self.engine == "user":
            self.assertEqual([], self.skep("-j", "prog", "list").json)
        self.assertEqual([], self.sockets())

    def waiting(self):
        """A run without a command, attached."""
        run = self.start("run", self.hello)
        if self.engine == "user":
            self.wait_for("two links", lambda: len(self.skep("-j", "link", "list").json) == 2)
        time.sleep(0.3)
        self.assertIsNone(run.popen.poll(), "it waits")
        return run

    def kill(self, run):
        """SIGKILL to skep alone; its output stays open in the command."""
        os.kill(run.pid, signal.SIGKILL)
        self.assertEqual(-signal.SIGKILL, run.popen.wait(skep_test.LIMIT))


@skep_test.both_engines
class Interrupted(Signals):
    def test_without_a_command_until_ctrl_c(self):
        run = self.waiting()
        run.popen.send_signal(signal.SIGINT)
        done = run.wait()
        self.assertEqual(0, done.status, done)
        self.assertRegex(done.out, r"(?m)^hello +\d+")
        self.assertEqual("", done.err)
        self.all_gone()

    def test_sigterm_ends_it_in_good_order(self):
        run = self.waiting()
        run.popen.send_signal(signal.SIGTERM)
        self.assertRegex(run.wait().out, r"(?m)^hello +\d+")
        self.all_gone()

    def test_ctrl_c_reaches_command_and_skep(self):
        """As a terminal does it: SIGINT to the whole foreground group."""
        run = self.start("run", self.hello, "--", "sh", "-c", f"{self.one}; echo ready; exec sleep 60")
        run.expect("^ready$")
        os.killpg(run.pid, signal.SIGINT)
        done = run.wait()
        self.assertEqual(130, done.status, done)
        self.assertRegex(done.out, r"(?m)^hello +[1-9]\d* ")
        self.assertEqual("", done.err)
        self.all_gone()

    def test_a_command_that_takes_the_interrupt_in_hand(self):
        """An editor, a shell: the command decides what Ctrl-C means, and skep waits for its end."""
        run = self.start("run", self.hello, "--", "sh", "-c",
                         f"trap 'echo caught; {self.one}; exit 7' INT; echo ready; while :; do sleep 0.1; done")
        run.expect("^ready$")
        os.killpg(run.pid, signal.SIGINT)
        run.expect("^caught$")
        done = run.wait()
        self.assertEqual(7, done.status, done)
        self.all_gone()

    def test_a_killed_command(self):
        pid_file = self.home / "pid"
        run = self.start("run", self.hello, "--", "sh", "-c", f"echo $$ >{pid_file}; echo ready; exec sleep 60")
        run.expect("^ready$")
        os.kill(int(pid_file.read_text()), signal.SIGKILL)
        self.assertEqual(137, run.wait().status)
        self.all_gone()


@skep_test.both_engines
class Killed(Signals):
    def test_sigkill_leaves_the_command_running(self):
        """To its normal end, with programs that it starts itself on the way."""
        mark, fifo = self.home / "mark", self.home / "fifo"
        os.mkfifo(fifo)
        os.chmod(fifo, 0o666)
        run = self.start("run", self.hello, "--", "sh", "-c",
                         f"echo ready; read x <{fifo}; {self.one} && /bin/echo one >{mark}; (sleep 0.1; /bin/echo two >>{mark}); echo end >>{mark}")
        run.expect("^ready$")
        if self.engine == "user":
            self.assertEqual(1, len(self.sockets()))
        self.kill(run)
        if self.engine == "user":
            self.wait_for("the instance's end", lambda: self.skep("-j", "prog", "list").json == [])
        fifo.write_text("go on\n")
        self.wait_for("the command's end", lambda: mark.exists() and mark.read_text() == "one\ntwo\nend\n")
        self.all_gone()

    def test_sigkill_while_it_waits(self):
        run = self.waiting()
        self.kill(run)
        self.all_gone()

    def test_a_group_that_is_killed_whole(self):
        run = self.start("run", self.hello, "--", "sh", "-c", "echo ready; sleep 60; :")
        run.expect("^ready$")
        os.killpg(run.pid, signal.SIGKILL)
        run.wait()
        self.all_gone()


class KilledEngine(Signals):
    def test_the_engine_process_is_killed(self):
        """Nobody should; when somebody does, skep says so and ends."""
        run = self.start("run", self.hello, "--", "sh", "-c", "echo ready; exec sleep 60")
        run.expect('"?/usr/bin/sleep"?|/bin/sleep') # nothing that would be stopped is still to come
        engines = [pid for pid, line in self.ours() if line.startswith("engine of")]
        self.assertEqual(1, len(engines), self.ours())
        os.kill(engines[0], signal.SIGKILL)
        self.assertEqual(1, run.popen.wait(skep_test.LIMIT))
        os.killpg(run.pid, signal.SIGKILL) # the command, which holds the output open
        self.assertOneLine(run.wait(), "engine")
        self.all_gone()


del Signals
skep_test.main()

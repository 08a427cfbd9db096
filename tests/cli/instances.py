# SPDX-License-Identifier: BSD-2-Clause
"""What a run leaves behind, however it ends: no process, no socket, and the command unharmed."""
import fcntl
import os
import pty
import subprocess
import termios
import time

import skep_test


class Instances(skep_test.Case):
    def setUp(self):
        super().setUp()
        self.hello = skep_test.Shared.compiled("hello.bpf.c")

    def gone(self, run):
        run.popen.wait(timeout=skep_test.LIMIT)
        self.wait_for("the end of what was started", lambda: not self.ours(), 10)
        self.assertEqual([], self.sockets())

    def test_killed_before_the_command_begins(self):
        """At whatever stage of compiling, starting, loading: nothing stays."""
        for ms in (0, 3, 6, 10, 15, 20, 30, 40, 60, 80):
            with self.subTest(ms):
                run = self.start("run", self.hello, "--", "sleep", "0.3")
                time.sleep(ms / 1000)
                run.popen.kill()
                self.gone(run)

    def test_two_at_a_time(self):
        runs = [self.start("run", self.hello, "--", "sh", "-c", f"for i in 1 2 3 4 5; do {self.shared / 'skep'} --version >/dev/null; done; echo {n}")
                for n in range(3)]
        for n, run in enumerate(runs):
            done = run.wait()
            self.assertEqual(0, done.status, done)
            self.assertRegex(done.out, rf"(?m)^{n}$")
            self.assertRegex(done.out, r"(?m)^hello +6 ")
        self.gone(runs[0])

    def test_closed_output(self):
        """A reader that has enough ends the run quietly."""
        for script in ("echo one; echo two", "for i in 1 2 3 4 5 6 7 8 9; do /bin/true; sleep 0.05; done"):
            done = self.command(["sh", "-c", f"{self.skep_path} run {self.hello} -- sh -c '{script}' | head -1"])
            self.assertEqual(1, len(done.out.splitlines()), done)
            self.assertEqual("", done.err)
            self.wait_for("the end", lambda: not self.ours(), 10)
            self.assertEqual([], self.sockets())

    def test_limits(self):
        done = self.command(["sh", "-c", f"ulimit -Sn 100; exec {self.skep_path} run {self.hello} --quiet -- sh -c 'ulimit -Sn'"])
        self.assertEqual("100", done.out.splitlines()[0], done)

    def test_job_control(self):
        """Ctrl-Z stops all of it, fg goes on, Ctrl-C ends it: from a shell on a terminal of its own."""
        leader, follower = pty.openpty()
        self.addCleanup(os.close, leader)
        shell = subprocess.Popen(["bash", "--norc", "-i"], stdin=follower, stdout=follower, stderr=follower, start_new_session=True,
                                 preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), **self.options({"PS1": "PROMPT> "}))
        self.addCleanup(lambda: (shell.kill(), shell.wait()))
        os.close(follower)
        os.set_blocking(leader, False)
        seen = [""]

        def expect(text):
            def there():
                try:
                    seen[0] += os.read(leader, 65536).decode(errors="replace")
                except BlockingIOError:
                    pass
                return text in seen[0]
            try:
                self.wait_for(text, there, 15)
            except AssertionError:
                self.fail(f"no {text!r} in {seen[0]!r}")
            seen[0] = seen[0].split(text, 1)[1]

        expect("PROMPT> ")
        os.write(leader, f"{self.skep_path} run {self.hello} --quiet -- sh -c 'echo re''ady; for i in 1 2 3 4 5 6; do sleep 0.2; done; echo do''ne'\n".encode())
        expect("ready")
        os.write(leader, b"\x1a")
        expect("Stopped")
        expect("PROMPT> ")
        states = {line.split()[0]: line.split()[1] for line in subprocess.run(
            ["ps", "-o", "pid=,stat=", "-s", str(shell.pid)], capture_output=True, text=True).stdout.splitlines()}
        stopped = [s for s in states.values() if s[0] in "Tt"]
        self.assertGreaterEqual(len(stopped), 3, states)
        os.write(leader, b"fg\n")
        expect("done")
        expect("map counter_table")
        expect("PROMPT> ")
        os.write(leader, f"{self.skep_path} run {self.hello} --quiet -- sh -c 'echo re''ady; sleep 20'; echo status=$?\n".encode())
        expect("ready")
        os.write(leader, b"\x03")
        expect("map counter_table")
        expect("status=130")
        os.write(leader, b"exit\n")
        shell.wait(timeout=10)


skep_test.main()

# SPDX-License-Identifier: BSD-2-Clause
"""skep run over commands: what is printed, and that the command does not notice."""
import os
import re
import shutil
import unittest

import skep_test


class Runs(skep_test.Case):
    def setUp(self):
        super().setUp()
        self.hello = skep_test.Shared.compiled("hello.bpf.c")
        self.one = self.home / "one" # a program that nobody else runs: the kernel's tracepoints see the whole machine
        shutil.copy("/bin/true", self.one)
        self.exact = self.engine == "user"


@skep_test.both_engines
class Hello(Runs):
    def test_hello_from_source(self):
        """Records of both buffers, bpf_printk, the command's own output, the summary."""
        done = self.skep("run", self.examples / "hello.bpf.c", "--", "sh", "-c", f"{self.one}; id -u; true")
        lines = done.out.splitlines()
        record = re.compile(rf'^(output|output_perf): pid=(\d+) uid={self.uid} command="sh" message="Hello World" path="{self.one}"$', re.M)
        found = record.findall(done.out)
        self.assertEqual(["output", "output_perf"], sorted(f[0] for f in found), done)
        self.assertEqual(found[0][1], found[1][1], "one process, one pid")
        self.assertEqual(1, lines.count(f"printk: sh runs {self.one}"), done)
        self.assertEqual(1, lines.count(str(self.uid)), done)
        self.assertEqual("", done.err)
        for program in ("hello", "hello_perf"):
            runs, ns, lost = map(int, re.search(rf"^{program} +(\d+) +(\d+) +(\d+)$", done.out, re.M).groups())
            (self.assertEqual if self.exact else self.assertGreaterEqual)(runs, 3, done)
            self.assertGreater(ns, 0)
            self.assertEqual(0, lost)
        count = int(re.search(rf"^map counter_table \(hash\)\n(?:  \d+ -> \d+\n)*?  {self.uid} -> (\d+)$", done.out, re.M).group(1))
        (self.assertEqual if self.exact else self.assertGreaterEqual)(count, 3, done)
        self.assertRegex(done.out, r"(?m)^map config \(hash\)\n  empty$")

    def test_an_object_does_as_well_as_its_source(self):
        done = self.skep("run", self.hello, "--", "sh", "-c", f"{self.one}; true")
        self.assertRegex(done.out, rf'(?m)^output: pid=\d+ uid={self.uid} command="sh" message="Hello World" path="{self.one}"$')

    def test_json_a_document_a_line(self):
        done = self.skep("-j", "run", self.hello, "--", "sh", "-c", f"{self.one}; true")
        records = [e for e in done.events if e["event"] == "record" and e["data"]["path"] == str(self.one)]
        self.assertEqual(["output", "output_perf"], sorted(r["map"] for r in records), done)
        for r in records:
            self.assertEqual(self.uid, r["data"]["uid"])
            self.assertEqual("Hello World", r["data"]["message"])
        self.assertIn({"event": "printk", "text": f"sh runs {self.one}"}, done.events)
        summary = done.events[-1]
        self.assertEqual("summary", summary["event"])
        self.assertEqual(["hello", "hello_perf"], [p["name"] for p in summary["programs"]])
        counted = {e["key"]: e["value"] for m in summary["maps"] if m["name"] == "counter_table" for e in m["elements"]}
        (self.assertEqual if self.exact else self.assertGreaterEqual)(counted[self.uid], 2, done)

    def test_quiet_shows_the_summary_alone(self):
        done = self.skep("run", self.hello, "--quiet", "--", "sh", "-c", f"{self.one}; echo mine")
        self.assertNotRegex(done.out, r"(?m)^(output|printk)")
        self.assertRegex(done.out, r"(?m)^mine$")
        self.assertRegex(done.out, r"(?m)^hello +\d+ +\d+ +0$")

    def test_exit_status_is_passed_on(self):
        for script, status in (("exit 0", 0), ("exit 3", 3), ("exit 255", 255), ("kill -TERM $$", 143), ("kill -SEGV $$", 139),
                               ("kill -KILL $$", 137), ("kill -INT $$", 130)):
            with self.subTest(script):
                self.skep("run", self.hello, "--", "sh", "-c", f"ulimit -c 0; {script}", status=status)


@skep_test.both_engines
class Unharmed(Runs):
    """The command runs as if nobody looked."""

    def own(self, *command, **options):
        """What the command says without skep, and with it (--quiet, less the summary)."""
        plain = self.command(command, **options)
        traced = self.skep("run", self.hello, "--quiet", "--", *command, status=plain.status, **options)
        self.assertEqual(plain.err, traced.err)
        return plain.out, traced.out.rsplit("\nprogram ", 1)[0]

    def test_output_arguments_and_input(self):
        for command, stdin in ((["sh", "-c", 'echo "$0|$1|$2"; echo to stderr >&2', "a", "b c", ""], ""), (["cat"], "x\ny\n" * 1000),
                               (["sh", "-c", "pwd; umask; ulimit -n"], ""), (["printf", r"no newline"], "")):
            with self.subTest(command):
                plain, traced = self.own(*command, stdin=stdin)
                self.assertEqual(plain, traced)

    def test_signals_and_descriptors(self):
        plain, traced = self.own("sh", "-c", "grep -E '^(SigBlk|SigIgn|SigCgt|Groups|Uid|Gid|Cap...|TracerPid):' /proc/self/status | "
                                 "grep -v Tracer; ls /proc/self/fd | wc -l; ps -o nice= -p $$")
        self.assertEqual(plain, traced)

    def test_ignored_signals_stay_ignored(self):
        plain, traced = self.own("sh", "-c", f"trap '' HUP QUIT USR1; exec {skep_test.PYTHON} -c 'print(open(\"/proc/self/status\").read().split(\"SigIgn\")[1][:20])'")
        self.assertEqual(plain, traced)
        look = "grep SigIgn /proc/self/status"
        plain = self.command(["sh", "-c", f"trap '' HUP QUIT; exec {look}"]).out
        words = " ".join(self.argv(["run", self.hello, "--quiet", "--", look]))
        traced = self.command(["sh", "-c", f"trap '' HUP QUIT; exec {words}"]).out
        self.assertEqual(plain, traced.splitlines(keepends=True)[0])

    def test_threads_vfork_and_exec_in_threads(self):
        script = self.home / "busy.py"
        script.write_text(f'''
import os, subprocess, threading
def work():
    for _ in range(4):
        subprocess.run(["{self.one}"], check=True)                 # vfork
        if not (pid := os.fork()):
            os.execv("{self.one}", ["one"])
        assert os.waitpid(pid, 0)[1] == 0
threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()
if not (pid := os.fork()):                                         # exec by a thread that is not the leader
    t = threading.Thread(target=os.execv, args=("{self.one}", ["one"]))
    t.start()
    t.join()
    os._exit(1)
assert os.waitpid(pid, 0)[1] == 0
print("all well")
''')
        done = self.skep("-j", "run", self.hello, "--", skep_test.PYTHON, script)
        self.assertIn("all well", done.out)
        out = [line for line in done.out.splitlines() if line.startswith("{")]
        ring = sum('"map":"output",' in line and str(self.one) in line for line in out)
        perf = sum('"map":"output_perf",' in line and str(self.one) in line for line in out)
        self.assertEqual((33, 33), (ring, perf), done)

    def test_descendants_outlive_the_command(self):
        """skep ends with the command; what that left behind goes on, and can still run programs."""
        mark = self.home / "mark"
        self.skep("run", self.hello, "--", "sh", "-c", f"(sleep 0.7; {self.one} && /bin/echo late > {mark}) >/dev/null 2>&1 & exit 5",
                  status=5)
        self.assertFalse(mark.exists())
        self.wait_for("the descendant's end", lambda: mark.exists() and mark.read_text() == "late\n", 10)
        self.assertEqual([], self.sockets())


class WithoutTracefs(skep_test.Case):
    engine = "kernel"

    @unittest.skipIf(os.geteuid(), "only root can unmount it")
    def test_it_is_mounted_when_it_is_needed(self):
        run = " ".join(map(str, self.argv(["run", self.examples / "hello.bpf.c", "--", shutil.which("true")])))
        away = "while umount /sys/kernel/tracing 2>/dev/null; do :; done; "
        done = self.command(["unshare", "-m", "sh", "-c", away + run])
        self.assertEqual(0, done.status, done)
        self.assertRegex(done.out, r'output: pid=\d+ uid=0 command="skep"')
        done = self.command(["unshare", "-m", "sh", "-c", away + run.replace(" run ", " -n run ", 1)])
        self.assertEqual(5, done.status, done)
        self.assertOneLine(done, r"no tracefs: mount -t tracefs")


class WithoutKernelTypes(skep_test.Case):
    engine = "user"

    @unittest.skipIf(os.geteuid(), "only root can hide the kernel's types")
    def test_vmlinux_h_is_made_of_the_engines_types(self):
        self.demoted, self.one = False, shutil.which("true")
        hide = "mount -t tmpfs none /sys/kernel/btf && test ! -e /sys/kernel/btf/vmlinux && exec "
        command = " ".join(map(str, self.argv(["run", self.examples / "hello.bpf.c", "--", self.one])))
        done = self.command(["unshare", "-m", "sh", "-c", hide + command])
        self.assertEqual(0, done.status, done)
        self.assertRegex(done.out, r'output: pid=\d+ uid=\d+ command="skep" message="Hello World"')


skep_test.main()

# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of the command share: a place of its own for each test, running skep with a time limit, and the engines to try.

A test file ends with `skep_test.main()` and is called with the build directory and the source root. Run as root, the user engine's tests run
as nobody (nothing of it needs a privilege) and those of the kernel engine as root; as anyone else, the kernel's are skipped, and say so.
"""
import json
import os
import pathlib
import pwd
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

BUILD = pathlib.Path(sys.argv[1]).resolve()
SOURCE = pathlib.Path(sys.argv[2]).resolve()
LIMIT = 30 * int(os.environ.get("SKEP_TEST_SLOW", "1"))  # seconds for any one command
ROOT = os.geteuid() == 0
# One that every user may run.
PYTHON = next((p for p in ("/usr/bin/python3", "/usr/local/bin/python3") if os.access(p, os.X_OK)), sys.executable)
NOBODY = pwd.getpwnam("nobody")


def has_cap_bpf():
    status = pathlib.Path("/proc/self/status").read_text()
    effective = int(re.search(r"^CapEff:\s*(\w+)", status, re.M).group(1), 16)
    return bool(effective >> 39 & 1 and effective >> 38 & 1)


KERNEL_REFUSES = None if has_cap_bpf() else "no CAP_BPF and CAP_PERFMON: the kernel engine is not tested"
needs_kernel = unittest.skipIf(KERNEL_REFUSES, KERNEL_REFUSES)


class Shared:
    """The command, the examples and compiled objects, where every user can read them: once a test program."""
    path = None

    @classmethod
    def get(cls):
        if not cls.path:
            cls.path = pathlib.Path(tempfile.mkdtemp(prefix="skep-cli-"))
            cls.path.chmod(0o755)
            shutil.copy(BUILD / "skep", cls.path / "skep")
            shutil.copytree(SOURCE / "examples", cls.path / "examples")
        return cls.path

    @classmethod
    def compiled(cls, source):
        """The object that skep makes of a source of examples/ (or a path): its compiler's output, kept."""
        shared = cls.get()
        source = pathlib.Path(shared / "examples" / source)
        out = shared / (source.name.removesuffix(".c") + ".o")
        if not out.exists():
            compiler, home = shared / "clang", shared / "home"
            home.mkdir(exist_ok=True)
            compiler.write_text(f'#!/bin/sh\nclang "$@" >{out}.tmp && cat {out}.tmp\n')
            compiler.chmod(0o755)
            env = dict(os.environ, SKEP_CLANG=str(compiler), HOME=str(home))
            done = subprocess.run([shared / "skep", "check", source], env=env, capture_output=True, text=True, timeout=LIMIT)
            if done.returncode not in (0, 4):
                raise AssertionError(f"{source} does not compile:\n{done.stdout}{done.stderr}")
            os.rename(f"{out}.tmp", out)
        return out


class Done:
    """How a command went."""

    def __init__(self, command, status, out, err):
        self.command, self.status, self.out, self.err = command, status, out, err

    def __str__(self):
        return f"$ {self.command}\n--- exit status {self.status}\n--- stdout\n{self.out}--- stderr\n{self.err}---"

    @property
    def json(self):
        try:
            return json.loads(self.out)
        except ValueError as e:
            raise AssertionError(f"not JSON: {e}\n{self}") from None

    @property
    def events(self):
        """Of a run with -j: a JSON document a line."""
        try:
            return [json.loads(line) for line in self.out.splitlines()]
        except ValueError as e:
            raise AssertionError(f"not JSON lines: {e}\n{self}") from None


class Process:
    """A command that lives while the test goes on; its output is read line by line."""

    def __init__(self, case, argv, **options):
        self.command = shlex.join(map(str, argv))
        self.popen = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, **options)
        self.out = ""
        os.set_blocking(self.popen.stdout.fileno(), False)
        case.addCleanup(self.end)

    @property
    def pid(self):
        return self.popen.pid

    def read(self):
        try:
            chunk = os.read(self.popen.stdout.fileno(), 65536)
        except BlockingIOError:
            return False
        self.out += chunk.decode(errors="replace")
        return bool(chunk)

    def expect(self, pattern, seen=0):
        """Wait until the output from position `seen` on matches; the match."""
        end = time.monotonic() + LIMIT
        while not (m := re.compile(pattern, re.M).search(self.out, seen)):
            if not self.read():
                if self.popen.poll() is not None and not self.read() and not re.compile(pattern, re.M).search(self.out, seen):
                    raise AssertionError(f"ended with {self.popen.returncode} before {pattern!r} came: {self}")
                time.sleep(0.01)
            if time.monotonic() > end:
                raise AssertionError(f"{pattern!r} did not come in {LIMIT} s: {self}")
        return m

    def say(self, line):
        self.popen.stdin.write((line + "\n").encode())

    def wait(self):
        """Its end: Done."""
        os.set_blocking(self.popen.stdout.fileno(), True)
        try:
            out, err = self.popen.communicate(timeout=LIMIT)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            raise AssertionError(f"does not end in {LIMIT} s: {self}") from None
        self.out += out.decode(errors="replace")
        return Done(self.command, self.popen.returncode, self.out, err.decode(errors="replace"))

    def end(self):
        if self.popen.poll() is None:
            self.popen.kill()
        self.popen.wait()
        for f in (self.popen.stdin, self.popen.stdout, self.popen.stderr):
            if f and not f.closed:
                f.close()

    def __str__(self):
        return f"$ {self.command}\n--- output so far\n{self.out}---"


class Case(unittest.TestCase):
    """A test with a home of its own. engine: "user" or "kernel"."""
    engine = "user"
    maxDiff = None

    def setUp(self):
        if self.engine == "kernel" and KERNEL_REFUSES:
            self.skipTest(KERNEL_REFUSES)
        self.shared = Shared.get()
        self.skep_path = self.shared / "skep"
        self.examples = self.shared / "examples"
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="skep-home-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("SKEP_", "XDG_", "MAKE"))}
        self.env.update(HOME=str(self.home), XDG_RUNTIME_DIR=str(self.home), LC_ALL="C")
        # Of the user engine nothing needs a privilege: root steps down.
        self.demoted = ROOT and self.engine == "user"
        if self.demoted:
            os.chown(self.home, NOBODY.pw_uid, NOBODY.pw_gid)
        self.uid = NOBODY.pw_uid if self.demoted else os.getuid()
        self.addCleanup(self.check_nothing_is_left)

    def options(self, env=None):
        options = dict(cwd=self.home, env=dict(self.env, **(env or {})))
        if self.demoted:
            options.update(user=NOBODY.pw_uid, group=NOBODY.pw_gid, extra_groups=[])
        return options

    def argv(self, words):
        before = [] if self.engine == "user" else ["--engine", self.engine]
        return [str(self.skep_path), *before, *map(str, words)]

    def command(self, argv, env=None, stdin=""):
        try:
            done = subprocess.run([str(a) for a in argv], input=stdin.encode(), capture_output=True, timeout=LIMIT, **self.options(env))
        except subprocess.TimeoutExpired as e:
            raise AssertionError(f"$ {shlex.join(map(str, argv))}: does not end in {LIMIT} s\n{e.stdout}\n{e.stderr}") from None
        return Done(shlex.join(map(str, argv)), done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    def skep(self, *words, status=0, **options):
        """Run skep on this engine; it must end with that status (None: any)."""
        done = self.command(self.argv(words), **options)
        if status is not None and done.status != status:
            self.fail(f"exit status {done.status}, not {status}:\n{done}")
        return done

    def start(self, *words, **options):
        return Process(self, self.argv(words), start_new_session=True, **dict(self.options(), **options))

    def assertOneLine(self, done, pattern):
        """An error is one line on stderr that says this."""
        if len(done.err.splitlines()) != 1 or not re.search(pattern, done.err):
            self.fail(f"not one line that matches {pattern!r}:\n{done}")

    def sockets(self):
        return [p for p in (self.home / "skep").glob("*.sock")] if (self.home / "skep").is_dir() else []

    def ours(self):
        """Processes that carry this test's HOME in their environment: [(pid, command line)]."""
        mark = f"HOME={self.home}".encode()
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0") and (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
                    found.append((int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()))
            except OSError:
                pass
        return found

    def wait_for(self, what, condition, seconds=LIMIT):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                self.fail(f"not in {seconds} s: {what}")
            time.sleep(0.02)

    def check_nothing_is_left(self):
        """Cleanups go backwards: the processes that the test started have been ended by now, so what lives here was left by skep."""
        end = time.monotonic() + 5
        while (left := self.ours()) and time.monotonic() < end:
            time.sleep(0.05)
        for pid, _ in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.assertEqual([], left, "processes are left")


def both_engines(cls):
    """Make CLASS into two, CLASS_user and CLASS_kernel, in its place."""
    module = sys.modules[cls.__module__]
    for engine in ("user", "kernel"):
        name = f"{cls.__name__}_{engine}"
        setattr(module, name, type(name, (cls,), {"engine": engine, "__module__": cls.__module__}))


def main():
    program = unittest.main(module="__main__", argv=[sys.argv[0], *sys.argv[3:]], verbosity=2, exit=False)
    if Shared.path:
        shutil.rmtree(Shared.path, ignore_errors=True)
    result = program.result
    if result.testsRun and len(result.skipped) == result.testsRun and result.wasSuccessful():
        sys.exit(77)
    sys.exit(not result.wasSuccessful())

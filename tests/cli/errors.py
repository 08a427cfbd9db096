# SPDX-License-Identifier: BSD-2-Clause
"""What is wrong is said in one line, with the right exit status, and leaves nothing behind."""
import os
import shutil
import subprocess

import skep_test

BATCH = 1000 # files that one `skep check` takes


@skep_test.both_engines
class BadObjects(skep_test.Case):
    def bad(self, path, pattern, status=3):
        for verb in (["check", path], ["run", path, "--", "true"]):
            with self.subTest(verb):
                done = self.skep(*verb, status=status)
                self.assertOneLine(done, pattern)
                self.assertEqual("", done.out)

    def test_wrong_files(self):
        text, empty, nothing = self.home / "text.o", self.home / "empty.o", self.home / "nothing.bpf.o"
        text.write_text("This is no object.\n")
        empty.write_bytes(b"")
        subprocess.run(["clang", "-target", "bpf", "-c", "-x", "c", "-", "-o", nothing], input=b"int x;\n", check=True)
        self.bad("/bin/true", "/bin/true|true.*machine|true.*BPF")
        self.bad(text, r"text\.o.*ELF")
        self.bad(empty, r"empty\.o")
        self.bad(nothing, r"nothing\.bpf\.o.*program")

    def test_missing_files(self):
        self.bad(self.home / "none.bpf.o", r"none\.bpf\.o: No such file", 1)
        self.bad(self.home / "none.bpf.c", r"none\.bpf\.c: No such file", 1)
        self.bad(self.home, "directory", 1)

    def test_what_does_not_compile(self):
        source = self.home / "wrong.bpf.c"
        source.write_text("int f(void) { return undeclared; }\n")
        done = self.skep("check", source, status=3)
        self.assertIn("wrong.bpf.c:1:22: error: use of undeclared identifier 'undeclared'", done.err)
        self.assertRegex(done.err.splitlines()[-1], r"^skep: .*wrong\.bpf\.c.*compile")

    def test_no_compiler(self):
        self.assertOneLine(self.skep("check", self.examples / "hello.bpf.c", env={"SKEP_CLANG": "/nonexistent/clang"}, status=1), "/nonexistent/clang")

    def test_a_field_that_no_kernel_has(self):
        source = self.home / "field.bpf.c"
        source.write_text('''#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
struct task_struct___mine { int no_such_field; } __attribute__((preserve_access_index));
SEC("raw_tp/sys_enter") int look(void *ctx)
{
	struct task_struct___mine *t = (void *)bpf_get_current_task();
	return BPF_CORE_READ(t, no_such_field);
}
char LICENSE[] SEC("license") = "GPL";
''')
        done = self.skep("check", source, status=3)
        self.assertOneLine(done, r"field\.bpf\.c:7: task_struct___mine\.no_such_field: not in the target's BTF \(program look,")


class TruncatedObjects(skep_test.Case):
    """Every prefix of an object is refused as a bad object, in one line each."""

    def test_every_prefix(self):
        whole = self.home / "whole.bpf.o"
        shutil.copy(skep_test.Shared.compiled("hello.bpf.c"), whole)
        strip = next((s for s in ("llvm-strip", "llvm-strip-14", "llvm-strip-16", "llvm-strip-19") if shutil.which(s)), None)
        if strip: # DWARF is most of it, and plays no part
            subprocess.run([strip, "-g", whole], check=True)
        self.skep("check", whole)
        data = whole.read_bytes()
        for start in range(0, len(data), BATCH):
            lengths = range(start, min(start + BATCH, len(data)))
            names = [f"cut-{n}.o" for n in lengths]
            for n, name in zip(lengths, names):
                (self.home / name).write_bytes(data[:n])
            done = self.skep("check", *names, status=3)
            self.assertEqual("", done.out)
            lines = done.err.splitlines()
            self.assertEqual(len(names), len(lines), done.err[-2000:])
            for name, line in zip(names, lines):
                self.assertTrue(line.startswith("skep: ") and name in line, line)
            for name in names:
                os.unlink(self.home / name)

    def test_flipped_bytes_never_crash(self):
        """Any verdict will do, a signal will not."""
        data = bytearray(skep_test.Shared.compiled("hello.bpf.c").read_bytes())
        names = []
        for n in range(0, 900):
            at = n * 7919 % len(data) if n % 3 else n % 64 + (len(data) - 64 if n % 2 else 0)
            kept, data[at] = data[at], data[at] ^ (1 << n % 8) or 0xFF
            names.append(f"flip-{n}.o")
            (self.home / names[-1]).write_bytes(data)
            data[at] = kept
        done = self.skep("check", *names, status=None)
        self.assertIn(done.status, (0, 3, 4), done.err[-2000:])


@skep_test.both_engines
class BadCommands(skep_test.Case):
    def test_a_command_that_does_not_exist(self):
        hello = skep_test.Shared.compiled("hello.bpf.c")
        self.assertOneLine(self.skep("run", hello, "--", "no-such-command-here", status=127), "no-such-command-here: command not found")
        self.assertOneLine(self.skep("run", hello, "--", "./none", status=127), "./none: command not found")

    def test_what_cannot_be_executed(self):
        hello = skep_test.Shared.compiled("hello.bpf.c")
        plain, garbage = self.home / "plain", self.home / "garbage"
        plain.write_text("text\n")
        garbage.write_bytes(b"\x7fELF garbage")
        garbage.chmod(0o755)
        self.assertOneLine(self.skep("run", hello, "--", plain, status=126), "plain: Permission denied")
        self.assertOneLine(self.skep("run", hello, "--", garbage, status=126), "garbage: Exec format error")
        self.assertOneLine(self.skep("run", hello, "--", self.home, status=126), "Permission denied")

    def test_a_hook_that_does_not_exist(self):
        source = self.home / "hook.bpf.c"
        source.write_text('''#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
SEC("tp/syscalls/sys_enter_nothing") int f(void *ctx) { return 0; }
char LICENSE[] SEC("license") = "GPL";
''')
        self.assertOneLine(self.skep("run", source, "--", "true", status=5), "sys_enter_nothing")

    def test_a_refused_program_runs_nothing(self):
        mark = self.home / "mark"
        done = self.skep("run", self.examples / "broken/unchecked_lookup.bpf.c", "--", "touch", mark, status=4)
        self.assertIn("map_value_or_null", done.err)
        self.assertFalse(mark.exists())

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run(self.argv(["run", str(skep_test.Shared.compiled("hello.bpf.c")), "--", "true"]), stdout=full,
                                  stderr=subprocess.PIPE, text=True, timeout=skep_test.LIMIT, **self.options())
        self.assertEqual(1, done.returncode)
        self.assertRegex(done.stderr, r"^skep: .*No space left on device\n$")


skep_test.main()

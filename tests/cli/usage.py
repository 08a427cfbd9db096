# SPDX-License-Identifier: BSD-2-Clause
"""Options, abbreviations, the name that the command is called by, and what is no command at all."""
import os

import skep_test


class Usage(skep_test.Case):
    def test_usage_errors_are_status_2_in_one_line(self):
        hello = skep_test.Shared.compiled("hello.bpf.c")
        for words, says in (
                (["nosuch"], "nosuch"), (["prog", "nosuch"], "nosuch"), (["--nosuch"], "nosuch"), (["-x"], "x"), (["--engine", "other", "prog"], "other"),
                (["--engine"], "engine"), (["--instance", "x", "prog"], "x"), (["run"], "FILE"), (["check"], "FILE"), (["run", hello, "--"], "command"),
                (["run", hello, "other.o"], r"other\.o"), (["run", hello, "--nosuch"], "nosuch"), (["run", hello, "--pcap"], "--pcap"),
                (["run", hello, "--pcap", "x", "--", "true"], "--pcap"), (["run", hello, "--pcap-out", "x"], "--pcap"),
                (["run", hello, "--repeat", "many", "--pcap", "x"], "many"), (["check", "--nosuch"], "nosuch"), (["map", "dump"], "."),
                (["map", "dump", "id", "x"], "x"), (["prog", "dump", "xlated"], "."), (["btf", "dump"], ".")):
            with self.subTest(words):
                done = self.skep(*words, status=2)
                self.assertEqual("", done.out)
                lines = [l for l in done.err.splitlines() if "no instance runs" not in l]
                self.assertEqual(1, len(lines), done)
                self.assertRegex(lines[0], rf"^skep: .*{says}")

    def test_no_words_at_all(self):
        done = self.skep(status=2)
        self.assertRegex(done.err, "^usage: skep")

    def test_help_and_version(self):
        self.assertRegex(self.skep("help").out, r"^usage: skep")
        self.assertRegex(self.skep("--help").out, r"^usage: skep")
        self.assertRegex(self.skep("version").out, r"^skep v\d+\.\d+\.\d+\n$")
        self.assertEqual(self.skep("version").out, self.skep("-V").out)
        self.assertEqual(["version"], list(self.skep("-j", "version").json))
        for noun in ("run", "check", "prog", "map", "btf", "link"):
            self.assertRegex(self.skep(noun, "help").out, rf"(?m)^  skep {noun}")

    def test_json_errors(self):
        for flag in ("-j", "-p"):
            done = self.skep(flag, "check", "/nonexistent.o", status=1)
            (file,) = done.json
            self.assertRegex(file["error"], "No such file")
            done = self.skep(flag, "map", "dump", "name", "nosuch", status=1)
            self.assertIn("error", done.json)

    def test_lists_are_json_without_an_instance(self):
        for noun in ("prog", "map", "link"):
            for flag in ("-j", "-p"):
                self.assertEqual([], self.skep(flag, noun, "list").json)
            self.assertEqual("", self.skep(noun, "list").out)

    def test_types_of_the_engine_itself(self):
        text = self.skep("btf", "dump", "file", "/sys/kernel/btf/vmlinux", "format", "c").out
        self.assertRegex(text, r"(?m)^struct task_struct \{$")

    def test_engine_by_environment(self):
        self.assertOneLine(self.skep("prog", "list", env={"SKEP_ENGINE": "nosuch"}, status=2), "SKEP_ENGINE")
        self.skep("prog", "list", env={"SKEP_ENGINE": "user"})

    def test_the_runtime_directory_may_be_missing(self):
        """Then sockets live in /tmp/skep-UID, which nobody else can enter."""
        env = {"XDG_RUNTIME_DIR": ""}
        self.skep("run", skep_test.Shared.compiled("hello.bpf.c"), "--", "true", env=env)
        self.assertEqual(0o700, os.stat(f"/tmp/skep-{self.uid}").st_mode & 0o777)

    def test_a_runtime_directory_of_others_is_not_used(self):
        (self.home / "skep").mkdir(mode=0o777)
        (self.home / "skep").chmod(0o777)
        self.assertOneLine(self.skep("run", skep_test.Shared.compiled("hello.bpf.c"), "--", "true", status=1), "skep/.*sock")


class CalledBpftool(skep_test.Case):
    """Called by the name bpftool, the engine is the kernel unless told otherwise."""

    def setUp(self):
        super().setUp()
        self.bpftool = self.home / "bpftool"
        self.bpftool.symlink_to(self.skep_path)

    def test_an_ordinary_user_is_refused_by_the_kernel(self):
        if not self.demoted:
            self.skipTest("wants root, to step down from")
        done = self.command([self.bpftool, "prog", "list"])
        self.assertEqual(1, done.status, done)
        self.assertOneLine(done, "not permitted")

    def test_told_otherwise(self):
        for words, env in ((["--engine", "user", "-j", "prog", "list"], None), (["-j", "prog", "list"], {"SKEP_ENGINE": "user"})):
            done = self.command([self.bpftool, *words], env=env)
            self.assertEqual((0, []), (done.status, done.json))

    @skep_test.needs_kernel
    def test_root_sees_the_kernels_programs(self):
        self.demoted, self.engine = False, "kernel"
        run = self.start("run", skep_test.Shared.compiled("hello.bpf.c"), "--", "sh", "-c", "echo ready; read x")
        run.expect("^ready$")
        done = self.command([self.bpftool, "-j", "prog", "list"])
        self.assertIn("hello", [p.get("name") for p in done.json])
        run.say("end")
        run.wait()


skep_test.main()

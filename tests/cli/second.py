# SPDX-License-Identifier: BSD-2-Clause
"""What another terminal of the same user sees of a run, and what it may change; each answer beside bpftool's where the kernel is the engine."""
import json
import os
import re
import shutil
import subprocess

import skep_test

BPFTOOL = shutil.which("bpftool", path=os.environ["PATH"] + ":/usr/sbin:/sbin")


@skep_test.both_engines
class SecondTerminal(skep_test.Case):
    def setUp(self):
        super().setUp()
        # On the kernel others may run the example too: names of our own.
        self.names = {n: n if self.engine == "user" else f"{n[:4]}_{os.getpid()}" for n in ("hello", "hello_perf", "config", "counter_table", "output")}
        source = self.shared / f"second_{self.engine}.bpf.c"
        text = (self.examples / "hello.bpf.c").read_text()
        if self.engine == "kernel":
            self.names["hello_perf"] += "p"
            text = text.replace('#include "vmlinux.h"\n', '#include "vmlinux.h"\n' + "".join(f"#define {old} {new}\n" for old, new in self.names.items()))
        if not source.exists():
            source.write_text(text)
        self.one = self.home / "one"
        shutil.copy("/bin/true", self.one)
        self.run = self.start("run", skep_test.Shared.compiled(source), "--", "sh", "-c", f"echo ready; while read x; do {self.one}; done")
        self.run.expect("^ready$")

    def tearDown(self):
        self.run.popen.stdin.close()
        self.run.popen.stdin = None
        self.assertEqual(0, self.run.wait().status)

    def named(self, noun, name):
        """The object's id."""
        found = [o["id"] for o in self.skep("-j", noun, "list").json if o.get("name") == self.names[name]]
        self.assertEqual(1, len(found), f"{noun} {self.names[name]}")
        return found[0]

    def next_message(self):
        seen = len(self.run.out)
        self.run.say("go")
        return self.run.expect(rf'^{self.names["output"]}: pid=\d+ uid={self.uid} command="sh" message="(.*)" path="{self.one}"$', seen).group(1)

    def as_bpftool(self, *words):
        """On the kernel bpftool answers the same question with the same bytes."""
        ours = self.skep(*words).out
        if self.engine == "kernel" and BPFTOOL:
            theirs = subprocess.run([BPFTOOL, *map(str, words)], capture_output=True, text=True).stdout
            self.assertEqual(theirs, ours)
        return ours

    def test_programs(self):
        ident = self.named("prog", "hello")
        self.assertRegex(self.skep("prog", "list").out, rf"(?m)^{ident}: tracepoint  name {self.names['hello']}  tag [0-9a-f]{{16}}  gpl")
        shown = self.skep("-j", "prog", "show", "name", self.names["hello"]).json
        shown = shown[0] if isinstance(shown, list) else shown
        self.assertEqual(("tracepoint", self.names["hello"], self.uid), (shown["type"], shown["name"], shown["uid"]))
        if self.engine == "kernel" and BPFTOOL:
            theirs = json.loads(subprocess.run([BPFTOOL, "-j", "prog", "show", "id", str(ident)], capture_output=True).stdout)
            for key in theirs.keys() - {"pids", "run_cnt", "run_time_ns", "loaded_at"}:
                self.assertEqual(theirs[key], shown.get(key), key)
            self.assertAlmostEqual(theirs["loaded_at"], shown["loaded_at"], delta=1)

    def test_instructions(self):
        ident = self.named("prog", "hello")
        text = self.as_bpftool("prog", "dump", "xlated", "id", ident)
        self.assertRegex(text, r"(?m)^int \w+\(struct trace_event_raw_sys_enter ?\* ?ctx\):$")
        self.assertRegex(text, r"(?m)^ +\d+: \(95\) exit$")
        self.assertRegex(text, r"(?m)^; .*bpf_get_current_uid_gid")
        self.assertEqual(text, self.skep("prog", "dump", "xlated", "name", self.names["hello"]).out)
        self.assertIsInstance(json.loads(self.as_bpftool("-j", "prog", "dump", "xlated", "id", ident)), list)
        self.as_bpftool("prog", "dump", "xlated", "id", ident, "opcodes")

    def test_maps_typed(self):
        ident, name = self.named("map", "config"), self.names["config"]
        self.assertEqual("Hello World", self.next_message())
        self.skep("map", "update", "name", name, "key", self.uid, "value", '"Hey root!"')
        self.assertEqual("Hey root!", self.next_message())
        dump = json.loads(self.as_bpftool("map", "dump", "id", ident))
        self.assertEqual([{"key": self.uid, "value": {"message": "Hey root!"}}], dump)
        self.as_bpftool("-j", "map", "dump", "id", ident)
        self.as_bpftool("-p", "map", "dump", "id", ident)
        looked = self.skep("-j", "map", "lookup", "name", name, "key", self.uid).json
        self.assertEqual({"message": "Hey root!"}, looked.get("formatted", looked)["value"])
        count = self.skep("-j", "map", "dump", "name", self.names["counter_table"]).json
        counts = {(e["formatted"] if "formatted" in e else e)["key"]: (e["formatted"] if "formatted" in e else e)["value"] for e in count}
        self.assertGreaterEqual(counts[self.uid], 3)
        self.skep("map", "delete", "name", name, "key", self.uid)
        self.assertEqual("Hello World", self.next_message())
        self.assertEqual([], self.skep("-j", "map", "dump", "name", name).json)

    def test_maps_in_bytes(self):
        """bpftool's own form."""
        key = [str(b) for b in self.uid.to_bytes(4, "little")]
        self.skep("map", "update", "name", self.names["config"], "key", *key, "value", *(f"0x{b:02x}" for b in b"From bytes\0\0"))
        self.assertEqual("From bytes", self.next_message())
        self.skep("map", "update", "name", self.names["config"], "key", "hex", *(f"{int(b):02x}" for b in key), "value", "hex",
                  *(f"{b:02x}" for b in b"From hex\0\0\0\0"))
        self.assertEqual("From hex", self.next_message())
        self.skep("map", "update", "name", self.names["config"], "key", *key, "value", *["0"] * 12, "noexist", status=1)

    def test_what_a_map_refuses(self):
        name = self.names["config"]
        for words, says in ((["key", "zero", "value", '"x"'], "zero"), (["key", "0", "value", '"much longer than it may be"'], "26 characters"),
                            (["key", "0"], "value"), (["key", "0", "value", "{.nothing = 1}"], "nothing")):
            with self.subTest(words):
                done = self.skep("map", "update", "name", name, *words, status=None)
                self.assertIn(done.status, (1, 2), done)
                self.assertOneLine(done, says)
        self.assertOneLine(self.skep("map", "dump", "name", "nosuchmap", status=1), "nosuchmap")
        self.assertOneLine(self.skep("map", "lookup", "name", name, "key", "4242424", status=1), ".")

    def test_types(self):
        shown = self.skep("-j", "prog", "show", "name", self.names["hello"]).json
        ident = (shown[0] if isinstance(shown, list) else shown)["btf_id"]
        raw = self.as_bpftool("btf", "dump", "id", ident)
        self.assertRegex(raw, r"(?m)^\[\d+\] STRUCT 'user_msg_t' size=12 vlen=1$")
        self.assertRegex(self.skep("btf", "dump", "id", ident, "format", "c").out, r"(?m)^struct user_msg_t \{$")
        self.assertIn(ident, [b["id"] for b in self.skep("-j", "btf", "list").json])

    def test_links(self):
        ident = self.named("prog", "hello")
        links = [l for l in self.skep("-j", "link", "list").json if l["prog_id"] == ident]
        self.assertEqual(1, len(links))
        self.assertRegex(self.skep("link", "list").out, rf"(?m)^{links[0]['id']}: perf_event  prog {ident}\b")

    def test_abbreviations(self):
        self.assertEqual(self.skep("map", "dump", "name", self.names["config"]).out, self.skep("m", "d", "n", self.names["config"]).out)
        self.skep("p", "s", "n", self.names["hello"])
        self.skep("l", "l")

    def test_pins(self):
        if self.engine == "kernel":
            self.skipTest("wants a bpffs; the kernel's pins are tested below the command")
        self.skep("map", "pin", "name", "config", "/sys/fs/bpf/conf")
        self.assertEqual([], self.skep("-j", "map", "dump", "pinned", "/sys/fs/bpf/conf").json)


@skep_test.both_engines
class Afterwards(skep_test.Case):
    def test_nothing_is_left_to_see(self):
        hello = skep_test.Shared.compiled("hello.bpf.c")
        self.skep("run", hello, "--", "true")
        if self.engine == "user":
            done = self.skep("prog", "list")
            self.assertEqual("", done.out)
            self.assertOneLine(done, "no instance")
            self.assertEqual([], self.skep("-j", "map", "list").json)
            self.assertEqual([], self.sockets())

    def test_an_instance_by_its_process(self):
        if self.engine == "kernel":
            self.skipTest("the kernel has no instances")
        hello = skep_test.Shared.compiled("hello.bpf.c")
        runs = []
        for _ in range(2):
            runs.append(self.start("run", hello, "--", "sh", "-c", "echo ready; read x"))
            runs[-1].expect("^ready$")
        for n, run in enumerate(runs):
            self.skep("--instance", run.pid, "map", "update", "name", "config", "key", n, "value", f'"{n}"')
        for n, run in enumerate(runs):
            keys = [e["formatted"]["key"] if "formatted" in e else e["key"]
                    for e in self.skep("--instance", run.pid, "-j", "map", "dump", "name", "config").json]
            self.assertEqual([n], keys)
        self.assertRegex(self.skep("prog", "list").err, rf"2 instances.*{runs[1].pid}")
        self.assertOneLine(self.skep("--instance", "1", "prog", "list", status=1), "no instance 1")
        for run in runs:
            run.say("end")
            self.assertEqual(0, run.wait().status)

    def test_another_user_sees_nothing(self):
        if not self.demoted:
            self.skipTest("wants root to be another user")
        run = self.start("run", skep_test.Shared.compiled("hello.bpf.c"), "--", "sh", "-c", "echo ready; read x")
        run.expect("^ready$")
        self.assertEqual(0o700, (self.home / "skep").stat().st_mode & 0o777)
        other = subprocess.run(self.argv(["prog", "list"]), env=self.env, user=65533, group=65533, extra_groups=[], capture_output=True, text=True)
        self.assertNotIn("hello", other.stdout)
        run.say("end")
        run.wait()


skep_test.main()

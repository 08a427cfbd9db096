# SPDX-License-Identifier: BSD-2-Clause
"""skep check: each classic mistake is refused, at its line, with the reason and what would mend it; both engines say the same."""
import re

import skep_test

# File: (line, program, the kind of mistake).
BROKEN = {
    "context_write": (9, "grow", "packet_end_arith"),
    "global_array": (15, "hello", "map_value_bounds"),
    "leaked_reservation": (23, "emit", "leak"),
    "licence": (9, "print", "gpl"),
    "map_value_size": (19, "read_more", "map_value_bounds"),
    "map_wanted": (11, "lookup", "map_wanted"),
    "packet_end": (12, "parse", "packet_bounds"),
    "packet_short_check": (15, "parse", "packet_bounds"),
    "return_value": (9, "verdict", "return_range"),
    "stack_bounds": (12, "fill", "stack_bounds"),
    "unbounded_loop": (11, "spin", "infinite"),
    "unchecked_lookup": (19, "count", "null_map_value"),
    "uninitialised": (9, "read_r3", "uninitialised"),
    "wrong_argument": (11, "name", "arg_type"),
}


@skep_test.both_engines
class Check(skep_test.Case):
    def test_every_broken_example_is_known_here(self):
        self.assertEqual(sorted(BROKEN), sorted(p.name.split(".")[0] for p in (self.examples / "broken").glob("*.bpf.c")))

    def test_all_of_them_at_once(self):
        files = sorted((self.examples / "broken").glob("*.bpf.c"))
        done = self.skep("check", *files, status=4)
        self.assertEqual("", done.err)
        blocks = re.split(r"(?m)^(?=\S+\.bpf\.c:\d+: program )", done.out)[1:]
        self.assertEqual(len(files), len(blocks), done)
        for file, block in zip(files, blocks):
            name = file.name.split(".")[0]
            with self.subTest(name):
                line, program, _ = BROKEN[name]
                self.assertIn(f"{file}:{line}: program {program} is refused\n", block)
                text = file.read_text().splitlines()[line - 1].strip()
                self.assertIn(f"{line} | {text}", block)
                self.assertRegex(block, r"(?m)^  reason: \w.{20}")
                self.assertRegex(block, r"(?m)^  fix:    \w.{10}")
                self.assertRegex(block, r"(?m)^  verifier: \S")
        self.assertIn("0 accepted, 14 refused", done.out)

    def test_json(self):
        done = self.skep("-j", "check", self.examples / "broken/unchecked_lookup.bpf.c", status=4)
        (refusal,) = done.json
        self.assertEqual(("refused", "count", "null_map_value", 19),
                         (refusal["verdict"], refusal["program"], refusal["kind"], refusal["source"]["line"]))
        self.assertIn("R0 invalid mem access 'map_value_or_null'", refusal["log"])
        self.skep("-p", "check", self.examples / "broken/licence.bpf.c", status=4).json

    def test_where_it_began(self):
        done = self.skep("check", self.examples / "broken/leaked_reservation.bpf.c", status=4)
        self.assertRegex(done.out, r"(?m)^ +14 \| .*bpf_ringbuf_reserve.*where it began")

    def test_good_programs(self):
        done = self.skep("check", self.examples / "hello.bpf.c", skep_test.Shared.compiled("xdp_count.bpf.c"))
        for program in ("hello", "hello_perf", "xdp_count"):
            self.assertRegex(done.out, rf"(?m): program {program} is accepted$")
        self.assertIn("3 accepted, 0 refused", done.out)

    def test_good_and_bad_together(self):
        done = self.skep("check", skep_test.Shared.compiled("xdp_count.bpf.c"), self.examples / "broken/packet_end.bpf.c", status=4)
        self.assertIn("1 accepted, 1 refused", done.out)

    def test_nothing_stays_loaded(self):
        self.skep("check", self.examples / "broken/licence.bpf.c", status=4)
        self.assertEqual([], self.sockets())


class Agreement(skep_test.Case):
    @skep_test.needs_kernel
    def test_both_engines_refuse_at_the_same_line_in_the_same_words(self):
        answers = {}
        for engine in ("user", "kernel"):
            self.engine, self.demoted = engine, False
            for r in self.skep("-j", "check", *sorted((self.examples / "broken").glob("*.bpf.c")), status=4).json:
                answers.setdefault(r["file"], {})[engine] = [r["program"], r["kind"], r["source"], r.get("origin"), r["verifier"], r["instruction"]]
        self.assertEqual(len(BROKEN), len(answers))
        for file, answer in answers.items():
            with self.subTest(file):
                self.assertEqual(answer["kernel"], answer["user"])
                line, program, kind = BROKEN[file.rsplit("/", 1)[1].split(".")[0]]
                self.assertEqual([program, kind, line], [answer["user"][0], answer["user"][1], answer["user"][2]["line"]])


skep_test.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Install into a temporary DESTDIR and use what is there as a stranger would: compilers and pkg-config, nothing of this tree.

Usage: install.py SOURCE-ROOT BUILD-ROOT
"""
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE, BUILD = (pathlib.Path(p) for p in sys.argv[1:3])
WARNINGS = ["-Wall", "-Wextra", "-Werror", "-pedantic"]
C_COMPILERS = [c for c in ("gcc", "clang") if shutil.which(c)]
CXX_COMPILERS = [c for c in ("g++", "clang++") if shutil.which(c)]


def run(command, **options):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=120, **options)
    if done.returncode:
        raise AssertionError(f"{shlex.join(map(str, command))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def option(name):
    options = json.loads(run(["meson", "introspect", "--buildoptions", BUILD]))
    return next(o["value"] for o in options if o["name"] == name)


def blocks_of(page, language):
    """The fenced blocks of that language in a page of docs/."""
    return re.findall(rf"^```{language}\n(.*?)^```", (SOURCE / "docs" / page).read_text(), re.S | re.M)


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tmp = pathlib.Path(tempfile.mkdtemp(prefix="skep-install-"))
        cls.root = cls.tmp / "root"
        run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", cls.root])
        cls.prefix = pathlib.Path(str(cls.root) + option("prefix"))
        cls.lib = cls.prefix / option("libdir")
        # Sanitizers of this build go into what is linked with it.
        cls.sanitize = [] if option("b_sanitize") == "none" else ["-fsanitize=" + option("b_sanitize")]

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.tmp)

    def pkg_config(self, *words):
        env = dict(os.environ, PKG_CONFIG_PATH=str(self.lib / "pkgconfig"))
        return shlex.split(run(["pkg-config", f"--define-variable=prefix={self.prefix}", *words, "skep"], env=env))

    def headers(self):
        found = sorted((self.prefix / "include/skep").glob("*.h"))
        self.assertGreaterEqual(len(found), 5)
        return found

    def test_each_header_compiles_alone(self):
        compilers = [(c, "c") for c in C_COMPILERS] + [(c, "c++") for c in CXX_COMPILERS]
        if not CXX_COMPILERS:
            print("no C++ compiler: the headers are tried in C only", file=sys.stderr)
        for header in self.headers():
            for compiler, language in compilers:
                with self.subTest(header=header.name, compiler=compiler):
                    run([compiler, "-x", language, *WARNINGS, "-fsyntax-only", *self.pkg_config("--cflags"), "-"],
                        input=f"#include <skep/{header.name}>\n")

    def test_headers_declare_what_the_library_exports(self):
        names = set(run(["nm", "-D", "--defined-only", "--format=just-symbols", self.lib / "libskep.so"]).split())
        names = {n.split("@")[0] for n in names} - {"_init", "_fini"}
        self.assertGreater(len(names), 50)
        if not self.sanitize:
            self.assertEqual([], sorted(n for n in names if not n.startswith("skep_")), "other names than skep_ are exported")
        text = "".join(h.read_text() for h in self.headers())
        declared = set(re.findall(r"SKEP_API[^;{]*?\b(skep_\w+)\(", text))
        self.assertEqual([], sorted(declared - names), "declared, but not there")
        self.assertEqual([], sorted(n for n in names - declared if n.startswith("skep_")), "exported, but not declared")

    def build_and_run(self, compiler, source, argument, libraries):
        program = self.tmp / "program"
        run([compiler, *WARNINGS, "-O1", *self.sanitize, *self.pkg_config("--cflags"), "-o", program, source, *libraries])
        return run([program, argument], env=dict(os.environ, LD_LIBRARY_PATH=str(self.lib), HOME=str(self.tmp)))

    def test_the_program_of_embedding_md(self):
        """docs/embedding.md shows a program, its plug-in and what it prints: so it does."""
        source, plug_in = self.tmp / "filter.c", self.tmp / "filter.bpf.c"
        for path, text in zip((source, plug_in), blocks_of("embedding.md", "c"), strict=True):
            path.write_text(text)
        expected = blocks_of("embedding.md", "text")[0]
        static = [self.lib / "libskep.a" if w == "-lskep" else w for w in self.pkg_config("--libs", "--static")]
        # The run-time libraries of sanitizers are each compiler's own: with them, only the one that built the library will do.
        for compiler in C_COMPILERS[:1] if self.sanitize else C_COMPILERS:
            with self.subTest(compiler=compiler, library="shared"):
                self.assertEqual(expected, self.build_and_run(compiler, source, plug_in, self.pkg_config("--libs")))
            with self.subTest(compiler=compiler, library="static"):
                self.assertEqual(expected, self.build_and_run(compiler, source, plug_in, static))

    def test_the_command_runs_from_where_it_was_installed(self):
        out = run([self.prefix / "bin/skep", "version"])
        self.assertRegex(out, r"^skep v\d+\.\d+\.\d+\n$")

    def test_manual_pages(self):
        pages = sorted((SOURCE / "man").glob("*.1"))
        self.assertIn("skep.1", [p.name for p in pages])
        self.assertEqual([p.name for p in pages], sorted(p.name for p in (self.prefix / option("mandir") / "man1").iterdir()))
        if not shutil.which("groff"):
            self.skipTest("no groff: manual pages are not formatted")
        for page in pages:
            with self.subTest(page.name):
                done = subprocess.run(["groff", "-man", "-ww", "-Tutf8", page], capture_output=True, text=True)
                self.assertEqual("", done.stderr)
                for heading in ("NAME", "SYNOPSIS", "DESCRIPTION", "SEE ALSO"):
                    self.assertIn(heading, re.sub(".\b", "", done.stdout))


unittest.main(argv=sys.argv[:1], verbosity=2)

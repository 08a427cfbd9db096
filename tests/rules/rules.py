#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The rules of the house that a machine can check: who may include whom, what may not be called, how long a file may be.

Usage: rules.py ROOT. Prints one line for each breach; exit status 1 when there is any.
"""
import pathlib
import re
import subprocess
import sys

# What a file below the first path may include by quotes; <skep/...> is open to all.
MAY_INCLUDE = {
    "common/": ("common/",),
    "engine/": ("engine/", "common/"),
    "user/": ("user/", "common/"),
    "sources/": ("sources/", "common/"),
    "cli/": ("cli/", "common/"),
    "include/": (),
}
BANNED = ("strcpy", "strcat", "sprintf", "vsprintf", "gets", "atoi", "atol", "atoll", "alloca", "strtok", "system", "popen")
# Library code never prints or exits, and keeps nothing global that changes.
LIBRARY = ("common/", "engine/", "user/", "sources/")
SILENT = ("printf", "puts", "putchar", "perror", "exit", "abort", "fprintf")
MAX_LINES = 1000

# Programs of the build, not parts of the library.
TOOLS = re.compile(r"^(user/compile/(embed|helper_defs)\.c|engine/kernel/(mkbtf|embed)[a-z_]*\.c)$")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", re.S)


def strip(text):
    """The code alone: comments and literals become blanks, lines stay."""
    return COMMENT.sub(lambda m: '""' if m.group()[0] == '"' else re.sub(r"[^\n]", " ", m.group()), text)


def side(path):
    return next((s for s in MAY_INCLUDE if path.startswith(s)), None)


def check_includes(path, text):
    where = side(path)
    if where is None:
        return
    for n, line in enumerate(text.splitlines(), 1):
        m = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if m and not m.group(1).startswith(MAY_INCLUDE[where]):
            yield f"{path}:{n}: {where} may not include {m.group(1)}"


def calls(code, names):
    pattern = re.compile(r"(?<![\w.>])(%s)\s*\(" % "|".join(names))
    for n, line in enumerate(code.splitlines(), 1):
        for m in pattern.finditer(line):
            yield n, m.group(1)


def check_calls(path, code):
    for n, name in calls(code, BANNED):
        if not path.startswith("tests/"):
            yield f"{path}:{n}: {name} is banned (docs/architecture.md)"
    if path.startswith(LIBRARY) and not TOOLS.match(path):
        for n, name in calls(code, SILENT):
            if not (name == "exit" and "_exit" in code.splitlines()[n - 1]):
                yield f"{path}:{n}: the library does not call {name}"


def check_length(path, text):
    lines = text.count("\n")
    if lines > MAX_LINES:
        yield f"{path}: {lines} lines; split it by concept (at most {MAX_LINES})"


def check_licence(path, text):
    if "SPDX-License-Identifier: BSD-2-Clause" not in "\n".join(text.splitlines()[:2]):
        yield f"{path}: the first line does not name the licence"


def main():
    root = pathlib.Path(sys.argv[1])
    files = subprocess.run(["git", "-C", root, "ls-files", "*.c", "*.h", "*.def"], capture_output=True, text=True, check=True)
    breaches = []
    names = files.stdout.split()
    for path in names:
        if not (root / path).exists():
            continue
        text = (root / path).read_text()
        breaches += check_includes(path, text)
        breaches += check_licence(path, text)
        if not path.startswith(("examples/", "user/compile/headers/")) and not path.endswith(".def"):
            code = strip(text)
            breaches += check_calls(path, code)
            breaches += check_length(path, text)
    print("\n".join(breaches) if breaches else f"{len(names)} files keep the rules")
    return 1 if breaches or not names else 0


sys.exit(main())

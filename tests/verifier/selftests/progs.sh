#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The kernel's own BPF test programs on both verifiers: progs.sh RUNNER VERSION [PATTERN [RUNNER_OPTION]...]
# compiles progs/PATTERN.c of a linux-source package into a temporary directory and runs RUNNER (verifier-progs) on them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
runner=$1
version=$2
pattern=${3:-verifier_*}
[ $# -gt 3 ] && shift 3 || shift $#
out=$(mktemp -d "${TMPDIR:-/tmp}/skep-objects.XXXXXX")
trap 'rm -rf "$out"' EXIT INT TERM
# Their newer programs want a newer compiler than the one that skep is content with.
if [ -z "${SKEP_CLANG:-}" ] && command -v clang-19 >/dev/null; then
	SKEP_CLANG=clang-19
	export SKEP_CLANG
fi
"$here/compile.sh" "$version" "$out" "$pattern"
"$runner" "$@" "$out"/*.bpf.o

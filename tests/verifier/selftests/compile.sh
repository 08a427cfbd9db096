#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Compile the kernel's own BPF test programs of a linux-source package into a directory: compile.sh VERSION OUT_DIR [PATTERN]
# (progs/PATTERN.c; all when left out). SKEP_CLANG names the compiler. What does not compile is left out, and counted.
set -eu
version=$1
mkdir -p "$2"
out=$(cd "$2" && pwd)
pattern=${3:-*}
clang=${SKEP_CLANG:-clang}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/skep-progs.XXXXXX")
trap 'rm -rf "$tmp"' EXIT INT TERM
src=${SKEP_LINUX_SOURCE:-}
if [ -z "$src" ]; then
	package=/usr/src/linux-source-$version.tar.xz
	[ -f "$package" ] || { echo "SKIP: $package is not installed (linux-source-$version)" >&2; exit 77; }
	tar -C "$tmp" -xf "$package" --wildcards '*/tools/testing/selftests/bpf/*' '*/tools/lib/bpf/*.h' '*/tools/include/*' \
		'*/include/uapi/linux/bpf.h' '*/scripts/bpf_doc.py'
	src=$tmp/linux-source-$version
fi
inc=$tmp/include
mkdir -p "$inc/bpf"
cp "$src"/tools/lib/bpf/*.h "$inc/bpf/"
python3 "$src/scripts/bpf_doc.py" --header --file "$src/include/uapi/linux/bpf.h" >"$inc/bpf/bpf_helper_defs.h"
bpftool btf dump file /sys/kernel/btf/vmlinux format c >"$inc/vmlinux.h"
bpf=$src/tools/testing/selftests/bpf
good=0
bad=0
for f in "$bpf"/progs/$pattern.c; do
	name=$(basename "$f" .c)
	if "$clang" -g -O2 -target bpf -mcpu=v3 -D__TARGET_ARCH_x86 -mlittle-endian -DENABLE_ATOMICS_TESTS -Wno-everything \
		-I"$inc" -I"$bpf" -I"$src/tools/include/uapi" -idirafter /usr/include/x86_64-linux-gnu -idirafter /usr/include \
		-c "$f" -o "$out/$name.bpf.o" 2>>"$out/errors.txt"; then
		good=$((good + 1))
	else
		bad=$((bad + 1))
		echo "does not compile: $name" >&2
	fi
done
echo "$good compiled, $bad not"

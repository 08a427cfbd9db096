#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The kernel's own verifier tables on the kernel and on our engine: unpack the selftests of a linux-source package into a temporary
# directory, build the tables there with our runner, run it. usage: run.sh BUILD_DIR VERSION [RUNNER_OPTION]...
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
build=$(cd "$1" && pwd)
version=$2
shift 2
tmp=$(mktemp -d "${TMPDIR:-/tmp}/skep-selftests.XXXXXX")
trap 'rm -rf "$tmp"' EXIT INT TERM
# An unpacked source tree may be given, so that repeated runs need not unpack it.
src=${SKEP_LINUX_SOURCE:-}
if [ -z "$src" ]; then
	package=/usr/src/linux-source-$version.tar.xz
	[ -f "$package" ] || { echo "SKIP: $package is not installed (linux-source-$version)" >&2; exit 77; }
	tar -C "$tmp" -xf "$package" --wildcards '*/tools/testing/selftests/bpf/verifier/*' \
		'*/tools/testing/selftests/bpf/*.[ch]' '*/tools/include/linux/filter.h' '*/tools/include/uapi/*'
	src=$tmp/linux-source-$version
fi
src=$src/tools
bpf=$src/testing/selftests/bpf
mkdir "$tmp/build"
cd "$tmp/build"
# The table's struct, constants and fill functions: all between these two lines of the tests' driver.
sed -n '/^#define MAX_INSNS/,/^static struct bpf_test tests\[\]/p' "$bpf/test_verifier.c" | sed '$d' >definitions.h
sed -n '/^static const char btf_str_sec/,/^static char bpf_vlog/p' "$bpf/test_verifier.c" | sed '$d' >map_btf.h
cp "$src/include/linux/filter.h" tools_filter.h
mkdir linux
for h in bpf bpf_common btf; do cp "$src/include/uapi/linux/$h.h" linux/; done
: >all_tables.h
: >all_files.h
for f in "$bpf"/verifier/*.c; do
	name=$(basename "$f" .c)
	printf 'static struct bpf_test tables_%s[] = {\n#include "%s"\n};\n' "$name" "$f" >>all_tables.h
	printf '{"%s", tables_%s, sizeof(tables_%s) / sizeof(tables_%s[0])},\n' "$name" "$name" "$name" "$name" >>all_files.h
done
${CC:-cc} -w -O1 -c -D_GNU_SOURCE -DENOTSUPP=524 -I. -I"$here" -I"$bpf" -o data.o "$here/tables_data.c"
${CC:-cc} -w -O1 -D_GNU_SOURCE -I"$top" -I"$top/include" -I"$here" -o tables "$here/tables.c" data.o \
	"$top/tests/verifier/sides.c" "$build/libskep.a" $(pkg-config --libs libelf libdw zlib libpcap libmnl jansson) -lpthread
./tables "$@"

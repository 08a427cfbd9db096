#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# skep-conformance as an outside suite calls it: what it prints, what it refuses, and that it always ends.
exe=$1
failed=0

# answers NAME WANTED-STDOUT WANTED-STATUS PROGRAM [ARGS…]
answers() {
	name=$1 want=$2 status=$3 program=$4
	shift 4
	got=$(printf '%s' "$program" | timeout 60 "$exe" "$@" 2>/tmp/skep-conformance.$$)
	code=$?
	lines=$(wc -l </tmp/skep-conformance.$$)
	if [ "$got" != "$want" ] || [ $code != "$status" ] || { [ $code = 1 ] && [ "$lines" != 1 ]; }; then
		echo "$name: got \"$got\", status $code, $lines lines on stderr; wanted \"$want\", status $status" >&2
		failed=1
	fi
	rm -f /tmp/skep-conformance.$$
}

exit_insn='95 00 00 00 00 00 00 00'
answers 'r0 in lower case' deadbeef 0 "b4000000efbeadde $exit_insn"
answers 'no memory: r1 is 0' 0 0 "bf10000000000000 $exit_insn"
answers 'empty memory: r1 is 0' 0 0 "bf10000000000000 $exit_insn" ''
answers 'r2 is the length' 3 0 "bf20000000000000 $exit_insn" '01 02 03'
answers 'memory with white space' 302 0 "6910010000000000 $exit_insn" ' 01 02
03 '
answers 'upper case' ff 0 "B7000000FF000000$exit_insn"
answers 'program as an option' 2a 0 '' '' --program "b70000002a000000 $exit_insn"
answers 'out of bounds' '' 1 "7910000000000000 $exit_insn" 00
answers 'endless loop' '' 1 '0500ffff00000000' --max-insns 100000
answers 'endless loop within the default budget' '' 1 '0500ffff00000000'
answers 'empty program' '' 1 ''
answers 'half an instruction' '' 1 'b7000000'
answers 'odd digits' '' 1 'b700000'
answers 'not hexadecimal' '' 1 'xyz'
answers 'memory not hexadecimal' '' 1 "$exit_insn" 0g
answers 'unknown option' '' 2 "$exit_insn" --nonsense
answers 'two memories' '' 2 "$exit_insn" 00 11
exit $failed

#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# inside.sh BUILD VERSION PARTS: what runs in the guest, as its root: skep on this kernel and on the user engine, and the tests that need a
# kernel. Prints "ok" and "not ok" lines; status 1 when one of the latter.
set -u
build=$1
version=$2
parts=" $3 "
skep=$build/skep
objects=$build/guest/$version/objects
work=$(mktemp -d)
export XDG_RUNTIME_DIR=$work HOME=$work
passed=0
failed=0

ok() { echo "ok - $1"; passed=$((passed + 1)); }
# What matters of a long output: its failures, and its end.
not_ok() {
	echo "not ok - $1"
	{ [ "$(wc -l <"$2")" -le 40 ] || head -n -20 "$2" | grep -aE '^(not ok|\[  (ERROR|FAILED)|skep:)' | head -n 40; tail -n 40 "$2" | tail -n "$([ "$(wc -l <"$2")" -le 40 ] && echo 40 || echo 20)"; } | cut -c 1-300 | sed 's/^/#   /'
	failed=$((failed + 1))
}

# has NAME STATUS LINE ...: the output in $work/out holds these lines, and the command's status was 0.
has() {
	local name=$1 status=$2 line
	shift 2
	[ "$status" = 0 ] || { echo "status $status" >>"$work/out"; not_ok "$name" "$work/out"; return; }
	for line; do
		grep -qE "^$line\$" "$work/out" || { echo "missing: $line" >>"$work/out"; not_ok "$name" "$work/out"; return; }
	done
	ok "$name"
}

hooks() {
	local name
	"$skep" --engine kernel run "$objects/hello.bpf.o" -- sh -c 'id -u; /bin/true; exit 7' >"$work/out" 2>&1
	[ $? = 7 ] && s=0 || s=1
	has "kernel: hello" $s '  0 -> 3' 'output: pid=[0-9]+ uid=0 command="sh" message="Hello World" path="/bin/true"' \
		'output_perf: pid=[0-9]+ uid=0 command="sh" message="Hello World" path="/bin/true"' 'printk: sh runs /bin/true' 'hello +3 .* 0' 'hello_perf +3 .* 0'
	"$skep" --engine kernel run "$objects/hello-own.bpf.o" -- sh -c 'id -u; /bin/true' >"$work/out" 2>&1
	has "kernel: hello, compiled against this kernel" $? '  0 -> 3' 'printk: sh runs /bin/true'
	for name in ksyscall kprobe fentry; do
		"$skep" --engine kernel run "$objects/$name.bpf.o" -- "$build/tests/guest/guest-target" >"$work/out" 2>&1
		has "kernel: $name" $? '  ENTERED -> 3' '  PATHS -> 3' '  LEFT -> 3' '  ABSENT -> 3' 'denied 0, sum 30'
	done
	"$skep" --engine kernel run "$objects/tracing.bpf.o" -- "$build/tests/guest/guest-target" >"$work/out" 2>&1
	has "kernel: tp, raw_tp, tp_btf" $? '  TP -> 7' '  TP_EXIT -> 7' '  RAW_TP -> 7' '  TP_BTF -> 7' '  TP_BTF_EXIT -> 7'
	for name in fmod_ret lsm; do
		"$skep" --engine kernel run "$objects/$name.bpf.o" -- "$build/tests/guest/guest-target" >"$work/out" 2>&1
		has "kernel: $name" $? '  DENIED -> 4' 'denied 4, sum 30'
	done
	"$skep" --engine kernel run "$objects/uprobe.bpf.o" -- "$build/tests/guest/guest-target" >"$work/out" 2>&1
	has "kernel: uprobe, uretprobe" $? '  CALLS -> 5' '  ARGUMENTS -> 15' '  RETURNS -> 5' '  RESULTS -> 30' '  LIBRARY -> 2'
	ip netns add other
	ip link add here type veth peer name there netns other
	ip addr add 10.9.8.1/24 dev here
	ip link set here up
	ip -n other addr add 10.9.8.2/24 dev there
	ip -n other link set there up
	busybox ping -c 1 -W 5 10.9.8.2 >/dev/null
	"$skep" --engine kernel run "$objects/xdp.bpf.o" --iface here -- busybox ping -c 5 -i 0.2 -W 5 10.9.8.2 >"$work/out" 2>&1
	has "kernel: xdp on a veth" $? '  ECHO_REPLIES -> 5' '  0 -> .*[.]echoes = 5.*'
	ip netns del other
	# Nothing stays behind.
	{ bpftool -j link list; echo; bpftool -j prog list | grep -oE '"name":"(on|after|hello)[a-z_]*"'; } >"$work/out" 2>&1
	[ "$(sed -n 1p "$work/out")" = '[]' ] && [ -z "$(sed 1d "$work/out")" ] && ok "kernel: nothing stays behind" || not_ok "kernel: nothing stays behind" "$work/out"
}

# The user engine, by a user who may nothing, from objects and from source.
user() {
	local run="setpriv --reuid nobody --regid nogroup --clear-groups --bounding-set=-all env HOME=$work/home XDG_RUNTIME_DIR=$work/home/run"
	mkdir -p "$work/home/run"
	cp "$skep" "$objects"/*.o examples/hello.bpf.c "$build/tests/guest/guest-target" "$work/home"
	chmod 755 "$work"
	chown -R nobody "$work/home"
	(cd "$work/home" && $run ./skep run hello.bpf.o -- sh -c 'id -u; /bin/true; exit 7') >"$work/out" 2>&1
	[ $? = 7 ] && s=0 || s=1
	has "user: hello as nobody" $s '  65534 -> 3' 'output: pid=[0-9]+ uid=65534 command="sh" message="Hello World" path="/bin/true"' \
		'output_perf: pid=[0-9]+ uid=65534 command="sh" message="Hello World" path="/bin/true"' 'printk: sh runs /bin/true'
	(cd "$work/home" && $run ./skep run hello-own.bpf.o -- sh -c 'id -u; /bin/true') >"$work/out" 2>&1
	has "user: hello, compiled against this kernel" $? '  65534 -> 3' 'printk: sh runs /bin/true'
	(cd "$work/home" && $run ./skep run hello.bpf.c -- sh -c 'ls /; id -u; true') >"$work/out" 2>&1
	has "user: hello from source, in the guest" $? '  65534 -> 3' 'printk: sh runs .*/id' etc 65534
	(cd "$work/home" && $run ./skep run ksyscall.bpf.o -- ./guest-target) >"$work/out" 2>&1
	has "user: ksyscall" $? '  ENTERED -> 3' '  PATHS -> 3' '  LEFT -> 3' '  ABSENT -> 3' 'denied 0, sum 30'
	(cd "$work/home" && $run ./skep run tracing.bpf.o -- ./guest-target) >"$work/out" 2>&1
	has "user: tp, raw_tp, tp_btf" $? '  TP -> 7' '  TP_EXIT -> 7' '  RAW_TP -> 7' '  TP_BTF -> 7' '  TP_BTF_EXIT -> 7'
}

# one SUITE NAME COMMAND ...: its status, and its time.
one() {
	local start=$SECONDS name=$2 status
	shift 2
	(cd "$build" && timeout 240 "$@") >"$work/out" 2>&1 </dev/null
	status=$?
	took=$((SECONDS - start))
	return $status
}

# Our own tests have to pass on every kernel, those that skip elsewhere among them; the loops that only compute are left out (emulation is slow).
unit() {
	local suite rest name status
	while read -r suite name rest; do
		case $suite/$name in
		unit/fuzz-* | unit/values_* | unit/maps_threads) continue ;;
		unit/*) ;;
		*) continue ;;
		esac
		eval "one $suite $name $rest"
		status=$?
		case $status in
		0 | 77) ok "unit: $name ($took s$(grep -qE 'SKIPPED|\[  SKIPPED' "$work/out" && echo ', parts skipped'))" ;;
		*) echo "status $status" >>"$work/out"; not_ok "unit: $name" "$work/out" ;;
		esac
	done <"$build/guest/tests"
}

# Kernels differ in what they know, and our engine follows a newer one: how far each agrees is told, not judged.
tables() {
	local suite rest name status
	printf '%-30s %-8s %-14s %s\n' "differential test" status "agree, differ" "last line"
	while read -r suite name rest; do
		case $suite in verifier | engine | conformance) ;; *) continue ;; esac
		eval "one $suite $name $rest"
		status=$?
		printf '%-30s %-8s %-14s %s\n' "$name" "$status" "$(grep -caE '^(ok |\[       OK)' "$work/out"), $(grep -caE '^(not ok|FAILED|\[  FAILED.*[a-z]$)' "$work/out")" \
			"$(tail -n 1 "$work/out" | cut -c 1-100)"
		case $status in 139 | 134 | 124) not_ok "$name died" "$work/out" ;; esac
	done <"$build/guest/tests"
}

for part in hooks user unit tables; do
	case $parts in *" $part "*) $part ;; esac
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]

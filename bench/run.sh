#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Run benchmarks one after the other; each prints its own table. Usage: run.sh SKEP HELLO BENCH ...
skep=$1 hello=$2
shift 2
status=0
for b in "$@"; do
	case $b in
	*/bench-execve) "$b" "$skep" "$hello" ;;
	*/bench-syscall) "$b" "$skep" ;;
	*) "$b" ;;
	esac || status=1
	echo
done
exit $status

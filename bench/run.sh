#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Run the benchmarks given as arguments, one after the other; each prints its own table.
status=0
for b in "$@"; do
	"$b" || status=1
	echo
done
exit $status

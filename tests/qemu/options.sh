#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tools/run refuses wrong values with one sentence that names the variable.
set -u

# refused VARIABLE=VALUE...: it must fail at once, and say VARIABLE=VALUE in its only line.
refused() {
    output=$(env "$@" tools/run --boot kernel 2>&1)
    status=$?
    lines=$(printf '%s\n' "$output" | wc -l)
    case $status:$lines:$output in
    2:1:*"$1"*) echo "ok options: $*" ;;
    *) echo "not ok options: $*: status $status, $output" ;;
    esac
}

refused CPU=nonsense
refused SMP=0
refused SMP=two
refused MEM=12
refused MEM=lots
refused MACHINE=toaster
refused FIRMWARE=coreboot
refused CLOCK=sundial
refused FIRMWARE=uefi BOOT=kernel
refused TIMEOUT=never
refused EMULATOR=nonsense

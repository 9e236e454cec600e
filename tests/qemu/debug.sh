#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# make debug stops at the kernel's entry, with the symbols of the kernel and of every module.
set -u

output=$(tools/debug --manifest boot/test.manifest --args test -- -batch -ex bt \
    -ex 'info line kernel_main' -ex 'info line _start' 2>&1)

# shows TEXT: gdb's output must contain it.
shows() {
    case $output in
    *"$1"*) echo "ok debug: $1" ;;
    *) echo "not ok debug: gdb never said $1"; echo "$output" ;;
    esac
}

shows '#0  kernel_main'
shows 'starts at address'
for module in $(tools/modules boot/test.manifest | awk '$1 ~ /[.]elf$/ { print $1 }'); do
    shows "add symbol table from file \"$module\""
done

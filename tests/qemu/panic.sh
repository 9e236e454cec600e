#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A panic names its reason and the functions that led to it, and ends the machine. gdb makes the
# kernel fail an assertion at a known place, so that no test code is in the kernel.
set -u

name=build/panic
tools/debug --name $name --manifest boot/test.manifest --args test -- -batch \
    -ex 'hbreak arch_devices_init' -ex continue -ex 'set $rdi = (long)kernel_build' \
    -ex 'set $rsi = 4711' -ex 'set $rdx = (long)kernel_build' -ex 'jump *assert_failed' \
    >$name.gdb-output 2>&1

# printed TEXT WHAT: the serial line must have it.
printed() {
    if grep -q -e "$1" $name.serial; then
        echo "ok panic: $2"
    else
        echo "not ok panic: $2: nothing on the serial line matches $1"
        tail -n 30 $name.serial
    fi
}

printed '^PANIC on CPU 0: .*:4711: assertion failed' 'the reason'
printed '  ffffffff80[0-9a-f]* kernel_main+0x' 'a backtrace with names'
case $(cat $name.messages) in
*'the kernel panicked'*) echo 'ok panic: it ends the machine' ;;
*) echo "not ok panic: it ends the machine: $(cat $name.messages)" ;;
esac

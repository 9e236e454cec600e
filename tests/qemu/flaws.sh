#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What user mode could reach of the kernel on a CPU with Meltdown: gdb stops at the root task's
# first instruction and reads through the tables that are loaded then.
set -u

start=$(nm build/servers/root.elf | awk '$3 == "_start" { print "*0x" $1 }')
direct_map='(long *) 0xffffff8040200000'

# look NAME CPU MITIGATIONS: gdb's words, in $output.
look() {
    output=$(CPU=$2 tools/debug --name build/flaws-"$1" --manifest boot/test.manifest \
        --args "test mitigations=$3" -- -batch -ex "hbreak $start" -ex continue \
        -ex 'printf "cpl %d\n", $cs & 3' \
        -ex 'printf "choice %s\n", mitigations.line' \
        -ex 'printf "trampoline %d\n", *(char *) trampoline_begin != 0' \
        -ex 'printf "entry data %d\n", percpu_storage.current != 0' \
        -ex 'printf "code %d\n", *(long *) syscall_dispatch != 0' \
        -ex 'printf "kernel data %d\n", root_task.next_slot != 0' \
        -ex 'printf "stack %d\n", (*((long *) kernel_stack_top - 1) | 1) != 0' \
        -ex "printf \"ram %d\\n\", (*$direct_map | 1) != 0" 2>&1)
}

# says TEST TEXT, lacks TEST TEXT
says() {
    case $output in
    *"$2"*) echo "ok flaws: $1" ;;
    *) echo "not ok flaws: $1: gdb never said \"$2\""; echo "$output" ;;
    esac
}
lacks() {
    case $output in
    *"$2"*) echo "not ok flaws: $1: gdb said \"$2\""; echo "$output" ;;
    *) echo "ok flaws: $1" ;;
    esac
}

for mode in auto full; do
    look "$mode" Nehalem "$mode"
    says "$mode: user mode is reached" 'cpl 3'
    says "$mode: the trampoline is mapped" 'trampoline 1'
    says "$mode: its data is mapped" 'entry data 1'
    lacks "$mode: other code isn't" 'code 1'
    lacks "$mode: data isn't" 'kernel data 1'
    lacks "$mode: the decision isn't" "choice $mode: "
    lacks "$mode: the kernel's stack isn't" 'stack 1'
    lacks "$mode: memory isn't" 'ram 1'
done

look off Nehalem off
says 'off: user mode is reached' 'cpl 3'
for shown in 'code 1' 'kernel data 1' 'choice off: ' 'stack 1' 'ram 1'; do
    says "off: separate tables are left out: $shown" "$shown"
done
says 'off: and it says so' 'not mitigated: meltdown'

look max max auto
says 'a CPU without the flaw: one set of tables' 'ram 1'
lacks 'a CPU without the flaw: and it says so' 'separate tables'

# The last mitigations= counts; a value that there isn't is named.
timeout 60 tools/run --boot kernel --quiet --manifest boot/test.manifest --log build/flaws.serial \
    --args 'mitigations=off mitigations=of test' >/dev/null 2>&1
if grep -q '^mitigations=of is not known; it is auto (taken now), off or full' build/flaws.serial &&
    grep -q '^mitigations: auto: ' build/flaws.serial; then
    echo 'ok flaws: an unknown value is named'
else
    echo 'not ok flaws: an unknown value is named'
fi

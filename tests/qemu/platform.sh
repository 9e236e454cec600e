#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# tests/guest/platform.c, booted as the root task: it has the Platform, which nobody else gets.
set -u

output=$(timeout 60 qemu-system-x86_64 -kernel build/kernel.elf \
    -initrd 'build/tests/platform.elf platform' -cpu max -m 64M -display none -net none -no-reboot \
    -serial stdio -monitor none -device isa-debug-exit,iobase=0xf4,iosize=4 </dev/null 2>/dev/null)
status=$?
echo "$output" | tr -d '\r'
# What the guest writes to isa-debug-exit on success, twice and one.
[ $status -eq 33 ] || echo "not ok platform: the emulator ended with $status"

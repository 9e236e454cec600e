/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of the kernel: it prints why, the registers if there are any, and a symbolised
 * backtrace, and ends the machine with a failure (in QEMU: exit code 99).
 *
 * The backtrace is found by scanning the stack for addresses in the kernel's code that follow a
 * call instruction; functions that have already returned may appear in it.
 */
#ifndef KERNEL_DEBUG_PANIC_H
#define KERNEL_DEBUG_PANIC_H

struct trap_frame;

_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2), cold));

/* The same, for a trap: with the registers at the trap, and the backtrace from there. */
_Noreturn void panic_trap(const struct trap_frame *frame, const char *format, ...)
    __attribute__((format(printf, 2, 3), cold));

_Noreturn void assert_failed(const char *file, int line, const char *condition)
    __attribute__((cold));

#endif

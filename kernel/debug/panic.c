/* SPDX-License-Identifier: BSD-2-Clause */
/* See panic.h. */

#include "kernel/debug/panic.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "kernel/arch/arch.h"
#include "kernel/debug/print.h"
#include "kernel/debug/symbols.h"

static bool panicking;

/* `back` is 1 for a return address: the call before it may be a function's last instruction. */
static void print_code_address(uintptr_t address, unsigned back)
{
    uint32_t into;
    const char *name = symbol_lookup(arch_image_offset(address - back), &into);
    if (name != NULL)
        print("  %lx %s+0x%x\n", address, name, into + back);
    else
        print("  %lx\n", address);
}

static void print_backtrace(uintptr_t stack)
{
    uintptr_t end = arch_stack_end(stack);
    for (stack &= ~(uintptr_t)7; stack < end; stack += sizeof(uintptr_t)) {
        uintptr_t value = *(const uintptr_t *)stack;
        if (arch_is_return_address(value))
            print_code_address(value, 1);
    }
}

/* A panic within a panic ends at once. */
static void panic_begin(void)
{
    if (panicking)
        arch_machine_fail();
    panicking = true;
    print("\nPANIC on CPU %u: ", arch_cpu_index());
}

static _Noreturn void panic_end(const struct trap_frame *frame)
{
    print("\n");
    if (frame != NULL)
        arch_print_registers(frame);
    print("backtrace:\n");
    if (frame != NULL && arch_is_image_code(arch_trap_address(frame)))
        print_code_address(arch_trap_address(frame), 0);
    print_backtrace(frame != NULL ? arch_trap_stack(frame) : arch_stack_pointer());
    arch_machine_fail();
}

void panic(const char *format, ...)
{
    va_list args;
    panic_begin();
    va_start(args, format);
    print_list(format, args);
    va_end(args);
    panic_end(NULL);
}

void panic_trap(const struct trap_frame *frame, const char *format, ...)
{
    va_list args;
    panic_begin();
    va_start(args, format);
    print_list(format, args);
    va_end(args);
    panic_end(frame);
}

void assert_failed(const char *file, int line, const char *condition)
{
    panic("%s:%d: assertion failed: %s", file, line, condition);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* What a panic asks of the architecture: where code and stacks are, and what the registers were. */

#include "kernel/arch/arch.h"
#include "kernel/arch/x86_64/insn.h"
#include "kernel/arch/x86_64/kmap.h"
#include "kernel/arch/x86_64/layout.h"
#include "kernel/arch/x86_64/trap_frame.h"
#include "kernel/debug/print.h"

extern char text_end[];
extern char kernel_stack_bottom[], kernel_stack_top[];
extern char double_fault_stack_bottom[], double_fault_stack_top[];
extern char machine_check_stack_bottom[], machine_check_stack_top[];

unsigned arch_cpu_index(void)
{
    return (unsigned)((rip_read() - IMAGE_BASE) / IMAGE_ALIAS_SIZE);
}

uint32_t arch_image_offset(uintptr_t address)
{
    return (uint32_t)((address - IMAGE_BASE) % IMAGE_ALIAS_SIZE);
}

bool arch_is_image_code(uintptr_t address)
{
    uintptr_t in_first = IMAGE_BASE + arch_image_offset(address);
    return address >= IMAGE_BASE && address - IMAGE_BASE < (uint64_t)CPU_MAX * IMAGE_ALIAS_SIZE &&
           in_first >= kmap_code_begin() && in_first < (uintptr_t)text_end;
}

/* Whether the bytes before `p` are: call relative, or call through a register or memory. */
static bool follows_call(const uint8_t *p)
{
    if (p[-5] == 0xe8)
        return true;
    for (int length = 2; length <= 7; length++) {
        const uint8_t *opcode = p - length;
        if (opcode[0] == 0xff && (opcode[1] >> 3 & 7) == 2)
            return true;
    }
    return false;
}

bool arch_is_return_address(uintptr_t value)
{
    return arch_is_image_code(value) && arch_is_image_code(value - 7) &&
           follows_call((const uint8_t *)value);
}

uintptr_t arch_stack_end(uintptr_t stack)
{
    static char *const stacks[][2] = {
        {kernel_stack_bottom, kernel_stack_top},
        {double_fault_stack_bottom, double_fault_stack_top},
        {machine_check_stack_bottom, machine_check_stack_top},
    };
    uintptr_t alias = (uintptr_t)arch_cpu_index() * IMAGE_ALIAS_SIZE;
    for (size_t i = 0; i < sizeof(stacks) / sizeof(stacks[0]); i++)
        if (stack >= (uintptr_t)stacks[i][0] + alias && stack < (uintptr_t)stacks[i][1] + alias)
            return (uintptr_t)stacks[i][1] + alias;
    return 0;
}

uintptr_t arch_stack_pointer(void)
{
    return rsp_read();
}

uintptr_t arch_trap_address(const struct trap_frame *frame)
{
    return frame->rip;
}

uintptr_t arch_trap_stack(const struct trap_frame *frame)
{
    return frame->rsp;
}

void arch_print_registers(const struct trap_frame *f)
{
    print("rax %016lx rbx %016lx rcx %016lx rdx %016lx\n", f->rax, f->rbx, f->rcx, f->rdx);
    print("rsi %016lx rdi %016lx rbp %016lx rsp %016lx\n", f->rsi, f->rdi, f->rbp, f->rsp);
    print("r8  %016lx r9  %016lx r10 %016lx r11 %016lx\n", f->r8, f->r9, f->r10, f->r11);
    print("r12 %016lx r13 %016lx r14 %016lx r15 %016lx\n", f->r12, f->r13, f->r14, f->r15);
    print("rip %016lx cs %lx ss %lx rflags %lx\n", f->rip, f->cs, f->ss, f->rflags);
    print("vector %lu error %lx cr2 %016lx cr3 %lx cr4 %lx\n", f->vector, f->error, cr2_read(),
          cr3_read(), cr4_read());
}

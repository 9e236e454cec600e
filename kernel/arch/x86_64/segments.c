/* SPDX-License-Identifier: BSD-2-Clause */
/* See segments.h. Descriptors: Intel SDM vol. 3 sections 3.4.5, 6.14.1, 8.2.3. */

#include "kernel/arch/x86_64/segments.h"

#include "kernel/arch/x86_64/flaws.h"
#include "kernel/arch/x86_64/insn.h"
#include "kernel/arch/x86_64/layout.h"
#include "kernel/arch/x86_64/vectors.h"
#include "kernel/lib/string.h"

#define VECTOR_COUNT 256

/*
 * Every flag that software can set is cleared on entry, so the kernel starts with a constant:
 * TF, IF, DF, NT, AC above all, but IOPL, RF, VIF, VIP, ID and the arithmetic flags too.
 */
#define SYSCALL_FLAGS_CLEARED 0x3f7fd5

struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, type;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};

#define GATE_INTERRUPT 0x8e      /* present, interrupts off */
#define GATE_INTERRUPT_USER 0xee /* also by int n of user mode */

struct tables {
    uint64_t gdt[7]; /* the last two: the TSS */
    struct tss tss;
    uint32_t padding;
    struct gate idt[VECTOR_COUNT];
};

_Static_assert(sizeof(struct tss) == 104, "the hardware's TSS");
_Static_assert(sizeof(struct gate) == 16, "the hardware's gate");

/* Only its address in this CPU's alias may be used, which C doesn't know: see ALIAS_ADDRESS. */
__attribute__((section(".percpu.data"), aligned(64), used)) static struct tables percpu_tables;

static void gdt_fill(struct tables *tables)
{
    uint64_t base = (uintptr_t)&tables->tss;
    uint64_t limit = sizeof(tables->tss) - 1;
    tables->gdt[0] = 0;
    tables->gdt[KERNEL_CS / 8] = 0x00af9b000000ffff;
    tables->gdt[KERNEL_SS / 8] = 0x00cf93000000ffff;
    tables->gdt[USER_SS / 8] = 0x00cff3000000ffff;
    tables->gdt[USER_CS / 8] = 0x00affb000000ffff;
    tables->gdt[TSS_SELECTOR / 8] =
        limit | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
    tables->gdt[TSS_SELECTOR / 8 + 1] = base >> 32;
}

static void tss_fill(struct tss *tss)
{
    memset(tss, 0, sizeof(*tss));
    tss->rsp[0] = ALIAS_ADDRESS(entry_stack_top);
    tss->ist[IST_NMI - 1] = ALIAS_ADDRESS(nmi_stack_top);
    tss->ist[IST_DOUBLE_FAULT - 1] = ALIAS_ADDRESS(double_fault_stack_top);
    tss->ist[IST_MACHINE_CHECK - 1] = ALIAS_ADDRESS(machine_check_stack_top);
    tss->iomap_base = sizeof(*tss); /* beyond the limit: none */
}

static void gate_fill(struct gate *gate, uint64_t entry, uint8_t ist, uint8_t type)
{
    *gate = (struct gate){
        .offset_low = (uint16_t)entry,
        .selector = KERNEL_CS,
        .ist = ist,
        .type = type,
        .offset_middle = (uint16_t)(entry >> 16),
        .offset_high = (uint32_t)(entry >> 32),
    };
}

static void idt_fill(struct gate *idt)
{
    uint64_t stub = ALIAS_ADDRESS(vector_stubs);
    for (unsigned vector = 0; vector < VECTOR_COUNT; vector++) {
        uint8_t ist = vector == VECTOR_NMI             ? IST_NMI
                      : vector == VECTOR_DOUBLE_FAULT  ? IST_DOUBLE_FAULT
                      : vector == VECTOR_MACHINE_CHECK ? IST_MACHINE_CHECK
                      : vector == VECTOR_DEBUG         ? IST_DEBUG
                                                       : 0;
        gate_fill(&idt[vector], stub, ist,
                  vector == VECTOR_BREAKPOINT ? GATE_INTERRUPT_USER : GATE_INTERRUPT);
        stub += vector < VECTOR_TIMER ? STUB_EXCEPTION : STUB_INTERRUPT;
        if (vector >= VECTOR_TIMER && vector % 32 == 31)
            stub += STUB_ISLAND;
    }
}

static void syscall_registers_load(void)
{
    wrmsr(MSR_STAR, (uint64_t)SYSRET_BASE << 48 | (uint64_t)KERNEL_CS << 32);
    wrmsr(MSR_LSTAR, mitigations.separate_tables ? ALIAS_ADDRESS(syscall_entry_separate)
                                                 : ALIAS_ADDRESS(syscall_entry));
    wrmsr(MSR_SFMASK, SYSCALL_FLAGS_CLEARED);
    wrmsr(MSR_SYSENTER_CS, 0); /* sysenter faults, whatever the firmware left there */
    wrmsr(MSR_FS_BASE, 0);
    wrmsr(MSR_GS_BASE, 0);
    wrmsr(MSR_KERNEL_GS_BASE, 0); /* swapgs is not used; what it would show must be harmless */
}

void segments_init(void)
{
    struct tables *tables = (struct tables *)ALIAS_ADDRESS(percpu_tables);
    gdt_fill(tables);
    tss_fill(&tables->tss);
    idt_fill(tables->idt);
    lgdt((uintptr_t)tables->gdt, sizeof(tables->gdt) - 1);
    lidt((uintptr_t)tables->idt, sizeof(tables->idt) - 1);
    segments_load(KERNEL_CS, KERNEL_SS);
    lldt(0);
    ltr(TSS_SELECTOR);
    syscall_registers_load();
    dr7_write(DR7_OFF); /* whatever the firmware left: a breakpoint after mov ss hits the kernel */
}

/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's end, tried in this order: QEMU's isa-debug-exit device, whose exit status tells
 * how it went; Bochs' port; ACPI's soft-off state S5. A machine that has none of them halts.
 */

#include "kernel/arch/x86_64/power.h"

#include "kernel/arch/arch.h"
#include "kernel/arch/x86_64/acpi.h"
#include "kernel/arch/x86_64/insn.h"
#include "kernel/debug/print.h"
#include "kernel/lib/string.h"

#define DEBUG_EXIT_PORT 0xf4 /* value v: QEMU exits with 2v + 1 */
#define DEBUG_EXIT_SUCCESS 0x10
#define DEBUG_EXIT_FAILURE 0x11
#define DEBUG_EXIT_PANIC 0x31

#define BOCHS_PORT 0x8900

#define PM1_SLEEP_ENABLE (1u << 13)
#define PM1_SLEEP_TYPE(type) ((unsigned)(type) << 10)

static struct {
    bool is_pc; /* ACPI is there and not an emulator's: keep off Bochs' port */
    uint16_t pm1a, pm1b;
    uint16_t sleep_a, sleep_b;
} power;

BOOT_CODE void power_init(const struct acpi_info *acpi)
{
    power.is_pc = acpi->root != 0 && memcmp(acpi->oem, "BOCHS ", 6) != 0;
    if (!acpi->has_s5)
        return;
    power.pm1a = acpi->pm1a_control;
    power.pm1b = acpi->pm1b_control;
    power.sleep_a = (uint16_t)(PM1_SLEEP_TYPE(acpi->s5_type_a) | PM1_SLEEP_ENABLE);
    power.sleep_b = (uint16_t)(PM1_SLEEP_TYPE(acpi->s5_type_b) | PM1_SLEEP_ENABLE);
}

static void emulator_exit(uint8_t value)
{
    arch_console_drain();
    outl(DEBUG_EXIT_PORT, value);
    if (!power.is_pc)
        for (const char *c = "Shutdown"; *c != 0; c++)
            outb(BOCHS_PORT, (uint8_t)*c);
}

void arch_power_off(bool success)
{
    print("end: %s\n", success ? "success" : "failure");
    emulator_exit(success ? DEBUG_EXIT_SUCCESS : DEBUG_EXIT_FAILURE);
    if (power.pm1a != 0)
        outw(power.pm1a, power.sleep_a);
    if (power.pm1b != 0)
        outw(power.pm1b, power.sleep_b);
    /* S5 takes a moment; the message waits until it must have happened. */
    for (uint32_t i = 0; i < 1000000; i++)
        inb(0x80);
    print("This machine can't be powered off by software: switch it off.\n");
    cpu_stop();
}

void arch_machine_fail(void)
{
    emulator_exit(DEBUG_EXIT_PANIC);
    cpu_stop();
}

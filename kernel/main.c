/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's boot, step by step. */

#include "kernel/arch/arch.h"
#include "kernel/arch/x86_64/insn.h"
#include "kernel/debug/build.h"
#include "kernel/debug/panic.h"
#include "kernel/debug/print.h"
#include "kernel/lib/string.h"

_Noreturn void kernel_main(uint32_t magic, paddr_t info);

_Noreturn void kernel_main(uint32_t magic, paddr_t info)
{
    arch_console_init();
    print("Marcona %s\n", kernel_build);
    arch_cpu_detect();
    arch_boot_info_read(magic, info);
    arch_memory_init();
    arch_paging_init();
    arch_cpu_init();
    arch_devices_init();
    arch_print_machine();
    arch_boot_reclaim();
    print("kernel: %lu bytes of code, %lu KiB resident\n", arch_text_bytes(),
          arch_resident_bytes() / 1024);
    print("boot: %lu ticks since the kernel's first instruction\n", rdtsc() - boot_tsc_entry);
    arch_power_off(true);
}

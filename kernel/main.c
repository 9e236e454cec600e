/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's boot, step by step. */
#include "kernel/arch/arch.h"
#include "kernel/debug/build.h"
#include "kernel/debug/print.h"
#include "kernel/root_task.h"

NORETURN void kernel_main(uint32_t magic, paddr_t info);

NORETURN void kernel_main(uint32_t magic, paddr_t info)
{
    arch_console_init();
    print("Marcona %s\n", kernel_build);
    arch_cpu_detect();
    arch_boot_info_read(magic, info);
    arch_cpu_adapt();
    arch_memory_init();
    arch_paging_init();
    arch_cpu_init();
    arch_devices_init();
    arch_print_machine();
    kernel_objects_init();
    arch_cpus_start();
    root_task_build();
    print("kernel: %lu bytes of code, %lu KiB resident, root task after %lu ticks\n",
          arch_text_bytes(), arch_resident_bytes() / 1024, timer_now() - boot_tsc_entry);
    root_task_start();
}

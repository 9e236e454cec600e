/* SPDX-License-Identifier: BSD-2-Clause */
/* What the platform's parts share during boot. */
#ifndef KERNEL_ARCH_X86_64_PLATFORM_H
#define KERNEL_ARCH_X86_64_PLATFORM_H

#include "kernel/arch/x86_64/acpi.h"

/* In memory that is reclaimed: for boot only. */
#define BOOT_ONLY __attribute__((section(".boot_bss")))

extern struct acpi_info acpi_info;

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's end. */
#ifndef KERNEL_ARCH_X86_64_POWER_H
#define KERNEL_ARCH_X86_64_POWER_H

struct acpi_info;

/* Remembers how this machine is powered off. Until then only emulators can be. */
void power_init(const struct acpi_info *acpi);

#endif

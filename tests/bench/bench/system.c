/* SPDX-License-Identifier: BSD-2-Clause */
/* What the machine is, and what isn't measured here, but told by the kernel. */

#include "libsys/names.h"
#include "libsys/string.h"
#include "tests/bench/bench/bench.h"
#include "tests/bench/bench/sample.h"

#define CPUID_HYPERVISOR 0x40000000u
#define CPUID_HYPERVISOR_BIT (1u << 31) /* leaf 1, ecx */

static void cpuid(uint32_t leaf, uint32_t out[4])
{
    __asm__ volatile("cpuid"
                     : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
                     : "a"(leaf), "c"(0));
}

bool bench_is_virtual(char name[MACHINE_NAME_MAX])
{
    uint32_t out[4];

    memset(name, 0, MACHINE_NAME_MAX);
    cpuid(1, out);
    if (!(out[2] & CPUID_HYPERVISOR_BIT))
        return false;
    cpuid(CPUID_HYPERVISOR, out);
    memcpy(name, &out[1], MACHINE_NAME_MAX - 1);
    return true;
}

void system_measure(void)
{
    const struct program_info *info = bench.info;

    sample_add(REGION_SIZE_TEXT, info->kernel_text);
    sample_add(REGION_SIZE_RESIDENT, info->kernel_resident);
    sample_add(REGION_SIZE_THREAD, 1ull << info->thread_bits);
    sample_add(REGION_SIZE_SCHED, 1ull << object_bits(OBJECT_SCHED_CONTEXT));
    sample_add(REGION_BOOT, info->tsc_root - info->tsc_entry);
}

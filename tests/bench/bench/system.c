/* SPDX-License-Identifier: BSD-2-Clause */
/* What isn't measured here, but told by the kernel. */

#include "tests/bench/bench/bench.h"
#include "tests/bench/bench/sample.h"

void system_measure(void)
{
    const struct program_info *info = bench.info;

    sample_add(REGION_SIZE_TEXT, info->kernel_text);
    sample_add(REGION_SIZE_RESIDENT, info->kernel_resident);
    sample_add(REGION_BOOT, info->tsc_root - info->tsc_entry);
}

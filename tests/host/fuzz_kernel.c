/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * hosted: libFuzzer chooses the steps of a history, as the seed does in random.c. `hosted_check`
 * and the model are the judges.
 */
#include <stdio.h>

#include "tests/host/hosted/driver.h"

#define STEPS 300

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void tell(void)
{
    printf("the last steps were:\n");
    driver_print_trace();
    hosted_dump();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct choices choices = {.bytes = bytes, .left = size, .finite = true};
    hosted_on_failure = tell;
    hosted_with_pcid = size % 4 != 0;
    hosted_separate_tables = size % 8 < 3;
    driver_run(&choices, STEPS);
    return 0;
}

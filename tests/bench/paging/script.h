/* SPDX-License-Identifier: BSD-2-Clause */
/* What the benchmark and a thread in another space share: a page, at one place in every space. */
#ifndef TESTS_BENCH_PAGING_SCRIPT_H
#define TESTS_BENCH_PAGING_SCRIPT_H

#define SCRIPT_ADDRESS 0x10000000
#define SCRIPT_EVENT 0 /* handle of the Notification that starts it */
#define SCRIPT_OPERATION 8
#define SCRIPT_AT 16
#define SCRIPT_COUNT 24 /* pages */
#define SCRIPT_DONE 32

#define DO_WRITE 0
#define DO_TOUCH 1 /* in region REGION_TOUCH */
#define DO_COPY 2  /* in region REGION_COPY */
#define DO_PAGED 3 /* in region REGION_PAGER */

#ifndef __ASSEMBLER__
#include <stdint.h>

struct script {
    volatile uint64_t event, operation, at, count, done;
};

extern char victim_code[], victim_code_end[];
#endif

#endif

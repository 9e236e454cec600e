/* SPDX-License-Identifier: BSD-2-Clause */
/* What the test and a thread in another space share: a page, at one place in every space. */
#ifndef TESTS_GUEST_SPACES_SCRIPT_H
#define TESTS_GUEST_SPACES_SCRIPT_H

#define SCRIPT_ADDRESS 0x10000000
#define SCRIPT_EVENT 0 /* handle of the Notification that starts an access */
#define SCRIPT_OPERATION 8
#define SCRIPT_AT 16
#define SCRIPT_VALUE 24 /* written; or what was read */
#define SCRIPT_COUNT 32 /* accesses, a page apart */
#define SCRIPT_DONE 40  /* accesses that came to their end */
#define SCRIPT_STACK 4096

#define ACCESS_DO_READ 0
#define ACCESS_DO_WRITE 1
#define ACCESS_DO_CALL 2

#ifndef __ASSEMBLER__
#include <stdint.h>

struct script {
    volatile uint64_t event, operation, at, value, count, done;
};

/* The code, which lies on pages of its own. */
extern char victim_code[], victim_code_end[];
#endif

#endif

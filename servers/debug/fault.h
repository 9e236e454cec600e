/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults as signals: what gdb says of them. */
#ifndef SERVERS_DEBUG_FAULT_H
#define SERVERS_DEBUG_FAULT_H

#include <stdint.h>

#include "kernel/abi/message.h"

#define VECTOR_STEP 1
#define VECTOR_BREAK 3
#define BREAK_INSTRUCTION 0xcc /* INT3 */

/* gdb's numbers, which are newlib's up to 15. */
enum signal_number {
    SIGNAL_INT = 2,
    SIGNAL_ILL = 4,
    SIGNAL_TRAP = 5,
    SIGNAL_FPE = 8,
    SIGNAL_BUS = 10,
    SIGNAL_SEGV = 11,
    SIGNAL_SYS = 12,
};

/* Exceptions: Intel SDM vol. 3, table 6-1. */
static inline uint32_t fault_signal(uint64_t kind, uint64_t vector)
{
    if (kind == FAULT_SYSCALL)
        return SIGNAL_SYS;
    if (kind == FAULT_PAGE)
        return SIGNAL_SEGV;
    switch (vector) {
    case 0:
    case 16:
    case 19:
        return SIGNAL_FPE;
    case VECTOR_STEP:
    case VECTOR_BREAK:
        return SIGNAL_TRAP;
    case 6:
        return SIGNAL_ILL;
    case 17:
        return SIGNAL_BUS;
    default:
        return SIGNAL_SEGV;
    }
}

#endif

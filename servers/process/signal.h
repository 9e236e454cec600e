/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Signals: their numbers (newlib's), and what becomes of one that is sent. Pure: deliver.c acts.
 */
#ifndef PROCESS_SIGNAL_H
#define PROCESS_SIGNAL_H

#include <stdbool.h>
#include <stdint.h>

enum signal_number {
    SIGNAL_HUP = 1,
    SIGNAL_INT = 2,
    SIGNAL_QUIT = 3,
    SIGNAL_ILL = 4,
    SIGNAL_TRAP = 5,
    SIGNAL_ABRT = 6,
    SIGNAL_FPE = 8,
    SIGNAL_KILL = 9,
    SIGNAL_BUS = 10,
    SIGNAL_SEGV = 11,
    SIGNAL_SYS = 12,
    SIGNAL_PIPE = 13,
    SIGNAL_ALRM = 14,
    SIGNAL_TERM = 15,
    SIGNAL_URG = 16,
    SIGNAL_STOP = 17,
    SIGNAL_TSTP = 18,
    SIGNAL_CONT = 19,
    SIGNAL_CHLD = 20,
    SIGNAL_TTIN = 21,
    SIGNAL_TTOU = 22,
    SIGNAL_WINCH = 28,
    SIGNAL_MAX = 31,
};

#define SIGNAL_BIT(signal) (1ull << ((signal)-1))
#define SIGNALS_STOP                                                               \
    (SIGNAL_BIT(SIGNAL_STOP) | SIGNAL_BIT(SIGNAL_TSTP) | SIGNAL_BIT(SIGNAL_TTIN) | \
     SIGNAL_BIT(SIGNAL_TTOU))
#define SIGNALS_DEFAULT_IGNORED                                                   \
    (SIGNAL_BIT(SIGNAL_CONT) | SIGNAL_BIT(SIGNAL_CHLD) | SIGNAL_BIT(SIGNAL_URG) | \
     SIGNAL_BIT(SIGNAL_WINCH))
#define SIGNALS_ALWAYS (SIGNAL_BIT(SIGNAL_KILL) | SIGNAL_BIT(SIGNAL_STOP))
#define SIGNALS_ALL ((1ull << SIGNAL_MAX) - 1)

/* The three words of a process page, read once. */
struct signal_masks {
    uint64_t blocked, ignored, caught;
};

enum signal_action {
    SIGNAL_DROP,    /* nothing happens */
    SIGNAL_KEEP,    /* it's pending until it's unblocked */
    SIGNAL_HANDLE,  /* pending, and the process's handler is to run */
    SIGNAL_END,     /* the process ends */
    SIGNAL_DO_STOP, /* it stops */
};

/* What a signal does to a process with these masks. `orphaned`: nobody would let it go on again. */
enum signal_action signal_decide(int signal, struct signal_masks masks, bool orphaned);

/* "SIGSEGV"; "signal 7" has none: a null pointer. */
const char *signal_name(int signal);

/* wait's status, as newlib's <sys/wait.h> takes it apart. */
#define STATUS_EXITED(code) (((code)&0xff) << 8)
#define STATUS_SIGNALED(signal) ((int32_t)(signal))
#define STATUS_STOPPED(signal) ((int32_t)(signal) << 8 | 0x7f)
#define STATUS_CONTINUED 0xffff

#endif

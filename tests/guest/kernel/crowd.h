/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Thousands of threads, for what the kernel does with long queues and lists. They share a process
 * and have neither stack, buffer nor fault endpoint: each executes one of the routines below, whose
 * argument, a handle, is in its stack pointer.
 */
#ifndef TESTS_GUEST_KERNEL_CROWD_H
#define TESTS_GUEST_KERNEL_CROWD_H

#include "tests/guest/kernel/runner.h"

struct crowd {
    struct process *process;
    cap_t threads, times; /* the first of so many in a row */
    unsigned count;
};

/* `times`: how many have time of their own, at this priority and the `spread` - 1 above it. */
struct crowd crowd_make(struct process *process, unsigned count, unsigned times, unsigned priority,
                        unsigned spread);
static inline cap_t crowd_thread(const struct crowd *crowd, unsigned index)
{
    return crowd->threads + CAP_OF(index);
}

/* Start one, or all from `first` on. They run when the runner waits. */
void crowd_start_one(const struct crowd *crowd, unsigned index, void (*entry)(void), cap_t handle);
void crowd_start(const struct crowd *crowd, unsigned first, void (*entry)(void), cap_t handle);

/* One of THREAD_*. */
unsigned crowd_state(const struct crowd *crowd, unsigned index);
/* How many are in this state (THREAD_*), or have finished crowd_call with this error or, 0, an
 * answer. */
unsigned crowd_in_state(const struct crowd *crowd, unsigned state);
unsigned crowd_with_result(const struct crowd *crowd, enum error_code code);

void crowd_call(void);    /* calls the handle, and stops with what came back in rbx */
void crowd_forward(void); /* passive: for each call received calls the handle; answers */
void crowd_answer(void);  /* answers each call */
void crowd_wait(void);    /* passive: for each call waits for the Notification; answers */

#endif

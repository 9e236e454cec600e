/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What threads must find in their registers when they run again: the message that was sent to them,
 * word for word, the answer to their call, or all as it was when they were interrupted; and
 * nobody's vector registers but their own.
 */
#ifndef TESTS_HOST_HOSTED_SHADOW_H
#define TESTS_HOST_HOSTED_SHADOW_H

#include "tests/host/hosted/hosted.h"

void shadow_reset(void);

/* The current thread is about to make a system call; `slot` is whom it calls, or null. */
void shadow_syscall(const struct slot *slot);
/* ... or is about to trap. */
void shadow_trap(void);
/* Its unknown system call is to become a fault. */
void shadow_unknown(void);

/* The kernel was left: see who got what, and look at the current thread's registers. */
void shadow_check(void);

/* Its registers were set by another thread. */
void shadow_touch(const struct thread *thread);

/* A value of the vector registers that is the current thread's alone. */
uint64_t shadow_vector(void);

#endif

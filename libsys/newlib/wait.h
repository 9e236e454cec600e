/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads of one program that wait until a word has changed, and threads that wake them: what
 * mutexes and conditions are made of. Who waits is in a list, and is woken by its own Notification.
 */
#ifndef LIBSYS_NEWLIB_WAIT_H
#define LIBSYS_NEWLIB_WAIT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Wait while *word is `value`, until woken or a TSC value (0: for ever). May come back for no
 * reason. False: the time has passed.
 */
bool word_wait(const unsigned *word, unsigned value, uint64_t until);

/* Wake so many of those who wait for it. */
void word_wake(const unsigned *word, unsigned count);

#endif

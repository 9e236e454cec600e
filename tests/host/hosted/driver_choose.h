/* SPDX-License-Identifier: BSD-2-Clause */
/* The driver's choices: numbers, slots, and the words of an operation. */
#ifndef TESTS_HOST_HOSTED_DRIVER_CHOOSE_H
#define TESTS_HOST_HOSTED_DRIVER_CHOOSE_H

#include "tests/host/hosted/driver.h"

extern struct choices choices;

/* 0 .. n - 1; 0 once finite choices have run out. */
uint64_t pick(uint64_t n);
/* True in so many of a hundred cases. */
bool chance(unsigned percent);

/* The handle of one of the thread's capabilities of this type; now and then any number. */
uint64_t pick_handle(const struct thread *thread, enum object_type type);
uint64_t pick_any_handle(const struct thread *thread);

struct request {
    uint64_t handle, operation, word[MESSAGE_WORDS];
};

/* An operation of one of the thread's objects. */
struct request pick_request(const struct thread *thread);

/* What the root thread waits for, to let others run; its interrupt line is the slot before last. */
#define WAKE (ROOT_SLOTS - 1)

/* Boot, and the first threads. */
void driver_begin(void);
/* Threads in slots 48, 50, … 58 of the root CNode and what they need, so that something happens. */
void driver_populate(void);

#endif

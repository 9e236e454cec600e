/* SPDX-License-Identifier: BSD-2-Clause */
/* Cases of a unit test on the hosted kernel: each begins with a fresh boot, and must leave
 * nothing. */
#ifndef TESTS_HOST_HOSTED_UNIT_H
#define TESTS_HOST_HOSTED_UNIT_H

#include "tests/host/hosted/hosted.h"

/* Boot, run, check, end; "ok NAME" or "not ok NAME: why" and the program's end. */
void unit_run(const char *name, void (*run)(void));

/* The program's exit status. */
int unit_end(void);

/* --- for the root thread, which holds all --- */

/* An object made of ROOT_UNTYPED, its original in this slot of the root CNode. */
void unit_make(enum object_type type, unsigned size_bits, unsigned slot);
void unit_make_from(unsigned untyped, enum object_type type, unsigned size_bits, unsigned slot);
void unit_copy(unsigned from, unsigned to, unsigned rights);
void unit_mint(unsigned from, unsigned to, unsigned rights, uint32_t badge);
err_t unit_delete(unsigned slot);
err_t unit_revoke(unsigned slot);

/*
 * A Thread in `slot` and a SchedContext of the root thread's priority in the next, in the root
 * thread's two spaces, not started. unit_start lets it run from `slot` * 0x1000.
 */
struct thread *unit_thread(unsigned slot);
struct thread *unit_start(unsigned slot);
/* The same without time of its own. */
struct thread *unit_passive(unsigned slot, unsigned endpoint);
/* A server with time of its own, which has come to wait for calls of the endpoint. */
struct thread *unit_active(unsigned slot, unsigned endpoint);

/* Its slice comes: the timer fires until it runs. */
void unit_turn(const struct thread *thread);

/* The thread's message is this: words count up from `first`. */
void unit_call(unsigned slot, uint64_t first);
void unit_reply_wait(uint64_t first);
bool unit_received(uint64_t badge, uint64_t first);

static inline struct thread *unit_current(void)
{
    return this_cpu()->current;
}

/* What must hold, with its own text as the reason. */
#define REQUIRE(condition)                                            \
    do {                                                              \
        if (!(condition))                                             \
            hosted_fail("%s:%d: %s", __FILE__, __LINE__, #condition); \
    } while (0)

#endif

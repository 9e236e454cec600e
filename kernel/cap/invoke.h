/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Invocations: operations of kernel objects, as kernel/abi/invocations.def lists them.
 *
 * The decode table made from that list checks the right on the invoked capability, looks up every
 * capability argument and checks its type and rights. What is left to an operation are its own
 * conditions: it checks all of them, changing nothing, and then acts, and can't fail any more.
 *
 * Longer work goes in steps: an operation that used up INVOCATION_STEPS returns RESTART, after it
 * has stored its progress in the objects or in its argument registers. The caller then leaves the
 * kernel with the system call about to be executed again, so that interrupts are taken between.
 */
#ifndef KERNEL_CAP_INVOKE_H
#define KERNEL_CAP_INVOKE_H

#include "kernel/cap/slot.h"
#include "kernel/object/thread.h"

#define INVOCATION_ARGS 6
#define INVOCATION_STEPS 42 /* of some 50 instructions: steps_take */
#define RESTART ((err_t)~0u)

struct invocation {
    struct thread *thread; /* who invokes */
    struct slot *self;     /* the invoked capability */
    union {
        uint64_t *arg;    /* its words ... */
        uint64_t *result; /* ... and where results go: the same registers */
    };
    struct slot *cap[INVOCATION_ARGS]; /* slots of capability arguments (null: none); else unset */
};

/* An error word: `argument` 0 is the invoked capability, 1 the first argument. */
err_t invocation_error(const struct invocation *call, enum error_code code, unsigned argument);

/* An empty slot `index` of the table that `cnode` names; null and `*error` set if there is none. */
struct slot *invocation_destination(const struct invocation *call, const struct slot *cnode,
                                    uint64_t index, unsigned argument, err_t *error);

/* Slot of a handle in `thread`'s own table; null past its end, or when it's being destroyed. */
struct slot *cap_lookup(const struct thread *thread, uint64_t handle);

/* Execute what the thread's registers ask for, and put the outcome there; or send it where that can
 * be done. */
void invocation_run(struct thread *thread, struct slot *self);

enum error_blame error_blame(enum error_code code);

static inline struct slot *cnode_slots(const struct slot *cnode)
{
    return ref_pointer(cnode->object);
}

static inline uint64_t cnode_slot_count(const struct slot *cnode)
{
    return 1ull << (cnode->size_bits - CAP_SHIFT);
}

#define INVOCATION(OBJECT, number, name, rights, args, results, errors, doc) \
    err_t name(struct invocation *call);
#include "kernel/abi/invocations.def"
#undef INVOCATION

#endif

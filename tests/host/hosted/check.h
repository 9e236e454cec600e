/* SPDX-License-Identifier: BSD-2-Clause */
/* What hosted_check finds out about the kernel's state, for its parts and for the reference model.
 * */
#ifndef TESTS_HOST_HOSTED_CHECK_H
#define TESTS_HOST_HOSTED_CHECK_H

#include "tests/host/hosted/hosted.h"
#include "tests/host/hosted/tlb.h"

#define CAPS_MAX 4096

/* A non-empty slot, in the order of a walk through the tree: parents come before their children. */
struct seen_cap {
    struct slot *slot;
    unsigned parent; /* index; 0 is the ancestor */
};

/* Memory that is in use: an original's object, an Untyped's free rest, a slot being destroyed. */
struct live_range {
    uint64_t begin, end; /* granules */
    struct slot *slot;   /* the original, whose object this is; null: not an object */
};

struct seen {
    unsigned cap_count, range_count;
    struct seen_cap cap[CAPS_MAX];
    struct live_range range[CAPS_MAX];
};

extern struct seen seen;

/* Whether the slot was reached from the ancestor. */
bool seen_slot(const struct slot *slot);

/* The original whose object holds this address; null: none. */
struct slot *seen_original_at(const void *address);

/* Whether a live object of this type begins at the pointer. */
bool seen_object(const void *object, enum object_type type);

/* Before a boot: nothing is known of memory. */
void check_forget(void);

/* The parts, in this order. */
void check_tree(void);    /* slots and memory: fills in `seen` */
void check_threads(void); /* threads, endpoints, notifications, replies */
void check_sched(void);
void check_spaces(void);

/* A space's tables as check_spaces found them. */
const struct translations *seen_tables(const struct vspace *vspace);

#define EXPECT(condition, ...)                 \
    do {                                       \
        if (__builtin_expect(!(condition), 0)) \
            hosted_fail(__VA_ARGS__);          \
    } while (0)

#endif

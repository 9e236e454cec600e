/* SPDX-License-Identifier: BSD-2-Clause */
/* What a random history begins with. Which of it succeeds doesn't matter. */
#include "tests/host/hosted/driver_choose.h"

/* By the root thread, as long as it's the one that runs, and the slot leads to no server. */
#define DO(slot, operation, ...)                                                               \
    do {                                                                                       \
        if (this_cpu()->current == hosted_root.thread && !root_slot(slot)->endpoint &&         \
            root_slot(slot)->type != OBJECT_REPLY && root_slot(slot)->type != OBJECT_PLATFORM) \
            INVOKE(slot, operation, __VA_ARGS__);                                              \
    } while (0)

static void make(unsigned slot, unsigned count, enum object_type type, unsigned size_bits)
{
    DO(ROOT_UNTYPED, untyped_retype, CAP_OF(ROOT_CNODE), slot, count, type, size_bits);
}

static void make_thread(unsigned slot)
{
    make(slot, 1, OBJECT_THREAD, chance(30) ? 11 : 10);
    make(slot + 1, 1, OBJECT_SCHED_CONTEXT, 8);
    DO(slot, thread_set_space, CAP_OF(ROOT_CNODE), CAP_OF(chance(50) ? ROOT_VSPACE : 41));
    if (chance(60))
        DO(slot + 1, sched_context_configure, CAP_OF(ROOT_CPU), 50 + pick(3) * 50, 0);
    else
        DO(slot + 1, sched_context_limit, CAP_OF(ROOT_CPU), 50 + pick(3) * 50, 0,
           1000 + pick(20000), 100000 + pick(100000));
    if (chance(65))
        DO(slot, thread_set_sched, CAP_OF(slot + 1));
    if (chance(70))
        DO(slot, thread_set_endpoint, CAP_OF(32 + pick(3)));
    if (chance(60))
        DO(slot, thread_set_buffer, CAP_OF(39), pick(4) * 1024);
    if (chance(50))
        DO(slot, thread_set_fault, CAP_OF(32 + pick(3)));
    DO(slot, thread_start, 0x400000 + slot * 0x1000, 0x7000000 + slot * 0x1000, slot, 0);
}

void driver_populate(void)
{
    make(32, 3, OBJECT_ENDPOINT, 8);
    make(35, 2, OBJECT_NOTIFICATION, 7);
    make(37, 2, OBJECT_REPLY, 6);
    make(39, 2, OBJECT_FRAME, 12);
    make(41, 1, OBJECT_VSPACE, 15);
    make(42, 1, OBJECT_CNODE, 12);
    DO(ROOT_CNODE, cnode_mint, 43, CAP_OF(35), 255, 2);
    for (unsigned slot = 48; slot < 60; slot += 2)
        make_thread(slot);
}

void driver_begin(void)
{
    hosted_boot();
    hosted_check();
    INVOKE(ROOT_UNTYPED_2, untyped_retype, CAP_OF(ROOT_CNODE), WAKE, 1, OBJECT_NOTIFICATION, 7);
    INVOKE(ROOT_CNODE, cnode_mint, WAKE - 1, CAP_OF(WAKE), 255, 1);
    INVOKE(ROOT_PLATFORM, platform_irq, CAP_OF(ROOT_CNODE), WAKE - 2, 0, IRQ_EDGE);
    INVOKE(WAKE - 2, irq_bind, CAP_OF(WAKE - 1));
    driver_populate();
}
